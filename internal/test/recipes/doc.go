// Package recipes plays the recipes of CONTRIBUTING.md in a copy of the tree: a command and an event are added as the
// page says, and everything passes; then each step is left out, and what fails says where it is missing.
//
// It owns the copy, the steps and what each omission must say. It does not own the tests that say it: those are
// events', domain's, the schemas' and the architecture rules'.
package recipes

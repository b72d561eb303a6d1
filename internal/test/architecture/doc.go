// Package architecture holds the rules of the house that a machine can check, as a test over the source tree.
//
// It owns the rules, the exceptions to them (exceptions.go, each with its reason) and the measured figures that
// `go test -v ./internal/test/architecture` prints. It does not own what a compiler, go vet or a reader's judgement decides, and it
// never changes a file.
//
// A rule reads syntax only, without types, so that it stays fast and works on a tree that does not compile. It needs
// nothing but the standard library. A rule whose subject does not exist yet says so and becomes active by itself once
// it does. To add one: write a check, list it in Rules, and give it a test on a source that breaks it.
package architecture

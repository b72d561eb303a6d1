// Package architecture holds the rules of the repository that a machine can check, as tests over the source tree.
//
// It owns the rules, the exceptions to them (each with its reason) and the measured figures that
// `go test -v ./internal/test/architecture` prints. It does not own what a compiler, go vet, staticcheck, errcheck,
// deadcode or a reader's judgement decides, and it never changes a file.
//
// A rule reads syntax only, without types, so that it stays fast and works on a tree that does not compile. It needs
// nothing but the standard library. A rule whose subject does not exist yet says so and becomes active as soon as it
// does. To add one: write a check, list it in Rules, and give it a row on a source that breaks it.
//
// The files:
//
//	rule.go             the list of rules, how one is applied, exceptions found
//	exceptions.go       which place may break which rule, and why
//	tree.go             the text files below a root, Go files parsed
//	imports.go          the order of layers, homes of libraries, pure packages
//	internalimports.go  the table of imports inside internal
//	modules.go          direct dependencies and their lines in ARCHITECTURE.md
//	packages.go         packages and their lines in ARCHITECTURE.md
//	wirefile.go         commands in the files that their wire names lead to
//	programfile.go      commands of the program in the files that their nouns and verbs lead to
//	references.go       places that comments and pages name
//	docmap.go           complete maps of files in doc.go, such as this one
//	faultspage.go       faults and the page that names their tests
//	exports.go          exported names that nothing uses
//	documented.go       comments of exported names and packages
//	shape.go            lengths of functions, files and lines, paths, parameters
//	figures.go          the measured figures and their bounds
//	names.go            names that say nothing
//	testname.go         tests that are named after what they test
//	vocabulary.go       words that have a plainer one
//	clock.go            no clock in pure packages, no sleep in tests
//	float.go            no float and no untyped JSON near money
//	folded.go           every event has its fold
//	eventsql.go         SQL on the log in its home
//	logkey.go           declared keys in log lines
//	machinetext.go      no machine's path, registry or address in a text
package architecture

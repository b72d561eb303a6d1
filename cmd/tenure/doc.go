// Command tenure keeps the employees of a telecom reseller platform and what is billed of them: one program for
// production, operators and a first look. It owns flags, output and exit codes; everything else is in the packages it
// wires.
//
//	main.go     signals and exit codes
//	root.go     the root command and its settings
//	output.go   tables and JSON
//	connect.go  reaching a running system
//
// Each other file is one command, or the subcommands of one noun.
package main

// Package doctest runs the pages of docs as they are, so that a page cannot be wrong: the shell blocks of a page are
// one session of bash with the program in its path, and what a page shows as output is compared. Only tests import it.
//
//	```sh     a part of the session; it ends the test when a command fails
//	```json   the output of the part before it, compared as JSON
//	```text   the same, compared by lines; columns may be any number of spaces apart
//
//	```sh needs TOOL …   a part that is left out on a machine without these programs
//	```sh NAME           lines of another session, which the test that asks for NAME plays
//
// The sign … matches what differs from run to run: any JSON value, any part of a line,
// or, alone on a line, any lines.
package doctest

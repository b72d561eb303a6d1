// Package histories says how many random histories a property is held against: a minute of work in make test, thousands
// in make test-long. It knows nothing of the program, so that every package's own tests may import it.
package histories

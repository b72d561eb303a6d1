// Package running runs parts of the program beside a test. It knows none of them, so that every package's own tests may
// import it.
package running

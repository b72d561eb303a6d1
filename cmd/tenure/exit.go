package main

import (
	"errors"
	"io/fs"

	"tenure/internal/store"
)

// The exit codes, as README lists them.
const (
	exitDone     = 0
	exitError    = 1
	exitUsage    = 2
	exitParked   = 3  // done, with parked items
	exitRefused  = 4  // halted, waits for approval, or not allowed here
	exitMismatch = 5  // a total or an invariant does not hold
	exitNothing  = 6  // nothing to do
	exitTryAgain = 75 // the same call may succeed later
)

// codedError is an error with an exit code.
type codedError struct {
	code int
	err  error
}

func (e *codedError) Error() string { return e.err.Error() }

func (e *codedError) Unwrap() error { return e.err }

// coded gives an error its exit code.
func coded(code int, err error) error { return &codedError{code: code, err: err} }

// errQuiet ends a command with a code whose reason is on stdout already.
var errQuiet = errors.New("the output has the reason")

// code returns the exit code of an error.
func (p *program) code(err error) int {
	var own *codedError
	var file *fs.PathError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &own):
		return own.code
	case !p.started: // flags, arguments or settings
		return exitUsage
	case errors.As(err, &file): // a file that cannot be read now cannot be read at the next attempt either
		return exitError
	case store.IsTransient(err), errors.Is(err, store.ErrInDoubt):
		return exitTryAgain
	}
	return exitError
}

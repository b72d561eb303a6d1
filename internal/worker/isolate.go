package worker

import (
	"errors"
	"fmt"
	"runtime/debug"
)

// Three mechanisms keep one bad item from stopping the others: protect makes a panic an error, isolate decides again
// without the item that failed, and bisect writes again in smaller transactions until the refused item is alone.

// protect calls f and returns a panic of it as an error.
func protect(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return f()
}

// isolate calls decide until none of its n items fails. It hands each failed item to exclude, which must keep it from
// failing once more, so that n+1 attempts are enough. A batch that is not decided to its end is an error and never
// written: its offsets, or the cursor of its run, would pass what was not decided.
func isolate(n int, decide func() (failed int, err error), exclude func(failed int, err error)) error {
	for range n + 1 {
		failed, err := decide()
		if err == nil {
			return nil
		}
		exclude(failed, err)
	}
	return fmt.Errorf("worker: a batch of %d items still fails after each of them was excluded", n)
}

// bisect writes items in one transaction by calling attempt. Where the database refuses them it halves them, until the
// item that is refused is alone: that one goes to alone. behind counts the items that follow a part.
func bisect[T any](
	items []T, behind int, attempt func(part []T, behind int) error, alone func(item T, behind int, refused error) error,
) error {
	err := attempt(items, behind)
	_, refused := refusal(err)
	at := len(items) / 2
	var split *splitError
	switch {
	case errors.As(err, &split):
		at = split.at
	case !refused || len(items) == 0:
		return err
	case len(items) == 1:
		return alone(items[0], behind, err)
	}
	if err := bisect(items[:at], behind+len(items)-at, attempt, alone); err != nil {
		return err
	}
	return bisect(items[at:], behind, attempt, alone)
}

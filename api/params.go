package api

import (
	"fmt"
	"strconv"

	"tenure/domain"
)

// offsetMax bounds how far into a list a caller may begin: what is skipped is read all the same.
const offsetMax = 1_000_000

// whole reads a whole number of a query; an absent one is the default.
func whole(text, name string, absent, low, high int) (int, *domain.Rejection) {
	if text == "" {
		return absent, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < low || n > high {
		return 0, invalid(name, fmt.Sprintf("must be a whole number from %d to %d", low, high))
	}
	return n, nil
}

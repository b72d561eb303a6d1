package domain

import (
	"bytes"
	"encoding/json"
)

// sameJSON compares two payloads by what would be stored of them.
func sameJSON(a, b any) bool {
	left, errLeft := json.Marshal(a)
	right, errRight := json.Marshal(b)
	return errLeft == nil && errRight == nil && bytes.Equal(left, right)
}

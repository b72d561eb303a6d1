package access

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// file is access.json.
type file struct {
	Meta  meta
	World world
	Cases []accessCase
}

type meta struct {
	Clock string
	Keys  map[string]keyBounds
}

// keyBounds say what a signing key may send.
type keyBounds struct {
	Types    []string
	Level    string
	Reseller string
}

// world is what exists before any case.
type world struct {
	Resellers, Customers, Products, Employees []object
}

type object = map[string]any

// accessCase is one row of the specification.
type accessCase struct {
	ID        string
	Operation string
	Door      string
	Actor     json.RawMessage
	Relation  string
	Target    string
	Fresh     []object
	Prepare   []string
	Activity  object
	Request   string
	Command   struct{ Type, Subject string }
	Body      json.RawMessage
	Expect    expectation
}

// expectation is what must happen.
type expectation struct {
	Result     string
	Status     json.RawMessage
	Code, Path string
	Effect     []effect
}

// statuses are the expected statuses: one or several.
func (e expectation) statuses() []int {
	var several []int
	if json.Unmarshal(e.Status, &several) == nil {
		return several
	}
	var one int
	_ = json.Unmarshal(e.Status, &one)
	return []int{one}
}

// actorID is the employee whose token is used over HTTP; "none" for no token.
func (c accessCase) actorID() string {
	var id string
	_ = json.Unmarshal(c.Actor, &id)
	return id
}

// parallel reports whether a case touches only what was made for it.
func (c accessCase) parallel() bool { return c.Door == "http" }

func readFile(t *testing.T) file {
	t.Helper()
	raw, err := os.ReadFile("testdata/access.json")
	require.NoError(t, err)
	var f file
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	require.NoError(t, decoder.Decode(&f))
	require.NotEmpty(t, f.Cases)
	return f
}

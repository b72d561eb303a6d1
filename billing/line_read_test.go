package billing

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestLine_WhatIsReadByHandIsWhatTheStandardLibraryReads(t *testing.T) {
	t.Parallel()
	read := 0
	rapid.Check(t, func(t *rapid.T) {
		raw := drawLine(t).AppendJSON(nil)
		var want, got Line
		failed := json.Unmarshal(raw, &want)
		rest, ok := got.ReadJSON(append(raw, "]}"...), nil)
		if !ok {
			return // escaped, or not a line that could be written: the standard library has the last word
		}
		read++
		require.NoError(t, failed)
		require.Equal(t, want, got)
		require.Equal(t, "]}", string(rest))
		var again Line
		_, ok = again.ReadJSON(raw, &got)
		require.True(t, ok)
		require.Equal(t, want, again, "with the same line before it")
	})
	require.Positive(t, read)
}

// readPolicy bills all three ledgers.
func readPolicy(t *testing.T) *Policy {
	t.Helper()
	p := DefaultPolicy()
	p.Ledgers = []Ledger{Customer, Reseller, Cost}
	ready, err := p.Ready()
	require.NoError(t, err)
	return &ready
}

func TestLine_WhatANightWritesIsReadByHand(t *testing.T) {
	t.Parallel()
	account, catalog := benchAccount(MustDate("2026-01-01"))
	policy := readPolicy(t)
	due, err := account.Due(catalog, policy, MustDate("2026-03-01"))
	require.NoError(t, err)
	require.NotEmpty(t, due.Lines)
	for i := range due.Lines {
		raw := due.Lines[i].AppendJSON(nil)
		var want, got Line
		require.NoError(t, json.Unmarshal(raw, &want))
		_, ok := got.ReadJSON(raw, nil)
		require.True(t, ok, "%s", raw)
		require.Equal(t, want, got)
	}
}

func TestLine_WhatNobodyWroteIsLeftToTheStandardLibrary(t *testing.T) {
	t.Parallel()
	account, catalog := benchAccount(MustDate("2026-01-01"))
	due, err := account.Due(catalog, readPolicy(t), MustDate("2026-01-01"))
	require.NoError(t, err)
	raw := string(due.Lines[0].AppendJSON(nil))
	for name, spoilt := range map[string]string{
		"cut off":                   raw[:len(raw)/2],
		"empty":                     "",
		"another order":             strings.Replace(raw, `{"lineId"`, `{"kind":"CHARGE","lineId"`, 1),
		"a property more":           strings.TrimSuffix(raw, "}") + `,"more":1}`,
		"a blank":                   strings.Replace(raw, `,"kind"`, `, "kind"`, 1),
		"an escaped text":           strings.Replace(raw, `"kind":"C`, `"kind":"\u0043`, 1),
		"a control character":       strings.Replace(raw, `"kind":"C`, "\"kind\":\"\x01C", 1),
		"no UTF-8":                  strings.Replace(raw, `"kind":"C`, "\"kind\":\"\xffC", 1),
		"an id of another form":     strings.Replace(raw, `{"lineId":"`, `{"lineId":"urn:uuid:`, 1),
		"an amount as a number":     strings.Replace(raw, `"units":"1"`, `"units":1`, 1),
		"an amount that is none":    strings.Replace(raw, `"amount":"`, `"amount":"x`, 1),
		"a day that does not exist": strings.Replace(raw, `"from":"2026-`, `"from":"2026-13`, 1),
		"a revision that is none":   strings.Replace(raw, `"revision":0`, `"revision":x`, 1),
	} {
		if spoilt == raw {
			continue // the line has no such text
		}
		_, ok := new(Line).ReadJSON([]byte(spoilt), nil)
		require.False(t, ok, name)
	}
}

func BenchmarkLine_ReadJSON(b *testing.B) {
	raw := benchLine(b).AppendJSON(nil)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	var l, last Line
	_, _ = last.ReadJSON(raw, nil)
	for b.Loop() {
		_, _ = l.ReadJSON(raw, &last)
	}
}

func BenchmarkLine_UnmarshalJSON(b *testing.B) {
	raw := benchLine(b).AppendJSON(nil)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	var l Line
	for b.Loop() {
		_ = json.Unmarshal(raw, &l)
	}
}

func TestProperty_CleanIsWhatStandsForItself(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SliceOf(rapid.Byte()).Draw(t, "text")
		if rapid.Bool().Draw(t, "plain") {
			for i := range text {
				text[i] = ' ' + text[i]%('~'-' ')
			}
			if n := len(text); n > 0 && rapid.Bool().Draw(t, "but one") {
				text[rapid.IntRange(0, n-1).Draw(t, "where")] = rapid.Byte().Draw(t, "odd")
			}
		}
		odd := func(r rune) bool { return r < ' ' || r == '\\' }
		require.Equal(t, utf8.Valid(text) && bytes.IndexFunc(text, odd) < 0, clean(text))
	})
}

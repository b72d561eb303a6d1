package domain

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"tenure/billing"
)

// filler fills values of any type with something, reproducibly.
type filler struct {
	*rand.Rand
	deep int // how far down lists are: those of lists of lists end
}

// awkward are texts that JSON writes otherwise, or that look like JSON.
var awkward = []string{"", "DKK", "52f4fd7734697b2900000031", "CUSTOMER", `"quoted"`, `back\slash`, "a<b>&c", "line\nend",
	"Sørensen", "日本", "\u2028", "no utf-8 \xff", "null", "{\"a\":[1,\"}\"]}", "\x7f", "e\u0301"}

// fixed are types whose fields do not say what they may hold.
func (f filler) fixed(v reflect.Value) bool {
	switch v.Interface().(type) {
	case billing.Date:
		v.Set(reflect.ValueOf(billing.Date(f.IntN(2) * (1 + f.IntN(900_000)))))
	case billing.Amount:
		amounts := []string{"0", "1", "-12.5", "0.000001", "999999999999999999", "95"}
		v.Set(reflect.ValueOf(billing.MustAmount(amounts[f.IntN(len(amounts))])))
	case billing.Anchor:
		anchors := []string{"", "2026-01-31", "2026-02-28/31"}
		_ = v.Addr().Interface().(*billing.Anchor).UnmarshalText([]byte(anchors[f.IntN(len(anchors))]))
	case time.Time:
		v.Set(reflect.ValueOf(time.Unix(int64(f.IntN(2))*int64(f.IntN(2_000_000_000)), 0).UTC()))
	case uuid.UUID:
		v.Set(reflect.ValueOf(uuid.NewSHA1(uuid.Nil, []byte{byte(f.IntN(3))})))
	case json.RawMessage:
		raw := []string{"null", "1", `"<text>"`, `{"a": [1, "}"]}`}
		v.Set(reflect.ValueOf(json.RawMessage(raw[f.IntN(len(raw))])))
	default:
		return false
	}
	return true
}

func (f filler) fill(v reflect.Value) {
	if f.fixed(v) {
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(awkward[f.IntN(len(awkward))])
	case reflect.Bool:
		v.SetBool(f.IntN(2) == 0)
	case reflect.Int, reflect.Int64, reflect.Int32:
		v.SetInt(int64(f.IntN(5) - 1))
	case reflect.Struct:
		f.fields(v)
	case reflect.Pointer:
		if f.IntN(2) == 0 {
			v.Set(reflect.New(v.Type().Elem()))
			f.fill(v.Elem())
		}
	case reflect.Slice:
		f.list(v)
	case reflect.Map:
		f.entries(v)
	}
}

func (f filler) fields(v reflect.Value) {
	for i := range v.NumField() {
		if v.Field(i).CanSet() && v.Type().Field(i).Tag.Get("json") != "-" {
			f.fill(v.Field(i))
		}
	}
}

func (f filler) list(v reflect.Value) {
	n := f.IntN(5) - 1
	if f.deep++; n < 0 || f.deep > 3 {
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), n, n))
	for i := range n {
		f.fill(v.Index(i))
	}
}

func (f filler) entries(v reflect.Value) {
	n := f.IntN(5) - 1
	if n < 0 {
		return
	}
	v.Set(reflect.MakeMap(v.Type()))
	for range n {
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		f.fill(key)
		f.fill(value)
		v.SetMapIndex(key, value)
	}
}

// states makes employees of all kinds of which each field has something in some, as encoding/json writes them.
func states(t *testing.T, each func(seed uint64, e *Employee, want []byte, wrong error)) {
	t.Helper()
	for seed := range uint64(statesMade) {
		var e Employee
		filler{Rand: rand.New(rand.NewPCG(seed, 1))}.fill(reflect.ValueOf(&e).Elem())
		want, wrong := json.Marshal(&e)
		each(seed, &e, want, wrong)
	}
}

const statesMade = 400

func TestState_IsWhatTheStandardLibraryWritesAndReads(t *testing.T) {
	t.Parallel()
	states(t, func(seed uint64, e *Employee, want []byte, wrong error) {
		written, err := AppendState([]byte("> "), e)
		require.Equal(t, wrong == nil, err == nil, "seed %d: %v, %v", seed, wrong, err)
		if wrong == nil {
			require.Equal(t, "> "+string(want), string(written), "domain/state_append.go writes each field; seed %d", seed)
			sameRead(t, want)
		}
	})
}

func TestState_IsReadByHand(t *testing.T) {
	t.Parallel()
	byHand := 0
	states(t, func(_ uint64, _ *Employee, want []byte, _ error) {
		var read Employee
		r := billing.ReadState(want)
		if read.readState(&r); r.Done() {
			byHand++
		}
	})
	require.Greater(t, byHand, statesMade/10,
		"domain/state_read.go reads each field, so that only states with keys that have escapes are left to encoding/json")
}

// sameRead compares what is read of a state, and whether it can be.
func sameRead(t *testing.T, raw []byte) {
	t.Helper()
	want, got := Employee{ID: "1"}, Employee{ID: "1"}
	wrong, err := json.Unmarshal(raw, &want), ReadState(raw, &got)
	require.Equal(t, wrong == nil, err == nil, "%s: %v, %v", raw, wrong, err)
	if wrong == nil {
		require.Equal(t, want, got, "%s", raw)
	}
}

func TestState_InAnotherFormIsLeftToTheStandardLibrary(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		``, `null`, `{}`, ` {"n": 7}`, `{"n":7,}`, `{"n":7}x`, `{"n":"7"}`, `{"n":7,"new":{"a":[1]}}`, `{"N":7}`, `{"n":null}`,
		`{"c":"a\u00e6b","prod":[{"value":"\"p\"","from":"2026-01-01"}]}`, `{"c":"` + "\xff" + `"}`, `{"prod":{}}`, `{"b":{}}`,
		`{"b":null}`, `{"b":{"b":[{"s":"x","x":false,"h":[]}]}}`, `{"b":{"b":[{"f":"2026-13-01"}]}}`, `{"b":{"b":[{"u":1.5}]}}`,
		`{"prof":null}`, `{"prof":{"k":null}}`, `{"ev":[{"e":null}],"add":[]}`, `{"n":7`, `{"add":[{"Units":[null]}]}`, `{"n":7]`,
		`{"c":"x`, `{"n":9223372036854775808}`, `{"pm":1.5}`, `{"n":7,"n":8}`, `{"prof":{"k":{"a":"b","a":"c"}}}`,
	} {
		sameRead(t, []byte(raw))
	}
}

// usualState is that of an employee with a product and two addons, billed once.
const usualState = `{"n":1037,"c":"52f4fd7734697b2a00000021","r":"52f4fd7734697b2800000001","cur":"DKK","al":"NO_LOGIN",` +
	`"st":"ENABLED","prod":[{"from":"2026-11-01","value":"52f4fd7734697b2800000002"}],"add":[{"ID":"5d1000000000000000000033",` +
	`"Products":[{"value":"52f4fd7734697b2800000003"}],"Start":"2026-11-01","Terminate":"","Units":[{"value":"2"}],` +
	`"UnitPrice":null,"InvoicedUntil":"","InvoicedFrom":"2026-11-01"},{"ID":"5d1000100000000000000033","Products":[{"value":` +
	`"52f4fd7734697b2800000004"}],"Start":"2026-11-01","Terminate":"","Units":[{"value":"1"}],"UnitPrice":null,` +
	`"InvoicedUntil":"","InvoicedFrom":"2026-11-01"}],"prof":{"personal":{"k":{"name":"\"Sample employee 0000033\""}}},"b":` +
	`{"b":[{"s":"5d1000000000000000000033","l":"CUSTOMER","p":"52f4fd7734697b2800000003","b":"52f4fd7734697b2a00000021","f":` +
	`"2026-11-01","t":"2026-12-01","u":"2","c":"95","e":"DKK","n":"190","m":"MONTHLY"},{"s":"5d1000000000000000000033","l":` +
	`"RESELLER","p":"52f4fd7734697b2800000003","b":"52f4fd7734697b2800000001","f":"2026-11-01","t":"2026-12-01","u":"2","c":` +
	`"60","e":"DKK","n":"120","m":"MONTHLY"}]},"v":5,"ev":[{"s":"product","e":["P2"]},{"s":"5d1000000000000000000033","e":` +
	`["A3"]},{"s":"5d1000100000000000000033","e":["A4"]}]}`

func BenchmarkReadState(b *testing.B) {
	b.Run("by hand", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			require.NoError(b, ReadState([]byte(usualState), &Employee{}))
		}
	})
	b.Run("encoding/json", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			require.NoError(b, json.Unmarshal([]byte(usualState), &Employee{}))
		}
	})
}

func BenchmarkAppendState(b *testing.B) {
	var e Employee
	require.NoError(b, ReadState([]byte(usualState), &e))
	b.Run("by hand", func(b *testing.B) {
		for b.Loop() {
			_, err := AppendState(nil, &e)
			require.NoError(b, err)
		}
	})
	b.Run("encoding/json", func(b *testing.B) {
		for b.Loop() {
			_, err := json.Marshal(&e)
			require.NoError(b, err)
		}
	})
}

package store

import (
	"encoding/binary"
	"slices"

	"github.com/jackc/pgx/v5/pgtype"
)

// Every statement takes arrays of texts and of bytes, one for each column. pgx encodes them element by element through
// interfaces, into a buffer that it doubles from 256 bytes on for each statement: a tenth of what a command costs. Here
// the size is known first, and each element is copied once.

// arrays is pgx's codec with a plan of our own for the two Go types that the statements use.
type arrays struct {
	*pgtype.ArrayCodec
	element uint32 // OID
}

// quickArrays replaces the codecs of text[] and bytea[] for a connection.
func quickArrays(m *pgtype.Map) {
	for _, of := range []struct{ array, element uint32 }{
		{pgtype.TextArrayOID, pgtype.TextOID}, {pgtype.ByteaArrayOID, pgtype.ByteaOID},
	} {
		known, ok := m.TypeForOID(of.array)
		if !ok {
			continue
		}
		if codec, ok := known.Codec.(*pgtype.ArrayCodec); ok {
			m.RegisterType(&pgtype.Type{Name: known.Name, OID: known.OID, Codec: arrays{codec, of.element}})
		}
	}
}

// PlanEncode gives the quick plan where the value is of one of the two types.
func (a arrays) PlanEncode(m *pgtype.Map, oid uint32, format int16, value any) pgtype.EncodePlan {
	if format == pgtype.BinaryFormatCode {
		switch value.(type) {
		case []string:
			return quickTexts(a.element)
		case blobs:
			return quickBlobs(a.element)
		}
	}
	return a.ArrayCodec.PlanEncode(m, oid, format, value)
}

// quickTexts encodes []string.
type quickTexts uint32

// Encode appends the array; no slice is NULL.
func (q quickTexts) Encode(value any, buf []byte) ([]byte, error) {
	list := value.([]string)
	if list == nil {
		return nil, nil
	}
	size := 0
	for _, s := range list {
		size += len(s)
	}
	buf = arrayHead(buf, uint32(q), len(list), size, false)
	for _, s := range list {
		buf = binary.BigEndian.AppendUint32(buf, uint32(len(s)))
		buf = append(buf, s...)
	}
	return buf, nil
}

// quickBlobs encodes blobs.
type quickBlobs uint32

// Encode appends the array; no slice is NULL, and so is an element that is none.
func (q quickBlobs) Encode(value any, buf []byte) ([]byte, error) {
	list := value.(blobs)
	if list == nil {
		return nil, nil
	}
	size, nulls := 0, false
	for _, b := range list {
		size, nulls = size+len(b), nulls || b == nil
	}
	buf = arrayHead(buf, uint32(q), len(list), size, nulls)
	for _, b := range list {
		if b == nil {
			buf = binary.BigEndian.AppendUint32(buf, ^uint32(0)) // a length of -1
			continue
		}
		buf = binary.BigEndian.AppendUint32(buf, uint32(len(b)))
		buf = append(buf, b...)
	}
	return buf, nil
}

// arrayHead makes room for n elements of together size bytes, and writes what PostgreSQL's format has before them: the
// number of dimensions, whether there are NULLs, the type, and of the one dimension its length and first index.
func arrayHead(buf []byte, element uint32, n, size int, nulls bool) []byte {
	const head, lengthBytes, spare = 20, 4, 8
	if need := head + lengthBytes*n + size; cap(buf)-len(buf) < need {
		// With room for the smaller columns that follow: each of those would have all that is there copied again.
		buf = slices.Grow(buf, need+need/spare)
	}
	flag := uint32(0)
	if nulls {
		flag = 1
	}
	dimensions := []uint32{1, flag, element, uint32(n), 1}
	if n == 0 {
		dimensions = []uint32{0, 0, element}
	}
	for _, v := range dimensions {
		buf = binary.BigEndian.AppendUint32(buf, v)
	}
	return buf
}

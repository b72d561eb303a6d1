package projections

import (
	"encoding/binary"
	"strings"
)

// Rows that are written once and for all come by the hundred thousand, and are encoded by hand as COPY … BINARY takes
// them: going through a slice of values for each row was 0.45 s of 1.1 s for 150 000 lines. Each column is its length
// and its bytes, and an integer is the higher byte first.
const (
	// A numeric is written in digits to the base of 10 000.
	decimalsOfDigit = 4
	negativeNumeric = 0x4000
)

// appendColumns begins a row of n columns.
func appendColumns(b []byte, n int) []byte { return binary.BigEndian.AppendUint16(b, uint16(n)) }

func appendInt32(b []byte, n int32) []byte {
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(b, 4), uint32(n))
}

func appendInt64(b []byte, n int64) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint32(b, 8), uint64(n))
}

// appendText writes a text, or the bytes of anything that is sent as they are: a uuid, a bytea.
func appendText[T ~string | ~[]byte](b []byte, text T) []byte {
	return append(binary.BigEndian.AppendUint32(b, uint32(len(text))), text...)
}

// appendNumeric writes an amount with as many decimals as its text has.
func appendNumeric(b []byte, text string) []byte {
	sign := uint16(0)
	if rest, negative := strings.CutPrefix(text, "-"); negative {
		text, sign = rest, negativeNumeric
	}
	whole, decimals, _ := strings.Cut(text, ".")
	before := (len(whole) + decimalsOfDigit - 1) / decimalsOfDigit
	after := (len(decimals) + decimalsOfDigit - 1) / decimalsOfDigit
	b = binary.BigEndian.AppendUint32(b, uint32(8+2*(before+after)))
	b = binary.BigEndian.AppendUint16(b, uint16(before+after))
	b = binary.BigEndian.AppendUint16(b, uint16(before-1)) // the power of the first digit
	b = binary.BigEndian.AppendUint16(b, sign)
	b = binary.BigEndian.AppendUint16(b, uint16(len(decimals)))
	at := len(whole) - before*decimalsOfDigit // the first digit may begin before the text
	for range before {
		b = binary.BigEndian.AppendUint16(b, digitAt(whole, at))
		at += decimalsOfDigit
	}
	for i := range after { // and the last may end behind it
		b = binary.BigEndian.AppendUint16(b, digitAt(decimals, i*decimalsOfDigit))
	}
	return b
}

// digitAt is the value of the four figures at a place of a text, with zeros where it has none.
func digitAt(text string, at int) (digit uint16) {
	for i := at; i < at+decimalsOfDigit; i++ {
		digit *= 10
		if i >= 0 && i < len(text) {
			digit += uint16(text[i] - '0')
		}
	}
	return digit
}

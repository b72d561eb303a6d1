package billing

import (
	"errors"
	"fmt"
	"time"
)

// Date is a local calendar day, counted from 0001-01-01 = 1. The zero value
// means "no date". Days are counted, never hours (rule 2), so the difference of
// two dates is a number of days whatever daylight saving does.
type Date int32

// Years that a date may have: four digits on the wire, and no year zero.
const (
	yearMin = 1
	yearMax = 9999
)

// dateMax is 9999-12-31, the last day that can be written.
const dateMax Date = 3652059

// ErrDate is the cause of every refused date text.
var ErrDate = errors.New("not an existing date of the form YYYY-MM-DD")

// NewDate returns the day with that year, month and day, which must exist.
func NewDate(year int, month time.Month, day int) Date {
	y, m := int32(year), int32(month)
	if m <= 2 {
		y--
	}
	era := floorDiv(y, 400)
	yoe := y - era*400
	doy := (153*((m+9)%12)+2)/5 + int32(day) - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return Date(era*146097 + doe - 305)
}

// civil splits a date into year, month and day.
func (d Date) civil() (year, month, day int32) {
	z := int32(d) + 305
	era := floorDiv(z, 146097)
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	day = doy - (153*mp+2)/5 + 1
	month = mp + 3
	if month > 12 {
		month -= 12
	}
	year = yoe + era*400
	if month <= 2 {
		year++
	}
	return year, month, day
}

func floorDiv(a, b int32) int32 {
	if a < 0 {
		return (a - b + 1) / b
	}
	return a / b
}

// DateOf turns an instant into the local day of the zone (rule 2).
func DateOf(t time.Time, zone *time.Location) Date {
	y, m, d := t.In(zone).Date()
	return NewDate(y, m, d)
}

// ParseDate reads YYYY-MM-DD. It refuses dates that do not exist and years
// outside 0001 to 9999.
func ParseDate(s string) (Date, error) {
	d, ok := dateIn(s)
	if !ok {
		return 0, fmt.Errorf("date %.20q: %w", s, ErrDate)
	}
	return d, nil
}

// dateIn is ParseDate without the error, so that a text made for it takes no memory.
func dateIn(s string) (Date, bool) {
	if len(s) != 10 || s[4] != '-' || s[7] != '-' {
		return 0, false
	}
	y, m, d := digits(s[0:4]), digits(s[5:7]), digits(s[8:10])
	if y < yearMin || m < 1 || m > 12 || d < 1 || d > daysIn(y, m) {
		return 0, false
	}
	return NewDate(int(y), time.Month(m), int(d)), true
}

// MustDate is [ParseDate] for constants in tests and examples; it panics.
func MustDate(s string) Date {
	d, err := ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// digits is the number that digits write, -1 for any other text: no year, month
// or day.
func digits(s string) (n int32) {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return -1
		}
		n = n*10 + int32(s[i]-'0')
	}
	return n
}

func daysIn(year, month int32) int32 {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	default:
		return 31
	}
}

// AddDays returns the day n days later.
func (d Date) AddDays(n int) Date { return d + Date(n) }

// AddMonths returns the day anchorDay of the month n months later, or that
// month's last day when it is shorter. An anchorDay of 0 is the date's own day.
// Because the anchor is given, 31 January, 29 February and 31 March follow each
// other without drift (rule 3).
func (d Date) AddMonths(n, anchorDay int) Date {
	y, m, day := d.civil()
	if anchorDay == 0 {
		anchorDay = int(day)
	}
	return anchored(y*12+m-1+int32(n), int32(anchorDay))
}

// anchored is the day of a month counted from year 0, clamped to its end.
func anchored(month, day int32) Date {
	y := floorDiv(month, 12)
	m := month - y*12 + 1
	if day > 28 {
		if last := daysIn(y, m); day > last {
			day = last
		}
	}
	return NewDate(int(y), time.Month(m), int(day))
}

func (d Date) parts() (year int, month time.Month, day int) {
	y, m, dd := d.civil()
	return int(y), time.Month(m), int(dd)
}

// Time is midnight UTC of the date, for a driver's DATE column.
func (d Date) Time() time.Time {
	y, m, day := d.parts()
	return time.Date(y, m, day, 0, 0, 0, 0, time.UTC)
}

// Valid reports whether the date can be written: year 1 to 9999.
func (d Date) Valid() bool { return d > 0 && d <= dateMax }

// appendTo writes YYYY-MM-DD; "no date" is written as nothing.
func (d Date) appendTo(b []byte) []byte {
	if !d.Valid() {
		return b
	}
	y, m, day := d.civil()
	return append(b,
		byte('0'+y/1000), byte('0'+y/100%10), byte('0'+y/10%10), byte('0'+y%10), '-',
		byte('0'+m/10), byte('0'+m%10), '-', byte('0'+day/10), byte('0'+day%10))
}

// String is YYYY-MM-DD, or the empty string for no date.
func (d Date) String() string {
	var buf [10]byte
	return string(d.appendTo(buf[:0]))
}

// MarshalText writes YYYY-MM-DD, so a JSON date is a string.
func (d Date) MarshalText() ([]byte, error) { return d.appendTo(nil), nil }

// UnmarshalText reads YYYY-MM-DD or the empty text; see [ParseDate].
func (d *Date) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*d = 0
		return nil
	}
	parsed, ok := dateIn(string(b))
	if !ok {
		_, err := ParseDate(string(b))
		return err
	}
	*d = parsed
	return nil
}

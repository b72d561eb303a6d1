package status

import (
	"fmt"
	"strings"
	"time"

	"tenure/billing"
	"tenure/events"
)

// The forms that tenure status and the console share: figures with a narrow space between groups of three, a true
// minus, days as people say them.
const (
	narrowSpace = "\u202f"
	minus       = "\u2212"
)

// Count writes a number in groups of three digits.
func Count(n int64) string { return Amount(fmt.Sprint(n)) }

// MoreThan writes a number up to which was counted.
func MoreThan(n int64) string { return "more than " + Count(n) }

// Money writes an amount in its currency's decimals.
func Money(m events.Money) string { return Amount(m.StringFixed(int32(m.Decimals))) }

// Amount groups the digits before the point of a decimal number. Anything else comes back as it is.
func Amount(text string) string {
	sign := ""
	if rest, negative := strings.CutPrefix(text, "-"); negative {
		sign, text = minus, rest
	}
	whole, fraction, found := strings.Cut(text, ".")
	var groups []string
	for len(whole) > 3 {
		groups = append([]string{whole[len(whole)-3:]}, groups...)
		whole = whole[:len(whole)-3]
	}
	out := sign + strings.Join(append([]string{whole}, groups...), narrowSpace)
	if found {
		out += "." + fraction
	}
	return out
}

// Duration writes a span in its two largest units: 7 h 07 min, 3 d 04 h, 12 s.
func Duration(d time.Duration) string {
	d = max(d, 0)
	switch {
	case d >= 24*time.Hour:
		return fmt.Sprintf("%d d %02d h", d/(24*time.Hour), d%(24*time.Hour)/time.Hour)
	case d >= time.Hour:
		return fmt.Sprintf("%d h %02d min", d/time.Hour, d%time.Hour/time.Minute)
	case d >= time.Minute:
		return fmt.Sprintf("%d min", d/time.Minute)
	}
	return fmt.Sprintf("%d s", d/time.Second)
}

// dayText writes a date as people say it: 1 December 2026.
func dayText(d billing.Date) string { return d.Time().Format("2 January 2006") }

// Plural is the word for a count: one or many.
func Plural(n int64, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

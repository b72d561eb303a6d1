package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"tenure/scheduler"
)

// boundOff switches a bound off.
const boundOff = "off"

// countBound is the setting of a bound that is a whole number.
func countBound(name, usage string, standard int64, field func(*scheduler.Bounds) *int64) Setting {
	return Setting{
		Name: name, Usage: usage, Default: strconv.FormatInt(standard, 10),
		set: func(c *Config, value string) (err error) {
			*field(&c.Bounds), err = bound(value)
			return err
		},
	}
}

// runSettings are the bounds of a run that starts automatically, and when it is to be complete.
func runSettings() []Setting {
	d := scheduler.DefaultBounds()
	return []Setting{
		countBound(scheduler.BoundLines, "lines of one employee in a run that starts automatically; off: any number", d.Lines,
			func(b *scheduler.Bounds) *int64 { return &b.Lines }),
		{Name: scheduler.BoundAmount, Default: d.Amount.String(), set: setAmountBound,
			Usage: "sum of one employee in a ledger, in whatever currency, in such a run; off: any sum"},
		{Name: scheduler.BoundCredit, Default: d.Credit.String(), set: setCreditBound,
			Usage: "credits of one employee in a ledger, in whatever currency, in such a run; off: any sum"},
		countBound(scheduler.BoundCreditShare, "percent of what a ledger charges that its credits may be; off", d.CreditShare,
			func(b *scheduler.Bounds) *int64 { return &b.CreditShare }),
		countBound(scheduler.BoundDeletions, "deletions due by its date; off: any number", d.Deletions,
			func(b *scheduler.Bounds) *int64 { return &b.Deletions }),
		countBound(scheduler.BoundHeld, "employees that it cannot bill although something may be due; off: any number",
			d.Held,
			func(b *scheduler.Bounds) *int64 { return &b.Held }),
		countBound(scheduler.BoundBilledChange,
			"percent by which it may bill more or fewer employees than by the catalogue and policy of the last run; off",
			d.BilledChange,
			func(b *scheduler.Bounds) *int64 { return &b.BilledChange }),
		countBound(scheduler.BoundLinesChange, "percent, of its lines; off", d.LinesChange,
			func(b *scheduler.Bounds) *int64 { return &b.LinesChange }),
		countBound(scheduler.BoundAmountChange, "percent, of the total of each ledger and currency; off", d.AmountChange,
			func(b *scheduler.Bounds) *int64 { return &b.AmountChange }),
		countBound(scheduler.BoundChanged, "percent of the examined employees that may change between plan and start; off",
			d.ChangedShare, func(b *scheduler.Bounds) *int64 { return &b.ChangedShare }),
		countBound(scheduler.BoundDaysBehind, "days by which it may be late; off, and on a simulated clock: any number",
			d.DaysBehind, func(b *scheduler.Bounds) *int64 { return &b.DaysBehind }),
		{Name: "run-expect-by", Default: "04:00", set: setExpectBy,
			Usage: "local time by which tonight's run is to be complete, hh:mm; off"},
	}
}

// bound reads a limit above 0, or off.
func bound(value string) (int64, error) {
	if value == boundOff {
		return 0, nil
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n <= 0 {
		return 0, fmt.Errorf("%q is neither a whole number above 0 nor off", value)
	}
	return n, nil
}

func setAmountBound(c *Config, value string) (err error) {
	c.Bounds.Amount, err = amountBound(value)
	return err
}

func setCreditBound(c *Config, value string) (err error) {
	c.Bounds.Credit, err = amountBound(value)
	return err
}

// amountBound reads an amount above 0, or off.
func amountBound(value string) (decimal.Decimal, error) {
	if value == boundOff {
		return decimal.Zero, nil
	}
	amount, err := decimal.NewFromString(value)
	if err != nil || !amount.IsPositive() || strings.ContainsAny(value, "eE") {
		return decimal.Zero, fmt.Errorf("%q is neither an amount above 0 nor off", value)
	}
	return amount, nil
}

func setExpectBy(c *Config, value string) (err error) {
	if value == boundOff {
		c.ExpectBy = 0
		return nil
	}
	c.ExpectBy, err = ParseHour(value)
	return err
}

// ParseHour reads a time of a local day, hh:mm, as what has passed since midnight on the clocks on the wall. Midnight
// itself is refused: a run is not complete before it begins.
func ParseHour(value string) (time.Duration, error) {
	at, err := time.Parse("15:04", value)
	since := time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute
	if err != nil || since == 0 {
		return 0, fmt.Errorf("%q is not a time such as 04:00", value)
	}
	return since, nil
}

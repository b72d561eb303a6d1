package billing

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	// Zone data is embedded (rule 2), so that a machine without it bills the
	// same days.
	_ "time/tzdata"
)

// Limits of policy numbers.
const (
	scaleMax      = 4    // decimals of any currency in use
	periodsMaxMax = 1200 // a hundred years of months
)

// choice is a policy key with a fixed set of words.
type choice struct {
	key   string
	field func(*Policy) *string
	words []string
}

var choices = []choice{
	{"billingMode", func(p *Policy) *string { return &p.BillingMode }, []string{InAdvance, InArrears}},
	{"alignment", func(p *Policy) *string { return &p.Alignment }, []string{Calendar, Anniversary}},
	{"proration", func(p *Policy) *string { return &p.Proration }, []string{MonthFirst, PeriodDays, NoProration}},
	{"rounding", func(p *Policy) *string { return &p.Rounding }, []string{HalfAwayFromZero, HalfEven}},
	{"changeDay", func(p *Policy) *string { return &p.ChangeDay }, []string{NewState, OldState}},
	{"billingCustomerSwitch", func(p *Policy) *string { return &p.BillingCustomerSwitch }, []string{Split, NextPeriod}},
	{"catalogPriceChange", func(p *Policy) *string { return &p.CatalogPriceChange }, []string{NextPeriod, Split}},
	{"creditMethod", func(p *Policy) *string { return &p.CreditMethod }, []string{NetToCorrect, ProrateBilled}},
	{"zeroPriceLines", func(p *Policy) *string { return &p.ZeroPriceLines }, []string{Emit, Suppress}},
	{"includedUnits", func(p *Policy) *string { return &p.IncludedUnits }, []string{Deduct, Ignore}},
	{"documentCycle", func(p *Policy) *string { return &p.DocumentCycle }, []string{CycleMonthly, CyclePerRun}},
}

// others are the keys with any text, number or truth, by name.
var others = map[string]func(p *Policy, value string) error{
	"timezone":    func(p *Policy, value string) error { p.Timezone, p.zone = value, nil; return nil },
	"currency":    func(p *Policy, value string) error { p.Currency = value; return nil },
	"anchorDay":   func(p *Policy, value string) (err error) { p.AnchorDay, err = orZero(value); return err },
	"anchorMonth": func(p *Policy, value string) (err error) { p.AnchorMonth, err = orZero(value); return err },
	"scale":       func(p *Policy, value string) (err error) { p.Scale, err = strconv.Atoi(value); return err },
	"backdateMonths": func(p *Policy, value string) (err error) {
		p.BackdateMonths, err = strconv.Atoi(value)
		return err
	},
	"periodsMax": func(p *Policy, value string) (err error) { p.PeriodsMax, err = strconv.Atoi(value); return err },
	"oneOffCredit": func(p *Policy, value string) (err error) {
		p.OneOffCredit, err = strconv.ParseBool(value)
		return err
	},
	"ledgers": setLedgers,
}

// orZero reads a number that may be left out.
func orZero(value string) (int, error) {
	if value == "" || value == "null" {
		return 0, nil
	}
	return strconv.Atoi(value)
}

func setLedgers(p *Policy, value string) error {
	p.Ledgers = nil
	for word := range strings.SplitSeq(value, ",") {
		p.Ledgers = append(p.Ledgers, Ledger(strings.TrimSpace(word)))
	}
	return nil
}

// With returns the policy with one key set from text, as on a command line.
// An empty anchorDay or "null" is the start's day, as for anchorMonth; ledgers are separated by
// commas. The result is not validated as a whole: call Validate after the last.
func (p Policy) With(key, value string) (Policy, error) {
	for _, c := range choices {
		if c.key == key {
			*c.field(&p) = value
			return p, c.check(&p)
		}
	}
	return p.withOther(key, value)
}

func (p Policy) withOther(key, value string) (Policy, error) {
	set, known := others[key]
	if !known {
		return p, fmt.Errorf("policy %s: unknown key", key)
	}
	if err := set(&p, value); err != nil {
		return p, fmt.Errorf("policy %s: %q is not valid here", key, value)
	}
	return p, nil
}

func (c choice) check(p *Policy) error {
	if word := *c.field(p); !slices.Contains(c.words, word) {
		return fmt.Errorf("policy %s: %q is not one of %s", c.key, word, strings.Join(c.words, ", "))
	}
	return nil
}

// Validate checks every key and refuses keys that contradict each other.
func (p Policy) Validate() error {
	for _, c := range choices {
		if err := c.check(&p); err != nil {
			return err
		}
	}
	if _, err := time.LoadLocation(p.Timezone); err != nil || p.Timezone == "" || p.Timezone == "Local" {
		return fmt.Errorf("policy timezone: %q is not a known zone", p.Timezone)
	}
	if err := p.validateAnchor(); err != nil {
		return err
	}
	for _, b := range []struct {
		name          string
		got, min, max int
	}{
		{"scale", p.Scale, 0, scaleMax},
		{"backdateMonths", p.BackdateMonths, 0, periodsMaxMax},
		{"periodsMax", p.PeriodsMax, 1, periodsMaxMax},
	} {
		if b.got < b.min || b.got > b.max {
			return fmt.Errorf("policy %s: %d is not between %d and %d", b.name, b.got, b.min, b.max)
		}
	}
	if len(p.Currency) != 3 {
		return fmt.Errorf("policy currency: %q is not a code of three letters", p.Currency)
	}
	return p.validateLedgers()
}

func (p Policy) validateAnchor() error {
	switch {
	case p.AnchorDay < 0 || p.AnchorDay > 31:
		return fmt.Errorf("policy anchorDay: %d is not a day of a month", p.AnchorDay)
	case p.AnchorMonth < 0 || p.AnchorMonth > 12:
		return fmt.Errorf("policy anchorMonth: %d is not a month", p.AnchorMonth)
	case p.AnchorDay != 0 && p.Alignment != Anniversary:
		return fmt.Errorf("policy anchorDay: %d contradicts alignment %s", p.AnchorDay, p.Alignment)
	case p.AnchorMonth != 0 && p.Alignment != Anniversary:
		return fmt.Errorf("policy anchorMonth: %d contradicts alignment %s", p.AnchorMonth, p.Alignment)
	}
	return nil
}

func (p Policy) validateLedgers() error {
	if len(p.Ledgers) == 0 {
		return fmt.Errorf("policy ledgers: at least one is needed")
	}
	for i, l := range p.Ledgers {
		if !l.known() {
			return fmt.Errorf("policy ledgers: %q is not one of %s, %s, %s", l, Customer, Reseller, Cost)
		}
		if slices.Contains(p.Ledgers[:i], l) {
			return fmt.Errorf("policy ledgers: %s is there twice", l)
		}
	}
	return nil
}

// Zone is the policy's zone, UTC if it is unknown (Validate refuses that). It is
// looked up once if the policy was [Policy.Ready].
func (p *Policy) Zone() *time.Location {
	if p.zone != nil {
		return p.zone
	}
	zone, err := time.LoadLocation(p.Timezone)
	if err != nil {
		return time.UTC
	}
	return zone
}

// Ready validates the policy and keeps its zone, so that days are converted
// without a lookup.
func (p Policy) Ready() (Policy, error) {
	if err := p.Validate(); err != nil {
		return p, err
	}
	p.zone = p.Zone()
	return p, nil
}

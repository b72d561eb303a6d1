package billing

import "time"

// Policy is every choice that the rules leave open, one key each. A Policy is a
// value: it is kept with each run, and lines are computed with one policy only.
type Policy struct {
	// Timezone is the IANA zone in which instants become days (rule 2).
	Timezone string `json:"timezone"`
	// BillingMode is IN_ADVANCE or IN_ARREARS (rule 9).
	BillingMode string `json:"billingMode"`
	// Alignment is CALENDAR or ANNIVERSARY (rule 3). AnchorDay is the day of the
	// month for ANNIVERSARY, 0 being the start's day, and AnchorMonth the month of
	// quarters and years, 0 being the start's month.
	Alignment   string `json:"alignment"`
	AnchorDay   int    `json:"anchorDay"`
	AnchorMonth int    `json:"anchorMonth,omitempty"`
	// Proration is MONTH_FIRST, PERIOD_DAYS or NONE (rule 5).
	Proration string `json:"proration"`
	// Rounding is HALF_AWAY_FROM_ZERO or HALF_EVEN (rule 7), to Scale decimals in
	// Currency; for other currencies see [Policy.Decimals].
	Rounding string `json:"rounding"`
	Scale    int    `json:"scale"`
	// ChangeDay is NEW_STATE or OLD_STATE (rule 13).
	ChangeDay string `json:"changeDay"`
	// BillingCustomerSwitch is SPLIT or NEXT_PERIOD (rule 19).
	BillingCustomerSwitch string `json:"billingCustomerSwitch"`
	// CatalogPriceChange is NEXT_PERIOD or SPLIT (rule 17).
	CatalogPriceChange string `json:"catalogPriceChange"`
	// CreditMethod is NET_TO_CORRECT or PRORATE_BILLED (rule 14).
	CreditMethod string `json:"creditMethod"`
	// Ledgers are the ledgers that are on (rule 22).
	Ledgers []Ledger `json:"ledgers"`
	// Currency is that of accounts without one.
	Currency string `json:"currency"`
	// ZeroPriceLines is EMIT or SUPPRESS (rule 8).
	ZeroPriceLines string `json:"zeroPriceLines"`
	// OneOffCredit credits a cancelled product that was billed once (rule 10).
	OneOffCredit bool `json:"oneOffCredit"`
	// IncludedUnits is DEDUCT or IGNORE (rule 20).
	IncludedUnits string `json:"includedUnits"`
	// DocumentCycle is MONTHLY or PER_RUN (rule 25).
	DocumentCycle string `json:"documentCycle"`
	// PeriodsMax is the bound of rule 11.
	PeriodsMax int `json:"periodsMax"`
	// BackdateMonths is how many months before the running one a reseller may
	// change what was billed (rule 27).
	BackdateMonths int `json:"backdateMonths"`

	zone *time.Location
	// since is the day from which the policy holds, where there are several, and log
	// all of them.
	since Date
	log   PolicyLog
}

// The values of the policy keys.
const (
	InAdvance        = "IN_ADVANCE"
	InArrears        = "IN_ARREARS"
	Calendar         = "CALENDAR"
	Anniversary      = "ANNIVERSARY"
	MonthFirst       = "MONTH_FIRST"
	PeriodDays       = "PERIOD_DAYS"
	NoProration      = "NONE"
	HalfAwayFromZero = "HALF_AWAY_FROM_ZERO"
	HalfEven         = "HALF_EVEN"
	NewState         = "NEW_STATE"
	OldState         = "OLD_STATE"
	Split            = "SPLIT"
	NextPeriod       = "NEXT_PERIOD"
	NetToCorrect     = "NET_TO_CORRECT"
	ProrateBilled    = "PRORATE_BILLED"
	Emit             = "EMIT"
	Suppress         = "SUPPRESS"
	Deduct           = "DEDUCT"
	Ignore           = "IGNORE"
	CycleMonthly     = "MONTHLY"
	CyclePerRun      = "PER_RUN"
)

// periodsMaxDefault is three years of months in one run: more is a mistake in
// the data rather than a catch-up.
const periodsMaxDefault = 36

// backdateMonthsDefault lets a reseller correct the month before last.
const backdateMonthsDefault = 2

// DefaultPolicy is the policy of the rules as they are written.
func DefaultPolicy() Policy {
	return Policy{
		Timezone:              "Europe/Copenhagen",
		BillingMode:           InAdvance,
		Alignment:             Calendar,
		Proration:             MonthFirst,
		Rounding:              HalfAwayFromZero,
		Scale:                 2,
		ChangeDay:             NewState,
		BillingCustomerSwitch: Split,
		CatalogPriceChange:    NextPeriod,
		CreditMethod:          NetToCorrect,
		Ledgers:               []Ledger{Customer},
		Currency:              "DKK",
		ZeroPriceLines:        Emit,
		IncludedUnits:         Deduct,
		DocumentCycle:         CycleMonthly,
		PeriodsMax:            periodsMaxDefault,
		BackdateMonths:        backdateMonthsDefault,
	}
}

package console

import (
	"fmt"
	"html/template"
	"strings"

	"github.com/shopspring/decimal"

	"tenure/billing"
	"tenure/internal/status"
)

// chart is amounts of runs as bars, with what was planned as a mark. The drawing stretches; words around it are HTML.
type chart struct {
	Drawing  template.HTML
	Top      string // the value of the upper edge
	From, To string
	Currency string
	Label    string // the same as a sentence
	Rows     []night
}

// The drawing is chartHigh units high; a bar takes barWide of its column.
const (
	chartHigh = 100
	barWide   = "0.64"
)

// chartOf draws the amounts of the CUSTOMER ledger in a currency. Runs that are planned and not billed are dashed.
func chartOf(days []billing.Date, by map[billing.Date]night, currency string) chart {
	c := chart{Currency: currency}
	top := decimal.NewFromInt(1)
	for _, d := range days {
		n := by[d]
		n.Date = d
		c.Rows = append(c.Rows, n)
		top = decimal.Max(top, n.Billed.Abs(), n.Planned.Abs())
	}
	if len(days) > 0 {
		c.From, c.To = dayOr(days[0]), dayOr(days[len(days)-1])
	}
	c.Top = status.Amount(top.StringFixed(0))
	var b strings.Builder
	fmt.Fprintf(
		&b,
		`<svg viewBox="0 -2 %d %d" preserveAspectRatio="none" aria-hidden="true"><path class="rule" d="M0 0H%d"/><path class="rule" d="M0 50H%d"/>`,
		len(days), chartHigh+4, len(days), len(days))
	billed := 0
	for i, n := range c.Rows {
		amount, class := n.Billed, "bar"
		if n.State != nightCompleted && n.HasPlan {
			amount, class = n.Planned, "bar-o"
		}
		if n.State == nightCompleted {
			billed++
		}
		high := scaled(amount, top)
		fmt.Fprintf(&b, `<rect class="%s" x="%d.18" y="%s" width="%s" height="%s"><title>%s</title></rect>`,
			class, i, decimal.NewFromInt(chartHigh).Sub(high).StringFixed(1), barWide, high.StringFixed(1),
			template.HTMLEscapeString(n.sentence(currency)))
		if n.HasPlan {
			fmt.Fprintf(&b, `<path class="tick" d="M%d.04 %sh.92"/>`, i,
				decimal.NewFromInt(chartHigh).Sub(scaled(n.Planned, top)).StringFixed(1))
		}
	}
	b.WriteString(`</svg>`)
	c.Drawing = template.HTML(b.String()) // numbers and escaped text
	c.Label = fmt.Sprintf("%d runs from %s to %s, at most %s %s", billed, c.From, c.To, c.Top, currency)
	return c
}

// scaled is an amount as a height.
func scaled(amount, top decimal.Decimal) decimal.Decimal {
	return amount.Abs().Mul(decimal.NewFromInt(chartHigh)).DivRound(top, 1)
}

// meter is a share as a bar, done of all.
func meter(done, all int64) template.HTML {
	wide := int64(0)
	if all > 0 {
		wide = min(done*100/all, 100)
	}
	return template.HTML(fmt.Sprintf( // numbers
		`<svg class="meter" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label="%d of %d"><rect class="t" width="100" height="8"/>`+
			`<rect class="v" width="%d" height="8"/></svg>`, done, all, wide))
}

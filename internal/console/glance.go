package console

import (
	"cmp"
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strings"

	"tenure/billing"
	"tenure/projections"
)

const (
	glanceBack  = 6  // months before today that the bars show at most
	glanceAhead = 3  // months after it
	glanceRows  = 24 // bars: an employee with more addons has the others in the table of its lines
	monthsWide  = 12 // how many months have room for their names
)

// glanceBilled is the kind of a row of billed days.
const glanceBilled = "billed"

// glanceClasses are the styles of the rows that are not what the employee has.
var glanceClasses = map[string]string{glanceBilled: "bar-b", glanceHeld: "bar-o", glanceDocument: "bar-b"}

// glance is an employee as bars: what it has, what it will have, and which of its days are billed.
type glance struct {
	Label  string // the same as a sentence
	Months []string
	Rows   []glanceRow
	Left   int // rows that are not shown
}

// glanceRow is one thing over time; a period without an end goes on.
type glanceRow struct {
	Name, Kind string // glanceBilled, glanceHeld, glanceDocument; empty: what the employee has
	Periods    []billing.Period
	Drawing    template.HTML
}

// glanceOf draws an employee's document, and more rows. name gives the name of a product.
func glanceOf(e *projections.Employee, today billing.Date, name func(string) string, more []glanceRow) glance {
	ends := billing.Date(0)
	if e.Deletion != nil {
		ends = e.Deletion.Date
	}
	rows := append([]glanceRow{{Name: "Employee", Periods: []billing.Period{{From: e.Created, To: ends}}}},
		productRows(e, ends, name)...)
	for _, a := range e.Addons {
		label := "Addon " + cmp.Or(a.Name, name(a.Product), a.Product)
		rows = append(rows, glanceRow{Name: label, Periods: []billing.Period{{From: a.Start, To: cmp.Or(a.Terminate, ends)}}})
	}
	rows = append(rows, more...)
	for _, source := range slices.Sorted(maps.Keys(e.Covered)) {
		rows = append(rows, glanceRow{Name: "Billed: " + sourceName(e, source, name), Kind: glanceBilled,
			Periods: e.Covered[source]})
	}
	g := glance{}
	if len(rows) > glanceRows {
		g.Left, rows = len(rows)-glanceRows, rows[:glanceRows]
	}
	begins := e.Created
	for _, row := range rows { // what was ordered for earlier days begins before the employee was made
		for _, period := range row.Periods {
			begins = min(begins, period.From)
		}
	}
	axis := axisOf(begins, today)
	g.Months = axis.months()
	for i := range rows {
		rows[i].Drawing = axis.draw(rows[i])
	}
	g.Rows = rows
	g.Label = fmt.Sprintf("From %s to %s: %d bars, as a table below", dayOr(axis.from), dayOr(axis.to), len(rows))
	return g
}

// sourceName is what bills as a source.
func sourceName(e *projections.Employee, source string, name func(string) string) string {
	if source == billing.ProductSource {
		return "product"
	}
	for _, a := range e.Addons {
		if a.ID == source {
			return cmp.Or(a.Name, name(a.Product), a.ID)
		}
	}
	return source
}

// productRows is a row for each product that the employee has, had or will have.
func productRows(e *projections.Employee, ends billing.Date, name func(string) string) []glanceRow {
	products := e.Products
	if e.NewProduct != nil {
		products = products.Set(e.NewProduct.From, e.NewProduct.Product)
	}
	var rows []glanceRow
	for i, one := range products {
		if one.Value == "" {
			continue
		}
		period := billing.Period{From: max(one.From, e.Created), To: ends}
		if i+1 < len(products) {
			period.To = products[i+1].From
		}
		label := cmp.Or(name(one.Value), one.Value)
		if at := slices.IndexFunc(rows, func(r glanceRow) bool { return r.Name == label }); at >= 0 {
			rows[at].Periods = append(rows[at].Periods, period)
			continue
		}
		rows = append(rows, glanceRow{Name: label, Periods: []billing.Period{period}})
	}
	return rows
}

// axis is the days that are drawn.
type axis struct{ from, to, today billing.Date }

// axisOf begins with the month of the first day of anything, or some months ago.
func axisOf(begins, today billing.Date) axis {
	first := func(d billing.Date) billing.Date { return d.AddDays(1 - d.Time().Day()) }
	from := max(first(begins), first(today).AddMonths(-glanceBack, 1))
	return axis{min(from, first(today)), first(today).AddMonths(glanceAhead, 1), today}
}

// months are the names of the months, as many as have room.
func (a axis) months() (names []string) {
	for d := a.from; d < a.to && len(names) < monthsWide; d = d.AddMonths(1, 1) {
		names = append(names, d.Time().Format("Jan 2006"))
	}
	return names
}

// place is a day in the drawing.
func (a axis) place(d billing.Date) int {
	const wide = 1000
	return max(0, min(wide, int(d-a.from)*wide/int(a.to-a.from)))
}

// draw is a row; what is to come is an outline.
func (a axis) draw(r glanceRow) template.HTML {
	var b strings.Builder
	b.WriteString(`<svg viewBox="0 0 1000 14" preserveAspectRatio="none" aria-hidden="true">`)
	for d := a.from; d < a.to; d = d.AddMonths(1, 1) {
		fmt.Fprintf(&b, `<path class="rule" d="M%d 0V14"/>`, a.place(d))
	}
	part := func(class string, from, to billing.Date) {
		if x, end := a.place(from), a.place(to); end > x {
			fmt.Fprintf(&b, `<rect class="%s" x="%d" y="3" width="%d" height="8"/>`, class, x, end-x)
		}
	}
	is := cmp.Or(glanceClasses[r.Kind], "bar")
	for _, p := range r.Periods {
		to := cmp.Or(p.To, a.to)
		part(is, p.From, min(to, a.today))
		if r.Kind == "" {
			part("bar-f", max(p.From, a.today), to)
		} else {
			part(is, max(p.From, a.today), to) // paid in advance, or held until it is released
		}
	}
	fmt.Fprintf(&b, `<path class="tick" d="M%d 0V14"/></svg>`, a.place(a.today))
	return template.HTML(b.String()) // numbers and constants
}

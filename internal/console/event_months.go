package console

import "time"

// monthFolded is how many events a month has at most without being folded.
const monthFolded = 20

// eventMonth is the events of a month, newest first.
type eventMonth struct {
	Name string
	Rows []eventRow
}

// Folded reports whether the month is shown as a line that opens.
func (m eventMonth) Folded() bool { return len(m.Rows) > monthFolded }

// monthsOf groups events, newest first, by their month in the billing zone.
func monthsOf(rows []eventRow, zone *time.Location) (months []eventMonth) {
	for i := range rows {
		name := rows[i].At.In(zone).Format("January 2006")
		if n := len(months); n == 0 || months[n-1].Name != name {
			months = append(months, eventMonth{Name: name})
		}
		last := &months[len(months)-1]
		last.Rows = append(last.Rows, rows[i])
	}
	return months
}

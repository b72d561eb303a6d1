package booking

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/google/uuid"

	"tenure/internal/export"
)

// bookedMax bounds the ids of a file: a run over a million employees has fewer lines in a ledger.
const bookedMax = 4_000_000

// ReadIDs reads the ids of lines: the first cell of each record, without the heading and the total of an export. name
// is that of the file, for errors.
func ReadIDs(in io.Reader, name string) (map[uuid.UUID]bool, error) {
	ids := map[uuid.UUID]bool{}
	records := csv.NewReader(in) // a cell of an export, such as a reason, may go over several lines
	records.FieldsPerRecord, records.ReuseRecord, records.TrimLeadingSpace, records.LazyQuotes = -1, true, true, true
	for first := true; ; first = false {
		cells, err := records.Read()
		if errors.Is(err, io.EOF) {
			return ids, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		text := strings.TrimSpace(cells[0])
		if text == "" || text == export.TotalID || first && text == "lineId" {
			continue
		}
		id, err := uuid.Parse(text)
		if err != nil {
			n, _ := records.FieldPos(0)
			return nil, fmt.Errorf("%s:%d: %.40q is not the id of a line", name, n, text)
		}
		if ids[id] = true; len(ids) > bookedMax {
			return nil, errors.New("more lines than a run can have")
		}
	}
}

// Refusals pairs refused lines with messages: one each, or one for all.
func Refusals(lines, messages []string) (map[uuid.UUID]string, error) {
	if n := len(messages); len(lines) > 0 && n != 1 && n != len(lines) {
		return nil, fmt.Errorf("%d lines are refused and %d messages given: give one for all, or one each", len(lines), n)
	}
	all := make(map[uuid.UUID]string, len(lines))
	for i, text := range lines {
		id, err := uuid.Parse(text)
		if err != nil {
			return nil, fmt.Errorf("%q is not the id of a line", text)
		}
		all[id] = messages[min(i, len(messages)-1)]
	}
	return all, nil
}

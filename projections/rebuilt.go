package projections

import (
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"tenure/events"
)

// The versions of what each projection writes. Raise one when rows that are folded again would differ from those that
// are there: the first process of the new build then rebuilds the read model, while the old rows are kept up to date by
// the new code, which must therefore read them, and are still read.
const (
	// 2: numbers and names of extensions and accounts are in personal; 3: rows of accounts, how extensions are reached;
	// 4: the document has what billing holds
	versionDirectory = 4
	versionLines     = 1
	versionDocuments = 2 // 2: number as a text, sums, parties, day of issue, payments
)

// Version is 4.
func (Directory) Version() int32 { return versionDirectory }

// Tables are the employees, the extensions and the accounts. What other systems report of an employee is
// in tables that are not the projection's, so that it outlives a rebuild.
func (Directory) Tables() []string { return []string{"directory", extensionsTable, accountsTable} }

// Version is 1: the rows are as they have always been.
func (Lines) Version() int32 { return versionLines }

// Tables is the one of the lines.
func (Lines) Tables() []string { return []string{"lines"} }

// Version is 2.
func (Documents) Version() int32 { return versionDocuments }

// Tables is the one of the documents.
func (Documents) Tables() []string { return []string{"documents"} }

// Folder is a projection that can fold whole histories in memory, which spares a rebuild reading and writing a row for
// each page that changes it.
type Folder interface {
	Projection
	// Builder begins with nothing.
	Builder() Builder
}

// Appender is a projection whose rows are written once and for all, so that those of a fact depend on nothing else.
type Appender interface {
	Projection
	// Copied names the table and its columns.
	Copied() (table string, columns []string)
	// AppendRows appends the rows that Write would insert for a fact, in the binary format of COPY.
	AppendRows(b []byte, f *events.Recorded) ([]byte, error)
}

// Builder folds the whole histories of some streams. It is for one goroutine.
type Builder interface {
	// Add folds a fact that the projection wants. The facts of a stream come in order, from its beginning.
	Add(f *events.Recorded) error
	// Rows are those of everything added so far, in their final state. The builder is not used afterwards.
	Rows() []Rows
}

// Rows are rows of one table as COPY takes them.
type Rows struct {
	Table   string
	Columns []string
	pgx.CopyFromSource
}

// ByName finds a projection; the error names all.
func ByName(name string) (Projection, error) {
	names := make([]string, 0, len(All()))
	for _, p := range All() {
		if p.Name() == name {
			return p, nil
		}
		names = append(names, p.Name())
	}
	return nil, fmt.Errorf("projections: %q is not one of %s", name, strings.Join(names, ", "))
}

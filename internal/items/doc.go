// Package items finds what an invoice shows of a line's product: name, code and unit in the catalogue that the line's run had
// pinned. A product that is renamed later changes no message that was sent, so that one which is sent again is the same.
//
// It reads runs and the catalogue's log and keeps a few catalogues in memory. It decides nothing and writes nothing.
package items

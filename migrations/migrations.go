package migrations

import "embed"

// Files holds the numbered SQL files in goose's form.
//
//go:embed *.sql
var Files embed.FS

package schemas

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// released is the set of schemas that was released last. A release writes it again:
//
//	tenure schemas print --out schemas/released
//
//go:embed released/*.schema.json
var released embed.FS

// ending is that of the file of a schema; the name before it is the type.
const ending = ".schema.json"

// FileOf names the file of a type's schema.
func FileOf(name string) string { return name + ending }

// AsyncAPIFile names the file of the AsyncAPI document in a written set.
const AsyncAPIFile = "asyncapi.json"

// Current gives every schema of this program, by type.
func Current() map[string]*Schema {
	all := map[string]*Schema{}
	for _, m := range All() {
		all[m.Type] = m.Schema()
	}
	return all
}

// Released gives the schemas that were released last, by type.
func Released() (map[string]*Schema, error) {
	inside, err := fs.Sub(released, "released")
	if err != nil {
		return nil, fmt.Errorf("schemas: released set: %w", err)
	}
	return Read(inside)
}

// Read gives the schemas that stand in a folder, by type. A folder without any is an error: everything would be
// compatible with it.
func Read(folder fs.FS) (map[string]*Schema, error) {
	files, err := fs.Glob(folder, "*"+ending)
	if err != nil {
		return nil, fmt.Errorf("schemas: read schemas: %w", err)
	}
	all := map[string]*Schema{}
	for _, file := range files {
		raw, err := fs.ReadFile(folder, file)
		if err != nil {
			return nil, fmt.Errorf("schemas: read schemas: %w", err)
		}
		var s Schema
		if err := json.Unmarshal(raw, &s); err != nil {
			return nil, fmt.Errorf("schemas: read %s: %w", file, err)
		}
		all[strings.TrimSuffix(path.Base(file), ending)] = &s
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("schemas: there is no *%s in the folder", ending)
	}
	return all, nil
}

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// text is a file that a module wants to be passed on.
type text struct{ name, content string }

// passedOn matches the names of files that hold a licence or a notice.
var passedOn = regexp.MustCompile(`(?i)^(licen[sc]e|copying|notice)(\.(md|txt))?$`)

// known are the licences by a phrase that each has and the ones before it do not. A text with its own phrase comes
// first.
var known = []struct{ phrase, licence string }{
	{"Apache License Version 2.0", "Apache-2.0"},
	{"Mozilla Public License", "MPL-2.0"},
	{"Permission is hereby granted, free of charge", "MIT"},
	{"Neither the name", "BSD-3-Clause"},
	{"names of its contributors may be used", "BSD-3-Clause"},
	{"Redistribution and use in source and binary forms", "BSD-2-Clause"},
	{"provided that the above copyright notice and this permission notice appear in all copies", "ISC"},
	{"Permission to use, copy, modify, and/or distribute this software", "0BSD"},
	{"into the public domain", "LicenseRef-public-domain"},
	{"in the public domain", "LicenseRef-public-domain"},
}

// readLicence finds out under which licence a module's folder is.
func readLicence(dir string) (module, error) {
	var m module
	if dir == "" {
		return m, fmt.Errorf("its sources are not here: run go mod download")
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return m, err
	}
	for _, e := range entries {
		if e.IsDir() || !passedOn.MatchString(e.Name()) {
			continue
		}
		raw, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return m, err
		}
		m.texts = append(m.texts, text{e.Name(), string(raw)})
		if m.licence == "" {
			m.licence = licenceOf(string(raw))
		}
	}
	if m.licence == "" {
		return m, fmt.Errorf("no licence that is known: read it, and add it to scripts/release/licence.go")
	}
	return m, nil
}

// licenceOf recognises a licence by its text, empty when it does not.
func licenceOf(content string) string {
	content = strings.Join(strings.Fields(content), " ")
	content = strings.ReplaceAll(content, "Apache License, Version", "Apache License Version")
	for _, k := range known {
		if strings.Contains(content, k.phrase) {
			return k.licence
		}
	}
	return ""
}

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLicenceOf_KnowsATextByItsPhrase(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Apache License\n  Version 2.0, January 2004":                               "Apache-2.0",
		"Mozilla Public License, version 2.0":                                       "MPL-2.0",
		"MIT\nPermission is hereby granted, free of\ncharge, to any person":         "MIT",
		"Redistribution and use in source and binary forms ... Neither the name of": "BSD-3-Clause",
		"Redistribution and use in source and binary forms, with or without":        "BSD-2-Clause",
		"All these files have been put into the public domain. You can":             "LicenseRef-public-domain",
		"All rights reserved.": "",
	} {
		require.Equal(t, want, licenceOf(text), text)
	}
}

func TestReadLicence_RefusesAFolderWithoutOne(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	_, err := readLicence(dir)
	require.ErrorContains(t, err, "no licence that is known")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "LICENSE"), []byte("All rights reserved."), 0o600))
	_, err = readLicence(dir)
	require.ErrorContains(t, err, "no licence that is known")
	_, err = readLicence("")
	require.ErrorContains(t, err, "go mod download")
}

// TestRelease_OfThisTestsOwnBinary lists the modules that the test itself is linked with.
func TestRelease_OfThisTestsOwnBinary(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	require.NoError(t, err)
	out := t.TempDir()
	require.NoError(t, release(self, "v1.2.3", out))
	raw, err := os.ReadFile(filepath.Join(out, "sbom.cdx.json"))
	require.NoError(t, err)
	var d document
	require.NoError(t, json.Unmarshal(raw, &d))
	require.Equal(t, "CycloneDX", d.Format)
	require.Equal(t, "v1.2.3", d.Metadata.Component.Version)
	require.Len(t, d.Dependencies[0].DependsOn, len(d.Components))
	licences := map[string]string{}
	for _, c := range d.Components {
		licences[c.Name] = c.Licences[0].Licence.ID
	}
	require.Equal(t, "BSD-3-Clause", licences["std"])
	require.Equal(t, "BSD-3-Clause", licences["github.com/google/uuid"])
	text, err := os.ReadFile(filepath.Join(out, "NOTICE"))
	require.NoError(t, err)
	require.Contains(t, string(text), "github.com/google/uuid v1.6.0: LICENSE")
}

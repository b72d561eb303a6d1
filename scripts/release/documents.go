package main

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/google/uuid"
)

// document is a CycloneDX document, as far as it is written here.
type document struct {
	Format       string       `json:"bomFormat"`
	Spec         string       `json:"specVersion"`
	Serial       string       `json:"serialNumber"`
	Version      int          `json:"version"`
	Metadata     metadata     `json:"metadata"`
	Components   []component  `json:"components"`
	Dependencies []dependency `json:"dependencies"`
}

type metadata struct {
	Component component `json:"component"`
}

type component struct {
	Type       string     `json:"type"`
	Ref        string     `json:"bom-ref"`
	Name       string     `json:"name"`
	Version    string     `json:"version"`
	PURL       string     `json:"purl"`
	Licences   []licence  `json:"licenses,omitempty"`
	Properties []property `json:"properties,omitempty"`
}

type licence struct {
	Licence licenceID `json:"license"`
}

// licenceID is an SPDX identifier, or a name where SPDX has none.
type licenceID struct {
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
}

type property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type dependency struct {
	Ref       string   `json:"ref"`
	DependsOn []string `json:"dependsOn"`
}

// serials is the root of serial numbers: a release has the same one whoever builds it.
var serials = uuid.MustParse("0c9d6f6e-6a5b-5d6e-8f5c-2d1c3b4a5f60")

// bom lists modules as components of the program, in the order of the binary. What depends on what inside is left out:
// a binary does not say.
func bom(version, goVersion string, modules []module) document {
	program := component{Type: "application", Ref: "tenure", Name: "tenure", Version: version, PURL: "pkg:golang/tenure@" +
		version}
	d := document{
		Format: "CycloneDX", Spec: "1.6", Version: 1, Metadata: metadata{Component: program},
		Serial: "urn:uuid:" + uuid.NewSHA1(serials, []byte(version+" "+goVersion)).String(),
	}
	all := dependency{Ref: program.Ref}
	for _, m := range modules {
		c := component{
			Type: "library", Ref: m.path + "@" + m.version, Name: m.path, Version: m.version,
			PURL: "pkg:golang/" + m.path + "@" + m.version, Licences: []licence{{licenceID{ID: m.licence}}},
		}
		if name, ok := strings.CutPrefix(m.licence, "LicenseRef-"); ok {
			c.Licences = []licence{{licenceID{Name: name}}}
		}
		if hash, ok := treeHash(m.sum); ok {
			c.Properties = []property{{"go:sum:h1", hash}}
		}
		d.Components = append(d.Components, c)
		all.DependsOn = append(all.DependsOn, c.Ref)
	}
	d.Dependencies = []dependency{all}
	return d
}

// treeHash is the SHA-256 over a module's files that go.sum has, in hexadecimal.
func treeHash(sum string) (string, bool) {
	encoded, ok := strings.CutPrefix(sum, "h1:")
	raw, err := base64.StdEncoding.DecodeString(encoded)
	return hex.EncodeToString(raw), ok && err == nil
}

// notice has the licence and the notices of every module, whole, as most licences want it.
func notice(version string, modules []module) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Tenure %s contains these modules.\n\n", version)
	for _, m := range modules {
		fmt.Fprintf(&b, "  %s %s  %s\n", m.path, m.version, strings.TrimPrefix(m.licence, "LicenseRef-"))
	}
	for _, m := range modules {
		for _, t := range m.texts {
			fmt.Fprintf(&b, "\n%s\n%s %s: %s\n\n%s\n", strings.Repeat("-", 80), m.path, m.version, t.name,
				strings.TrimSpace(t.content))
		}
	}
	return b.String()
}

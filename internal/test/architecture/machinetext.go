package architecture

import (
	"path"
	"regexp"
	"strings"
)

// machinePattern is a text that ties the tree to one machine, one network or one person.
type machinePattern struct {
	pattern *regexp.Regexp
	says    string
}

// The patterns are put together from pieces so that this file does not contain what it looks for.
var machinePatterns = []machinePattern{
	{
		regexp.MustCompile(`(?:^|[^\w.\-/])/(?:` + strings.Join([]string{"work", "root", "home"}, "|") + `)/`),
		"a path of a machine of one user",
	},
	{regexp.MustCompile(`(?i)\b(?:` + strings.Join([]string{
		`proxy\.golang\.org`, `sum\.golang\.org`, `registry\.npmjs\.org`, `registry\.yarnpkg\.com`, `repo1?\.maven\.org`,
		`repo\.maven\.apache\.org`, `pypi\.org`, `files\.pythonhosted\.org`, `static\.crates\.io`, `index\.crates\.io`,
		`(?:registry-1\.|index\.)?docker\.io`, `ghcr\.io`, `gcr\.io`, `quay\.io`, `mcr\.microsoft\.com`, `deb\.debian\.org`,
	}, "|") + `)\b`), "the host of a package registry"},
	{
		regexp.MustCompile(`(?i)\b(?:GOPROXY|GOSUMDB|npm_config_registry|registry)\s*[=:]\s*["']?https?://`),
		"the address of a package registry",
	},
}

var emailPattern = regexp.MustCompile(`[A-Za-z0-9._%+-]+@((?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,})\b`)

// reservedDomains may stand in samples: RFC 2606 keeps them from belonging to anybody.
var reservedDomains = []string{"example.com", "example.org", "example.net", "example", "invalid", "test", "localhost"}

// checkMachineText reads every text file except checksums, whose lines are not ours, and the licence.
func checkMachineText(t *Tree) Report {
	var report Report
	for _, f := range t.Files {
		if base := path.Base(f.Path); base == "go.sum" || base == "LICENSE" {
			continue
		}
		number := 0
		for line := range strings.Lines(f.Text) {
			number++
			if says := machineBound(line); says != "" {
				report.add(Finding{Path: f.Path, Line: number, Text: says + " in a tracked file"})
			}
		}
	}
	return report
}

func machineBound(line string) string {
	for _, p := range machinePatterns {
		if p.pattern.MatchString(line) {
			return p.says
		}
	}
	for _, match := range emailPattern.FindAllStringSubmatch(line, -1) {
		if !reserved(match[1]) {
			return "an e-mail address outside the domains kept for samples"
		}
	}
	return ""
}

func reserved(domain string) bool {
	domain = strings.ToLower(domain)
	for _, r := range reservedDomains {
		if domain == r || strings.HasSuffix(domain, "."+r) {
			return true
		}
	}
	return false
}

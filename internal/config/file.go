package config

import (
	"bufio"
	"fmt"
	"os"
	"strings"
)

// entry is one line of a file.
type entry struct {
	value string
	line  int
}

// fileBytesMax bounds a secret's file: a longer one is another file by mistake.
const fileBytesMax = 64 << 10

// readFile reads NAME=VALUE lines. A name that is not a setting's, or is given twice, is an error: a misspelt one would
// leave its default in force without a word.
func readFile(path string, known map[string]bool) (map[string]entry, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	defer func() { _ = f.Close() }()
	entries := map[string]entry{}
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		name, value, found := strings.Cut(line, "=")
		name = strings.TrimSpace(name)
		switch _, twice := entries[name]; {
		case !found:
			return nil, fmt.Errorf("config: %s:%d: not of the form NAME=VALUE", path, n)
		case !known[name]:
			return nil, fmt.Errorf("config: %s:%d: %s is not a setting; tenure check lists them", path, n, name)
		case twice:
			return nil, fmt.Errorf("config: %s:%d: %s is given twice", path, n, name)
		}
		entries[name] = entry{value: unquoted(strings.TrimSpace(value)), line: n}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("config: read %s: %w", path, err)
	}
	return entries, nil
}

func unquoted(value string) string {
	if len(value) >= 2 && value[0] == '"' && value[len(value)-1] == '"' {
		return value[1 : len(value)-1]
	}
	return value
}

// openBits are the permissions that the file of a secret must not have: anything for others, and writing for the group.
// The group may read, because that is how a cluster hands a secret to a process that is not root.
const openBits = 0o027

// expose records a file whose permissions are too wide.
func (c *Config) expose(setting, path string) {
	info, err := os.Stat(path)
	if err == nil && info.Mode().Perm()&openBits != 0 {
		c.Exposed = append(c.Exposed, Exposed{setting, path, info.Mode().Perm()})
	}
}

// readSecret returns a file's content without the line break that editors put at its end.
func readSecret(path string) (string, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	if len(raw) > fileBytesMax {
		return "", fmt.Errorf("%s has %d bytes, a secret at most %d", path, len(raw), fileBytesMax)
	}
	return strings.TrimRight(string(raw), "\r\n"), nil
}

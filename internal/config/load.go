package config

import (
	"errors"
	"fmt"
	"strings"

	"tenure/billing"
)

// Input is where settings may come from.
type Input struct {
	// Flags are those that were given on the command line, by name without dashes.
	Flags map[string]string
	// Environ looks up a variable, as os.LookupEnv does.
	Environ func(name string) (string, bool)
	// File is the configuration file; empty means what TENURE_CONFIG names, and else none.
	File string
}

// fileVariable names the configuration file in the environment.
const fileVariable = environmentPrefix + "CONFIG"

// masked is shown in place of a secret.
const masked = "********"

// Load reads all settings. Its error names every setting that is wrong and where it was found.
func Load(in Input) (Config, error) {
	if in.Environ == nil {
		in.Environ = func(string) (string, bool) { return "", false }
	}
	if in.File == "" {
		in.File, _ = in.Environ(fileVariable)
	}
	layers, err := in.layers()
	if err != nil {
		return Config{}, err
	}
	c := Config{Policy: billing.DefaultPolicy()}
	if err := c.take(layers); err != nil {
		return c, err
	}
	if err := c.checkWire(); err != nil {
		return c, err
	}
	c.Policy, err = c.Policy.Ready()
	if err != nil {
		return c, fmt.Errorf("config: %w", err)
	}
	return c, nil
}

// apply leaves an empty value to the zero value of its field.
func (s Setting) apply(c *Config, value string) error {
	if value == "" {
		return nil
	}
	return s.set(c, value)
}

func (s Setting) shown(f found) Value {
	v := Value{Name: s.Env(), Value: f.value, Source: f.source}
	if s.Secret && v.Value != "" {
		v.Value = masked
	}
	return v
}

// found is a value with its source; path is its file, if it is in one.
type found struct{ value, source, path string }

// layer looks a setting up in one source, by its name in the environment.
type layer func(env, flag string) (found, bool)

// take sets every setting from the sources. Its error names all that are wrong.
func (c *Config) take(layers []layer) error {
	var wrong []error
	for _, s := range Settings() {
		found, err := s.find(layers)
		if err == nil {
			err = s.apply(c, found.value)
		}
		if err != nil {
			wrong = append(wrong, fmt.Errorf("config: %s (%s): %w", s.Env(), found.source, err))
			continue
		}
		c.Values = append(c.Values, s.shown(found))
		if s.Secret && found.value != "" && found.path != "" {
			c.expose(s.Env(), found.path)
		}
	}
	return errors.Join(wrong...)
}

// layers returns the sources, the strongest first.
func (in Input) layers() ([]layer, error) {
	known := map[string]bool{}
	for _, s := range Settings() {
		known[s.Env()] = true
		if s.Secret {
			known[s.Env()+fileSuffix] = true
		}
	}
	var file map[string]entry
	if in.File != "" {
		var err error
		if file, err = readFile(in.File, known); err != nil {
			return nil, err
		}
	}
	return []layer{
		func(_, flag string) (found, bool) {
			v, ok := in.Flags[flag]
			return found{value: v, source: "flag --" + flag}, ok
		},
		func(env, _ string) (found, bool) {
			v, ok := in.Environ(env)
			v = strings.TrimSpace(v)                                     // a variable made of a file has its line break
			return found{value: v, source: "environment"}, ok && v != "" // containers set what they do not mean to empty
		},
		func(env, _ string) (found, bool) {
			e, ok := file[env]
			return found{e.value, fmt.Sprintf("file %s:%d", in.File, e.line), in.File}, ok
		},
	}, nil
}

// FileFlag is the name of the flag for the file of a secret.
func (s Setting) FileFlag() string { return s.Name + "-file" }

// find reads the sources in their order. A source with a secret and its file contradicts itself.
func (s Setting) find(layers []layer) (found, error) {
	for _, look := range layers {
		direct, isDirect := look(s.Env(), s.Name)
		if s.Secret {
			path, isFile := look(s.Env()+fileSuffix, s.FileFlag())
			switch {
			case isFile && isDirect:
				return path, fmt.Errorf("both the value and %s are given", s.Env()+fileSuffix)
			case isFile:
				value, err := readSecret(path.value)
				return found{value, path.source + ", from " + path.value, path.value}, err
			}
		}
		if isDirect {
			return direct, nil
		}
	}
	return found{value: s.Default, source: sourceDefault}, nil
}

// sourceDefault is the source of what no other source has.
const sourceDefault = "default"

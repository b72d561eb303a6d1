package main

import (
	"debug/buildinfo"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
)

func main() {
	binary := flag.String("binary", "", "a built program, whose modules are listed")
	version := flag.String("version", "", "the version of the release")
	out := flag.String("out", "dist", "the folder to write to")
	flag.Parse()
	if err := release(*binary, *version, *out); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

// module is one that the binary holds, with its licence.
type module struct {
	path, version, sum string
	licence            string // an SPDX identifier
	texts              []text
}

// release writes both files for a binary.
func release(binary, version, out string) error {
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return fmt.Errorf("modules of %s: %w", binary, err)
	}
	dirs, err := moduleDirs()
	if err != nil {
		return err
	}
	modules, err := licensed(info, dirs)
	if err != nil {
		return err
	}
	document, err := json.MarshalIndent(bom(version, info.GoVersion, modules), "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(out, "sbom.cdx.json"), append(document, '\n'), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(out, "NOTICE"), []byte(notice(version, modules)), 0o644)
}

// licensed finds the licence of each module of a binary, the standard library first.
func licensed(info *buildinfo.BuildInfo, dirs map[string]string) ([]module, error) {
	goroot, err := goEnv("GOROOT")
	if err != nil {
		return nil, err
	}
	number, _, _ := strings.Cut(strings.TrimPrefix(info.GoVersion, "go"), " ")
	library, err := readLicence(goroot)
	if err != nil {
		return nil, fmt.Errorf("standard library: %w", err)
	}
	library.path, library.version = "std", number
	modules := []module{library}
	for _, dep := range info.Deps {
		m, err := readLicence(dirs[effective(dep).Path])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", dep.Path, err)
		}
		m.path, m.version, m.sum = effective(dep).Path, effective(dep).Version, effective(dep).Sum
		modules = append(modules, m)
	}
	return modules, nil
}

// effective is the module that stands in for a replaced one.
func effective(m *debug.Module) *debug.Module {
	if m.Replace != nil {
		return m.Replace
	}
	return m
}

// moduleDirs says where the sources of each module of the build list are.
func moduleDirs() (map[string]string, error) {
	raw, err := exec.Command("go", "list", "-m", "-f", "{{.Path}}\t{{.Dir}}", "all").Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	dirs := map[string]string{}
	for line := range strings.Lines(string(raw)) {
		if path, dir, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
			dirs[path] = dir
		}
	}
	return dirs, nil
}

func goEnv(name string) (string, error) {
	raw, err := exec.Command("go", "env", name).Output()
	if err != nil {
		return "", fmt.Errorf("go env %s: %w", name, err)
	}
	return strings.TrimSpace(string(raw)), nil
}

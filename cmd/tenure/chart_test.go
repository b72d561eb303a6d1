package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"text/template"

	"tenure/internal/config"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// chartFolder is the Helm chart, from this folder.
const chartFolder = "../../deploy/helm/tenure"

// chartFunctions are those of Helm that the chart uses, no others.
func chartFunctions(all *template.Template) template.FuncMap {
	return template.FuncMap{
		"include": func(name string, with any) (string, error) {
			var out bytes.Buffer
			err := all.ExecuteTemplate(&out, name, with)
			return out.String(), err
		},
		"default": func(other, value any) any {
			if value == nil || value == "" {
				return other
			}
			return value
		},
		"quote": func(v any) string { return fmt.Sprintf("%q", fmt.Sprint(v)) },
		"nindent": func(n int, text string) string {
			return "\n" + strings.Repeat(" ", n) + strings.ReplaceAll(text, "\n", "\n"+strings.Repeat(" ", n))
		},
		"div":  func(a, b int) int { return a / b },
		"mul":  func(a, b int) int { return a * b },
		"list": func(v ...any) []any { return v },
		"dict": func(pairs ...any) map[string]any {
			m := map[string]any{}
			for i := 0; i+1 < len(pairs); i += 2 {
				m[fmt.Sprint(pairs[i])] = pairs[i+1]
			}
			return m
		},
	}
}

// renderChart gives the objects of the chart with everything switched on.
func renderChart(t *testing.T) []map[string]any {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(chartFolder, "values.yaml"))
	require.NoError(t, err)
	values := map[string]any{}
	require.NoError(t, yaml.Unmarshal(raw, &values))
	values["podMonitor"] = map[string]any{"enabled": true}
	all := template.New("chart").Option("missingkey=zero")
	_, err = all.Funcs(chartFunctions(all)).ParseGlob(filepath.Join(chartFolder, "templates", "*"))
	require.NoError(t, err)
	var objects []map[string]any
	for _, one := range all.Templates() {
		if !strings.HasSuffix(one.Name(), ".yaml") {
			continue
		}
		var out bytes.Buffer
		require.NoError(t, one.Execute(&out, map[string]any{"Values": values,
			"Release": map[string]any{"Name": "sample"}, "Chart": map[string]any{"AppVersion": "v1"}}), one.Name())
		objects = append(objects, decodeObjects(t, one.Name(), out.Bytes())...)
	}
	return objects
}

func decodeObjects(t *testing.T, name string, raw []byte) (objects []map[string]any) {
	t.Helper()
	for part := range strings.SplitSeq(string(raw), "\n---") {
		object := map[string]any{}
		require.NoError(t, yaml.Unmarshal([]byte(part), &object), "%s\n%s", name, part)
		if len(object) > 0 {
			objects = append(objects, object)
		}
	}
	return objects
}

// containersOf walks an object down to its containers.
func containersOf(node any) (found []map[string]any) {
	switch node := node.(type) {
	case map[string]any:
		for key, value := range node {
			list, ok := value.([]any)
			if ok && (key == "containers" || key == "initContainers") {
				for _, one := range list {
					found = append(found, one.(map[string]any))
				}
				continue
			}
			found = append(found, containersOf(value)...)
		}
	case []any:
		for _, value := range node {
			found = append(found, containersOf(value)...)
		}
	}
	return found
}

// requireTaken holds the arguments of a container against the program.
func requireTaken(t *testing.T, name string, arguments []any) {
	t.Helper()
	words := make([]string, len(arguments))
	for i, a := range arguments {
		words[i] = fmt.Sprint(a)
	}
	cmd, rest, err := (&program{}).root().Find(words)
	require.NoError(t, err, "%s: %v", name, words)
	require.NoError(t, cmd.ParseFlags(rest), "%s: %v", name, words)
	require.NoError(t, cmd.ValidateArgs(cmd.Flags().Args()), "%s: %v", name, words)
}

func TestChart_HasAJobBeforeEachPartWithASecretOfItsPart(t *testing.T) {
	t.Parallel()
	kinds, secrets := map[string]int{}, map[string]bool{}
	for _, object := range renderChart(t) {
		kind := fmt.Sprint(object["kind"])
		kinds[kind]++
		metadata := object["metadata"].(map[string]any)
		require.NotEmpty(t, metadata["name"], kind)
		require.NotEmpty(t, object["apiVersion"], kind)
		for _, c := range containersOf(object) {
			name := fmt.Sprint(metadata["name"], "/", c["name"])
			require.Equal(t, "tenure:v1", c["image"], name)
			requireTaken(t, name, c["args"].([]any))
			require.NotEmpty(t, c["resources"].(map[string]any)["limits"], name)
			require.Equal(t, true, c["securityContext"].(map[string]any)["readOnlyRootFilesystem"], name)
		}
		if kind != "Deployment" {
			continue
		}
		pod := object["spec"].(map[string]any)["template"].(map[string]any)["spec"].(map[string]any)
		volume := pod["volumes"].([]any)[0].(map[string]any)["secret"].(map[string]any)
		secrets[fmt.Sprint(volume["secretName"])] = true
	}
	require.Equal(t, map[string]int{"ConfigMap": 1, "Job": 1, "Deployment": 5, "PodDisruptionBudget": 5, "Service": 2,
		"CronJob": 3, "NetworkPolicy": 1, "PodMonitor": 1}, kinds)
	require.Len(t, secrets, 5, "each part has its own")
	require.NotContains(t, secrets, "tenure-owner")
}

func TestManifests_CallTheProgramAsItIs(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../deploy/kubernetes/*.yaml")
	require.NoError(t, err)
	called, parts := 0, map[any]bool{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, object := range decodeObjects(t, file, raw) {
			for _, c := range containersOf(object) {
				args := c["args"].([]any)
				requireTaken(t, file, args)
				called++
				if object["kind"] == "Deployment" {
					parts[args[2]] = true
				}
			}
		}
	}
	require.GreaterOrEqual(t, called, 10)
	for _, role := range config.Roles() {
		require.True(t, parts["--roles="+string(role)], "who deploys by these files has every part: %s", role)
	}
}

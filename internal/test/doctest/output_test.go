package doctest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAnswers(t *testing.T) {
	t.Parallel()
	for _, r := range []struct {
		name, want, got string
		json, differs   bool
	}{
		{"columns may be further apart", "RUN  STATE\nnightly/1 completed", "RUN        STATE\nnightly/1  completed\n",
			false, false},
		{"another word differs", "RUN STATE", "RUN REASON", false, true},
		{"a line too many differs", "one", "one\ntwo", false, true},
		{"a line that is missing differs", "one\ntwo", "one", false, true},
		{"a part of a line may be anything", "id … done", "id 4711 done", false, false},
		{"but the rest may not", "id … done", "id 4711 open", false, true},
		{"lines may be any", "first\n…\nlast", "first\n2\n3\nlast", false, false},
		{"or none", "first\n…\nlast", "first\nlast", false, false},
		{"signs are no pattern", "1.5 (a+b)", "1x5 (a+b)", false, true},
		{"JSON is compared by its values", `{"a":1,"b":[2]}`, "{\n \"b\": [2], \"a\": 1}", true, false},
		{"another value differs", `{"a":1}`, `{"a":2}`, true, true},
		{"a value may be any", `{"a":"…","b":[{"c":"…"}]}`, `{"a":{"x":1},"b":[{"c":7}]}`, true, false},
		{"a property that the page does not show differs", `{"a":1}`, `{"a":1,"b":2}`, true, true},
		{"what is no JSON differs", `{"a":1}`, `oops`, true, true},
		{"and so does a page that has none", `oops`, `{}`, true, true},
	} {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			err := block{output: r.want, json: r.json}.compare(r.got)
			assert.Equal(t, r.differs, err != nil, "%v", err)
		})
	}
}

func TestBlocks(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "page.md")
	page := "# Page\n```text\nnothing's answer\n```\n```sh\necho 1\n```\n```json\n1\n```\nwords\n```sh\necho " +
		"2\n```\n```go\nno part\n```\n"
	require.NoError(t, os.WriteFile(path, []byte(page), 0o600))
	blocks, err := blocksOf(path)
	require.NoError(t, err)
	assert.Equal(t, []block{{script: "echo 1\n", output: "1\n", json: true}, {script: "echo 2\n"}}, blocks)
	_, err = blocksOf(path + ".gone")
	require.Error(t, err)
}

func TestSession_RunsAPage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	outputs, err := run(t.Context(), []block{{script: "X=1; echo a"}, {script: "echo $X $Y; pwd"}},
		dir, dir, []string{"Y=2"})
	require.NoError(t, err)
	require.Len(t, outputs, 3)
	require.NoError(t, block{output: "a"}.compare(outputs[0]))
	require.NoError(t, block{output: "1 2\n" + dir}.compare(outputs[1]), "what one block sets, the next has")

	outputs, err = run(t.Context(), []block{{script: "echo before"}, {script: "echo why >&2; false"},
		{script: "echo after"}}, dir, dir, nil)
	require.ErrorContains(t, err, "why", "a command that fails ends the session")
	assert.Len(t, outputs, 2)
}

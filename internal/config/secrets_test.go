package config

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSecrets_FileThatOthersCanReadIsReported(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		sentence string
		mode     os.FileMode
		open     bool
	}{
		{"its owner's alone", 0o600, false},
		{"read by its owner's group, as clusters hand them over", 0o640, false},
		{"read only", 0o400, false},
		{"read by everybody", 0o644, true},
		{"written by the group", 0o660, true},
		{"run by others", 0o601, true},
	} {
		t.Run(row.sentence, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "password")
			require.NoError(t, os.WriteFile(path, []byte("sample"), 0o600))
			require.NoError(t, os.Chmod(path, row.mode))
			c, err := Load(Input{Environ: environ("TENURE_KAFKA_PASSWORD_FILE", path)})
			require.NoError(t, err)
			require.Equal(t, "sample", c.Kafka.SASL.Password, "told, and taken all the same")
			if !row.open {
				require.Empty(t, c.Exposed)
				return
			}
			require.Equal(t, []Exposed{{"TENURE_KAFKA_PASSWORD", path, row.mode}}, c.Exposed)
			require.Contains(t, c.Exposed[0].String(), "chmod 600 "+path)
			require.NotContains(t, c.Exposed[0].String(), "sample")
		})
	}
}

func TestSecrets_AFileOfSettingsIsASecretsFileWhenItHoldsOne(t *testing.T) {
	t.Parallel()
	open := func(content string) string {
		path := file(t, content)
		require.NoError(t, os.Chmod(path, 0o644))
		return path
	}
	c, err := Load(Input{File: open("TENURE_HTTP=:1")})
	require.NoError(t, err)
	require.Empty(t, c.Exposed)
	path := open("TENURE_POSTGRES_DSN=postgres://sample@db")
	c, err = Load(Input{File: path})
	require.NoError(t, err)
	require.Equal(t, []Exposed{{"TENURE_POSTGRES_DSN", path, 0o644}}, c.Exposed)
	c, err = Load(Input{File: open("TENURE_POSTGRES_DSN=")})
	require.NoError(t, err)
	require.Empty(t, c.Exposed, "nothing is no secret")
}

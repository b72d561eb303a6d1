package telemetry

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// logged gives the attributes of one line as a collector reads them.
func logged(t *testing.T, attrs ...any) map[string]any {
	t.Helper()
	var out bytes.Buffer
	NewLogger(&out, formatJSON, slog.LevelInfo).Info("batch written", attrs...)
	line := map[string]any{}
	require.NoError(t, json.Unmarshal(out.Bytes(), &line))
	return line
}

func TestLogger_KeepsWhatItKnows(t *testing.T) {
	t.Parallel()
	rows := []struct {
		sentence string
		attr     slog.Attr
		want     any
	}{
		{"a shard is a number", slog.Int(KeyShard, 3), 3.0},
		{"a stream is an id", slog.String(KeyStream, "employee/52f4"), "employee/52f4"},
		{"a duration reads as one", slog.Duration(KeyTook, 1500*time.Millisecond), "1.5s"},
		{"a time is in UTC", slog.Time(KeyDate, time.Date(2026, 4, 1, 2, 0, 0, 0, time.FixedZone("", 7200))),
			"2026-04-01T00:00:00Z"},
		{"an error is its text", Err(errors.New("store: append")), "store: append"},
		{"an error given as a value is its text too", slog.Any(KeyError, io.EOF), "EOF"},
		{"what names itself does so", slog.Any(KeyState, namedState{}), "open"},
		{"a structure is dropped under any key", slog.Any(KeyReason, struct{ Name string }{"Sample employee 07"}),
			droppedValue},
		{"bytes are dropped under any key", slog.Any(KeyReason, []byte("payload")), droppedValue},
	}
	for _, r := range rows {
		t.Run(r.sentence, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, r.want, logged(t, r.attr)[r.attr.Key])
		})
	}
}

// namedState is a value with a separate name.
type namedState struct{}

// String is the name that a log shows.
func (namedState) String() string { return "open" }

func TestLogger_DropsWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	line := logged(t, "payload", "secret words", slog.Group("employee", slog.String(KeyState, "secret words")),
		KeyShard, 1)
	require.Equal(t, dropped, line["payload"])
	require.Equal(t, map[string]any{KeyState: dropped}, line["employee"], "a known key in an unknown group")
	require.Equal(t, 1.0, line[KeyShard])
	require.Equal(t, "batch written", line[slog.MessageKey])
	require.Equal(t, "INFO", line[slog.LevelKey])
}

func TestLogger_CutsLongTextsAtARune(t *testing.T) {
	t.Parallel()
	got, ok := logged(t, Err(errors.New("x"+strings.Repeat("ü", valueBytesMax))))[KeyError].(string)
	require.True(t, ok)
	require.Equal(t, "x"+strings.Repeat("ü", valueBytesMax/2-1)+"… (1025 bytes)", got)
}

func TestLogger_HonoursItsLevelAndFormat(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	var level slog.LevelVar
	level.Set(slog.LevelWarn)
	logger := NewLogger(&out, formatText, &level)
	logger.Info("not this")
	level.Set(slog.LevelDebug)
	logger.Debug("but this", KeyTopic, "employee.events", Err(nil))
	require.Contains(t, out.String(), "level=DEBUG msg=\"but this\" topic=employee.events\n")
	require.NotContains(t, out.String(), "not this")
}

func TestParsingLogSettings(t *testing.T) {
	t.Parallel()
	format, err := ParseFormat("JSON")
	require.NoError(t, err)
	require.Equal(t, formatJSON, format)
	_, err = ParseFormat("xml")
	require.EqualError(t, err, `telemetry: log format "xml": choose text or json`)
	level, err := ParseLevel("warn")
	require.NoError(t, err)
	require.Equal(t, slog.LevelWarn, level)
	_, err = ParseLevel("loud")
	require.EqualError(t, err, `telemetry: log level "loud": choose debug, info, warn or error`)
}

// TestLogger_EveryDeclaredKeyIsAllowed reads the source, since a constant that is missing from the list would lose its
// values.
func TestLogger_EveryDeclaredKeyIsAllowed(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("log.go")
	require.NoError(t, err)
	declared := regexp.MustCompile(`(?m)^\tKey\w+\s+= "(\w+)"`).FindAllStringSubmatch(string(source), -1)
	require.NotEmpty(t, declared)
	for _, key := range declared {
		require.Contains(t, keys, key[1])
	}
}

type (
	shardID    int32
	plainState string
)

func TestGuard_KeepsPlainValuesOfNamedTypes(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	NewLogger(&out, formatJSON, slog.LevelInfo).Info("x", KeyShard, shardID(17), KeyState, plainState("running"), KeyLag,
		struct{ N int }{1})
	require.Contains(t, out.String(), `"shard":17`)
	require.Contains(t, out.String(), `"state":"running"`)
	require.Contains(t, out.String(), `"lag":"(dropped: not a plain value)"`)
}

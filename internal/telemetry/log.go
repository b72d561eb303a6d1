package telemetry

import (
	"fmt"
	"io"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// The keys of a log line. Everything here is an identity, a count, a place or a cause; none is content. A new key goes
// into this block and into keys below; internal/test/architecture refuses a literal key in code that is not here.
const (
	KeyActor      = "access_level" // the level of an actor, never its identity
	KeyAddress    = "address"      // host:port of this process or of a server it uses
	KeyAs         = "as"           // the operating system's user a child runs as
	KeyAttempts   = "attempts"     // a count that one line stands for
	KeyBilled     = "billed"       // a count of employees
	KeyBinaries   = "binaries"     // a folder of programs
	KeyCommandID  = "command_id"
	KeyCommands   = "commands" // a count
	KeyComponent  = "component"
	KeyDate       = "date"      // a business date, YYYY-MM-DD
	KeyDigest     = "digest"    // of a run's plan, in hex
	KeyDocuments  = "documents" // a count
	KeyEmployees  = "employees" // a count
	KeyEpoch      = "epoch"
	KeyError      = "error"
	KeyEvent      = "event"  // what a consumer group reports, never an event of the log
	KeyEvents     = "events" // a count
	KeyEventType  = "event_type"
	KeyGroup      = "group" // a consumer group
	KeyInto       = "into"  // a folder
	KeyKind       = "kind"
	KeyLag        = "lag"        // events behind the head
	KeyMessages   = "messages"   // a count
	KeyNext       = "next"       // what to run next
	KeyNotBilled  = "not_billed" // a count of employees
	KeyOffset     = "offset"
	KeyOutcome    = "outcome"
	KeyPause      = "pause" // a time.Duration until the next attempt
	KeyPartition  = "partition"
	KeyPort       = "port"
	KeyPosition   = "position" // in a shard's log, from 1
	KeyReason     = "reason"
	KeyRole       = "role"
	KeyRun        = "run"
	KeySettings   = "settings" // those that are not the defaults, secrets masked
	KeyShard      = "shard"
	KeySince      = "since" // a time.Duration
	KeyState      = "state"
	KeyStream     = "stream" // kind/id; ids are random
	KeySubscriber = "subscriber"
	KeyCaller     = "caller_address" // the address of an HTTP caller, in access lines only
	KeyEmployee   = "caller"         // the employee of an access line: an id
	KeyMethod     = "method"         // of an HTTP request
	KeyRoute      = "route"          // the pattern of an HTTP path
	KeyStatus     = "status"         // of an HTTP response
	KeyTarget     = "target"         // the id that an HTTP path names
	KeyToken      = "token"          // a token's id, never its value
	KeyTook       = "took"           // a time.Duration
	KeyTopic      = "topic"
	KeyTraceID    = "trace_id"
	KeyType       = "type"    // a wire name
	KeyVersion    = "version" // of the program or of a stream
	KeyWait       = "wait"    // a time.Duration until the next attempt
	KeyWay        = "way"     // of getting a program
	KeyWhat       = "what"    // the step that failed
)

// keys is the allowlist; the first four are slog's own.
var keys = []string{
	slog.TimeKey,
	slog.LevelKey,
	slog.MessageKey,
	slog.SourceKey,
	KeyActor,
	KeyAddress,
	KeyAs,
	KeyAttempts,
	KeyBilled,
	KeyBinaries,
	KeyCommandID,
	KeyCommands,
	KeyComponent,
	KeyDate,
	KeyDigest,
	KeyDocuments,
	KeyEmployees,
	KeyEpoch,
	KeyError,
	KeyEvent,
	KeyEvents,
	KeyEventType,
	KeyGroup,
	KeyInto,
	KeyKind,
	KeyLag,
	KeyMessages,
	KeyNext,
	KeyNotBilled,
	KeyOffset,
	KeyOutcome,
	KeyPause,
	KeyPartition,
	KeyPort,
	KeyPosition,
	KeyReason,
	KeyRole,
	KeyRun,
	KeySettings,
	KeyShard,
	KeySince,
	KeyState,
	KeyStream,
	KeySubscriber,
	KeyTook,
	KeyTopic,
	KeyTraceID,
	KeyType,
	KeyVersion,
	KeyWait,
	KeyWay,
	KeyWhat,
	KeyCaller,
	KeyEmployee,
	KeyMethod,
	KeyRoute,
	KeyStatus,
	KeyTarget,
	KeyToken,
}

// valueBytesMax cuts a logged text: an error may quote what it failed on, and a log line is no place for a payload.
const valueBytesMax = 512

// dropped replaces a value whose key is not in the list, so that the mistake is visible without its content.
const dropped = "(dropped: key not in telemetry's list)"

// droppedValue replaces a structure under a known key: its fields could hold anything.
const droppedValue = "(dropped: not a plain value)"

// Format is how log lines are written.
type Format string

// The two formats: text for a terminal, JSON for a collector.
const (
	formatText Format = "text"
	formatJSON Format = "json"
)

// JSON reports whether each line is an object: what a program says besides its log then belongs into it.
func (f Format) JSON() bool { return f == formatJSON }

// ParseFormat reads "text" or "json"; the error names both.
func ParseFormat(s string) (Format, error) {
	if f := Format(strings.ToLower(s)); f == formatText || f == formatJSON {
		return f, nil
	}
	return "", fmt.Errorf("telemetry: log format %q: choose text or json", s)
}

// ParseLevel reads debug, info, warn or error, in any case.
func ParseLevel(s string) (slog.Level, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(s)); err != nil {
		return 0, fmt.Errorf("telemetry: log level %q: choose debug, info, warn or error", s)
	}
	return level, nil
}

// NewLogger returns a logger that writes lines from level on. The level may be a *slog.LevelVar to change it while
// running. Of a fault that is waited out it writes one line a minute.
func NewLogger(w io.Writer, format Format, level slog.Leveler) *slog.Logger {
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: guard}
	if format == formatJSON {
		return slog.New(newSeldom(slog.NewJSONHandler(w, options)))
	}
	return slog.New(newSeldom(slog.NewTextHandler(w, options)))
}

// Err is the attribute of an error; a nil error gives none.
func Err(err error) slog.Attr {
	if err == nil {
		return slog.Attr{}
	}
	return slog.String(KeyError, err.Error())
}

// guard drops values under unknown keys and cuts the rest. Structures are dropped under any key: their fields could
// hold anything.
func guard(groups []string, a slog.Attr) slog.Attr {
	if a.Equal(slog.Attr{}) {
		return a
	}
	unknown := func(key string) bool { return !slices.Contains(keys, key) }
	if unknown(a.Key) || slices.ContainsFunc(groups, unknown) {
		return slog.String(a.Key, dropped)
	}
	switch a.Value.Kind() {
	case slog.KindString:
		return slog.String(a.Key, cut(a.Value.String()))
	case slog.KindDuration:
		return slog.String(a.Key, a.Value.Duration().String())
	case slog.KindTime:
		return slog.String(a.Key, a.Value.Time().UTC().Format(time.RFC3339Nano))
	case slog.KindAny:
		return guardAny(a)
	}
	return a
}

func guardAny(a slog.Attr) slog.Attr {
	switch v := a.Value.Any().(type) {
	case slog.Level, *slog.Source:
		return a
	case error:
		return slog.String(a.Key, cut(v.Error()))
	case fmt.Stringer:
		return slog.String(a.Key, cut(v.String()))
	}
	switch v := reflect.ValueOf(a.Value.Any()); v.Kind() { // of a named type, such as a shard's id
	case reflect.Bool:
		return slog.Bool(a.Key, v.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return slog.Int64(a.Key, v.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return slog.Uint64(a.Key, v.Uint())
	case reflect.String:
		return slog.String(a.Key, cut(v.String()))
	}
	return slog.String(a.Key, droppedValue)
}

// cut keeps whole runes.
func cut(s string) string {
	if len(s) <= valueBytesMax {
		return s
	}
	end := valueBytesMax
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return fmt.Sprintf("%s… (%d bytes)", s[:end], len(s))
}

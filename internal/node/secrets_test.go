package node

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"tenure/internal/bus"
	"tenure/internal/feed"
	"tenure/internal/test/running"
)

// planted are secrets that nothing else contains: two passwords, two PINs, good ones and bad ones; the PINs are too
// long to stand in a time by chance. The token that the
// system hands out joins them.
var planted = []string{"Planted-Password-1", "Planted-Password-2", "planted-weak", "8305917264", "4729158306"}

func TestSecrets_NoSecretIsEverInATopicATableOrALog(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	log := &running.Journal{}
	s := startSystem(t, func(c *Config) {
		c.Log = slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	at, err := s.Announce(t.Context(), dir)
	require.NoError(t, err)
	s.apply(company()...)
	body := func(password, pin string) string {
		return fmt.Sprintf(
			`{"customer":%q,"name":"Sample employee 01","noEmail":true,"emailAddress":"sample-employee-01","password":%q,"pinCode":%q}`,
			customer, password, pin)
	}
	status, answer := post(t, at.HTTP+"/employee", at.Token, body(planted[0], planted[3]))
	require.Equal(t, http.StatusOK, status, answer)
	var made struct {
		ID string `json:"_id"`
	}
	require.NoError(t, json.Unmarshal([]byte(answer), &made))
	quiet(t, "the reply", answer)
	status, answer = post(t, at.HTTP+"/employee/"+made.ID, at.Token, fmt.Sprintf(`{"password":%q,"pinCode":%q}`,
		planted[1], planted[4]))
	require.Equal(t, http.StatusOK, status, answer)
	quiet(t, "the reply", answer)
	status, answer = post(t, at.HTTP+"/employee", at.Token, body(planted[2], "82"))
	require.Equal(t, http.StatusUnprocessableEntity, status)
	require.Contains(t, answer, "The password complexity requirements are not met - 8 upper/lower/digits required")
	require.Contains(t, answer, "Pincode is invalid - must be 4-10 digits or none")
	quiet(t, "the refusal", answer)
	require.NoError(t, feed.Caught(t.Context(), s.Store, nil, feed.RelayName))

	secrets := append([]string{at.Token}, planted...)
	require.Positive(t, s.searchTopics(secrets))
	s.searchTables(secrets)
	quiet(t, "the log", log.String())
	require.NotContains(t, log.String(), at.Token)
}

// quiet fails when a text has a planted secret.
func quiet(t *testing.T, where, text string) {
	t.Helper()
	for _, secret := range planted {
		require.NotContains(t, text, secret, where)
	}
}

func post(t *testing.T, address, token, body string) (status int, answer string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(raw)
}

// searchTopics looks through every message on every topic of ours, and counts those that tell of hashed or sealed
// secrets.
func (s *system) searchTopics(secrets []string) (telling int) {
	s.t.Helper()
	var topics []string
	for _, spec := range bus.Topics(1) {
		topics = append(topics, spec.Name)
	}
	require.NoError(s.t, s.lookup.ReadAll(s.t.Context(), topics, nil, func(m bus.Message) error {
		all := string(m.Key) + string(m.Value)
		for _, h := range m.Headers {
			all += string(h.Value)
		}
		for _, secret := range secrets {
			require.NotContains(s.t, all, secret, "%s@%d", m.Topic, m.Offset)
		}
		if strings.Contains(all, "$argon2id$") && strings.Contains(all, "sealed:v2:") {
			telling++
		}
		return nil
	}))
	return telling
}

const sqlTables = `
SELECT quote_ident(table_name) FROM information_schema.tables
WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`

// searchTables looks through the bytes of every row of every table.
func (s *system) searchTables(secrets []string) {
	s.t.Helper()
	conn, err := pgx.Connect(s.t.Context(), s.DSN)
	require.NoError(s.t, err)
	defer func() { _ = conn.Close(s.t.Context()) }()
	rows, err := conn.Query(s.t.Context(), sqlTables)
	require.NoError(s.t, err)
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(s.t, err)
	require.Contains(s.t, tables, "events")
	for _, table := range tables {
		var all bytes.Buffer
		_, err := conn.PgConn().CopyTo(s.t.Context(), &all, "COPY "+table+" TO STDOUT (FORMAT binary)")
		require.NoError(s.t, err)
		for _, secret := range secrets {
			require.False(s.t, bytes.Contains(all.Bytes(), []byte(secret)), "a secret in the table %s", table)
		}
	}
}

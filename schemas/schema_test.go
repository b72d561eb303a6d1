package schemas_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/contract"
	"tenure/domain"
	"tenure/events"
	"tenure/schemas"
)

func TestSamples_OfEveryType(t *testing.T) {
	t.Parallel()
	for _, m := range schemas.All() {
		files := goldenFiles(m.Type)
		if *update && !fileThere(files[0]) && !fileThere(files[1]) {
			require.NoError(t, os.WriteFile(files[0], sample(t, m.Type), 0o600))
		}
		assert.True(t, fileThere(files[0]) || fileThere(files[1]), "go test ./schemas -update writes %s", files[0])
	}
}

func fileThere(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

func TestSamples_AreWhatTheirSchemaSays(t *testing.T) {
	t.Parallel()
	for _, m := range schemas.All() {
		t.Run(m.Type, func(t *testing.T) {
			t.Parallel()
			require.NoError(t, validate(t, compile(t, m.Schema()), sample(t, m.Type)))
		})
	}
}

// TestSamples_HaveNoMoreThanTheirSchema finds a field that a schema has forgotten: what Tenure writes is open to
// consumers, so that a forgotten one would be valid.
func TestSamples_HaveNoMoreThanTheirSchema(t *testing.T) {
	t.Parallel()
	for _, m := range schemas.All() {
		if m.Direction == contract.In {
			continue
		}
		t.Run(m.Type, func(t *testing.T) {
			t.Parallel()
			s := m.Schema()
			s.Each(func(one *schemas.Schema) {
				if len(one.Properties) > 0 {
					no := false
					one.Additional = &no
				}
			})
			require.NoError(t, validate(t, compile(t, s), sample(t, m.Type)))
		})
	}
}

func TestSamples_AreOfTypesThatExist(t *testing.T) {
	t.Parallel()
	files, err := os.ReadDir("samples")
	require.NoError(t, err)
	for _, f := range files {
		_, known := schemas.Find(strings.TrimSuffix(f.Name(), ".json"))
		assert.True(t, known, f.Name())
	}
}

func TestSchema_EventsIgnoreUnknownFieldsAndCommandsRefuseThem(t *testing.T) {
	t.Parallel()
	for _, m := range schemas.All() {
		t.Run(m.Type, func(t *testing.T) {
			t.Parallel()
			s := compile(t, m.Schema())
			raw := changed(t, sample(t, m.Type), "", "ofANewerVersion", 1)
			if m.Direction == contract.Out || m.Type == schemas.TypeActivity {
				assert.NoError(t, validate(t, s, raw))
				return
			}
			require.Error(t, validate(t, s, raw))
			raw = changed(t, sample(t, m.Type), "data", "misspelt", 1)
			require.Error(t, validate(t, s, raw))
			_, err := domain.DecodeCommand(m.Type, dataOf(t, raw))
			if err == nil { // refused when it is decided, together with all else that is wrong
				err = decided(t, m.Type, raw)
			}
			assert.Error(t, err, "the program refuses it as well")
		})
	}
}

func dataOf(t *testing.T, raw []byte) []byte {
	t.Helper()
	var value struct{ Data json.RawMessage }
	require.NoError(t, json.Unmarshal(raw, &value))
	return value.Data
}

func TestSchema_Refuses(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, kind, inside, property string
		value                        any
		valid                        bool
	}{
		{"money is never a number where Tenure writes it", "billing.line.v1", "", "amount", 12.5, false},
		{"nor has it an exponent", "billing.line.v1", "", "amount", "1e3", false},
		{"it is a decimal", "billing.line.v1", "", "amount", "-0.50", true},
		{"a ledger is one of three", "billing.line.v1", "", "ledger", "SHADOW", false},
		{"a date is one", "billing.line.v1", "", "from", "01.06.2026", false},
		{"a line without an id is none", "billing.line.v1", "", "lineId", nil, false},
		{"a command's amount may be a number", "employee.add_addon.v1", "data", "unitPrice", 85.5, true},
		{"or a text", "employee.add_addon.v1", "data", "unitPrice", "85.50", true},
		{"but not with seven decimals", "employee.add_addon.v1", "data", "unitPrice", "0.1234567", false},
		{"a day may be an instant", "employee.add_addon.v1", "data", "start", "2026-10-11T22:00:00Z", true},
		{"a product is required", "employee.add_addon.v1", "data", "product", nil, false},
		{"every property of an employee has its type", "employee.update.v1", "data", "primaryContact", "yes", false},
		{"what replies have is taken and ignored", "employee.update.v1", "data", "persistentTokens", []any{}, true},
		{"a level is one of the published ones", "employee.update.v1", "data", "accessLevel", "KING", false},
		{"a hash is a UUID", "run.completed.v1", "", "shards",
			[]any{map[string]any{"shard": 1, "firstPosition": 1, "lastPosition": 2,
				"totals": []any{map[string]any{"ledger": "COST", "currency": "DKK", "lines": 1, "amount": "1.00", "hash": "x"}}}},
			false},
		{"a position is shard and number", "command.outcome.v1", "", "position", "12", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			err := validate(t, compile(t, find(t, row.kind).Schema()), changed(t, sample(t, row.kind), row.inside, row.property,
				row.value))
			assert.Equal(t, row.valid, err == nil, "%v", err)
		})
	}
}

func TestSchema_HasEveryPropertyOfAnEmployee(t *testing.T) {
	t.Parallel()
	creation, update, presence := domain.IgnoredNames()
	for name, ignored := range map[string][]string{"employee.create.v1": creation, "employee.update.v1": update} {
		s := find(t, name).Schema()
		data := s.Defs["Data"].Properties
		for _, p := range domain.PropertyNames() {
			assert.Contains(t, data, p)
		}
		for _, p := range ignored {
			require.Contains(t, data, p)
			assert.True(t, data[p].ReadOnly, p)
		}
		for _, p := range presence {
			assert.Contains(t, s.Defs["SetPresence"].Properties, p)
		}
	}
}

func TestSchema_DescribesMoneyAlikeEverywhere(t *testing.T) {
	t.Parallel()
	issued := find(t, events.DocumentIssued{}.EventType()).Schema().Properties["total"]
	completed := find(t, events.RunCompleted{}.EventType()).Schema().Defs["ControlTotal"].Properties["amount"]
	assert.Equal(t, issued, completed)
	assert.Equal(t, schemas.Types{"string"}, issued.Type)
}

// TestSamples_OfTheExamplesAreInTheContract reads the file that the README sends.
func TestSamples_OfTheExamplesAreInTheContract(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile("../examples/commands.jsonl")
	require.NoError(t, err)
	for line := range strings.Lines(string(file)) {
		var c struct {
			Type string
			Data json.RawMessage
		}
		require.NoError(t, json.Unmarshal([]byte(line), &c))
		value, err := json.Marshal(map[string]any{"actor": events.Actor{AccessLevel: "ADMIN"}, "data": c.Data})
		require.NoError(t, err)
		require.NoError(t, validate(t, compile(t, find(t, c.Type).Schema()), value), line)
	}
}

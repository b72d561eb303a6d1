package domain_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/domain"
)

func TestProperties_AreNamedOnce(t *testing.T) {
	t.Parallel()
	names := domain.PropertyNames()
	assert.Contains(t, names, "emailAddress")
	assert.Len(t, slices.Compact(slices.Sorted(slices.Values(names))), len(names))
	for _, command := range []any{domain.CreateEmployee{}, domain.UpdateEmployee{}} {
		of := reflect.TypeOf(command)
		for i := range of.NumField() {
			name, _, _ := strings.Cut(of.Field(i).Tag.Get("json"), ",")
			assert.NotContains(t, names, name, "it has a field for itself already")
		}
	}
}

// TestProperties_IgnoredOnesAreReported sends back what replies have: nothing of it changes its, and nothing of it is
// refused.
func TestProperties_IgnoredOnesAreReported(t *testing.T) {
	t.Parallel()
	creation, update, presence := domain.IgnoredNames()
	assert.Contains(t, creation, "newProduct")
	assert.Contains(t, update, "_id")
	assert.True(t, slices.IsSorted(update))
	for _, name := range update {
		got, err := order(employee(t, withBasic...), at(noon), "employee.update.v1", `{"`+name+`":"anything"}`)
		require.NoError(t, err, name)
		assert.Empty(t, got, name)
	}
	for _, name := range creation {
		_, err := order(employee(t), at(noon), "employee.create.v1", `{"name":"Sample employee 01","`+name+`":["anything"]}`)
		require.NoError(t, err, name)
	}
	for _, name := range presence {
		got, err := order(employee(t, withBasic...), at(noon), "employee.update.v1", `{"presence":{"`+name+`":"anything"}}`)
		require.NoError(t, err, name)
		assert.Empty(t, got, name)
	}
	presence[0] = "changed"
	_, _, again := domain.IgnoredNames()
	assert.NotEqual(t, "changed", again[0], "nobody changes the list of others")
}

package schemas_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/contract"
	"tenure/domain"
)

func TestCommandTopic_EveryKindOfACommandHasOne(t *testing.T) {
	t.Parallel()
	for _, name := range domain.CommandTypes() {
		kind, known := domain.CommandKind(name)
		require.True(t, known, name)
		topic, ok := contract.CommandTopic(kind)
		require.True(t, ok, "%s, of kind %s, goes nowhere", name, kind)
		assert.Contains(t, contract.CommandTopics(), topic)
	}
}

package command

import (
	"testing"

	"tenure/contract"

	"github.com/stretchr/testify/require"
)

func order(kind string) Command { return Command{Type: kind, Subject: "s", ID: "i"} }

func TestBatch_CommandsOfOneTopicGoTogetherAndOthersWait(t *testing.T) {
	t.Parallel()
	list := []Command{
		order("catalog.put_reseller.v1"), order("catalog.put_customer.v1"), order("employee.create.v1"),
		order("catalog.put_product.v1"),
	}
	var sizes []int
	var topics []string
	for len(list) > 0 {
		batch, err := (&Sender{}).batch(t.Context(), list)
		require.NoError(t, err)
		sizes, topics = append(sizes, len(batch)), append(topics, batch[0].Topic)
		list = list[len(batch):]
	}
	require.Equal(t, []int{2, 1, 1}, sizes)
	require.Equal(t, []string{contract.CatalogCommands, contract.EmployeeCommands, contract.CatalogCommands}, topics)
}

func TestBatch_IsBounded(t *testing.T) {
	t.Parallel()
	list := make([]Command, batchMax+1)
	for i := range list {
		list[i] = order("employee.create.v1")
	}
	batch, err := (&Sender{}).batch(t.Context(), list)
	require.NoError(t, err)
	require.Len(t, batch, batchMax)
	for _, m := range batch {
		require.False(t, m.Time.IsZero(), "a command ages from when it was sent")
	}
}

func TestBatch_ACommandThatDoesNotExistIsAnErrorBeforeAnythingIsSent(t *testing.T) {
	t.Parallel()
	_, err := (&Sender{}).batch(t.Context(), []Command{order("no.such.v1")})
	require.ErrorContains(t, err, `there is no command "no.such.v1"`)
}

package main

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"

	"tenure/internal/feed"
	"tenure/internal/store"
	"tenure/internal/table"
)

func (p *program) projection() *cobra.Command {
	cmd := &cobra.Command{Use: "projection", Short: "The read models and the relay"}
	cmd.AddCommand(&cobra.Command{
		Use: "list", Short: "How far each reader of the log is", Args: cobra.NoArgs,
		Long: "Lists the readers of the log: the projections, the relay of facts and that of outcomes, with how many events they\n" +
			"are behind and how many of their shards somebody reads now.",
		Example: "  tenure projection list --data ./data",
		RunE: p.onStore(func(ctx context.Context, s *store.Store, _ []string) error {
			all, err := feed.ProgressOf(ctx, s)
			if err != nil {
				return err
			}
			list := readersOf(all)
			t := table.New("READER", ">SHARDS", ">READ NOW", ">EVENTS TAKEN", ">BEHIND")
			for _, r := range list {
				t.Add(r.Reader, strconv.Itoa(r.Shards), strconv.Itoa(r.Leased), count(r.Taken), count(r.Behind))
			}
			return p.print(list, t)
		}),
	})
	return cmd
}

// readerView sums a reader up over its shards.
type readerView struct {
	Reader string `json:"reader"`
	Shards int    `json:"shards"`
	Leased int    `json:"leased"`
	Taken  int64  `json:"taken"`
	Behind int64  `json:"behind"`
}

func readersOf(all []feed.Progress) []readerView {
	list := []readerView{}
	for _, one := range all { // they come ordered by name
		if len(list) == 0 || list[len(list)-1].Reader != one.Subscriber {
			list = append(list, readerView{Reader: one.Subscriber})
		}
		r := &list[len(list)-1]
		r.Shards++
		r.Taken, r.Behind = r.Taken+one.Position, r.Behind+one.Lag
		if one.Leased {
			r.Leased++
		}
	}
	return list
}

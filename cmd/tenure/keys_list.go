package main

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tenure/internal/store"
	"tenure/internal/table"
)

// listedKey is a key in the list.
type listedKey struct {
	keyView
	Reason    string     `json:"reason,omitempty"`
	CreatedBy string     `json:"createdBy"`
	CreatedAt time.Time  `json:"createdAt"`
	RevokedBy string     `json:"revokedBy,omitempty"`
	RevokedAt *time.Time `json:"revokedAt,omitempty"`
}

func (p *program) keysList() *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use: "list", Short: "List keys with what each may send", Args: cobra.NoArgs,
		Example: "  tenure keys list --data ./data",
		RunE: p.onStore(func(ctx context.Context, s *store.Store, _ []string) error {
			keys, err := s.SigningKeys(ctx)
			if err != nil {
				return err
			}
			list := []listedKey{}
			t := table.New("KEY", "NAME", "ALGORITHM", "TYPES", "LEVEL", "RESELLER", "CREATED", "STATE")
			for _, k := range keys {
				v := listedOf(k)
				if v.RevokedAt != nil && !all {
					continue
				}
				list = append(list, v)
				t.Add(v.ID, v.Name, v.Algorithm, strings.Join(v.Types, " "), cmp.Or(v.Level, "any"), cmp.Or(v.Reseller, "any"),
					v.CreatedAt.Format(time.RFC3339), v.state())
			}
			return p.print(list, t)
		}),
	}
	cmd.Flags().BoolVar(&all, "all", false, "list revoked keys as well")
	return cmd
}

func listedOf(k store.SigningKey) listedKey {
	v := listedKey{
		keyView: keyView{ID: k.ID, Name: k.Name, Algorithm: k.Algorithm, Types: k.Types, Level: k.Level, Reseller: k.Reseller,
			System: k.System},
		Reason: k.Reason, CreatedBy: k.CreatedBy, CreatedAt: k.CreatedAt.UTC(), RevokedBy: k.RevokedBy,
	}
	if !k.RevokedAt.IsZero() {
		at := k.RevokedAt.UTC()
		v.RevokedAt = &at
	}
	return v
}

func (v listedKey) state() string {
	if v.RevokedAt == nil {
		return "in use"
	}
	return "revoked " + v.RevokedAt.Format(time.RFC3339)
}

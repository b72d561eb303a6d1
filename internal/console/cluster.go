package console

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"tenure/api"
	"tenure/internal/store"
)

// tokensShown is how many tokens are listed, those that were used last.
const tokensShown = 50

// clusterPage is who works, on what: processes, topics, connections, tokens.
type clusterPage struct {
	Processes   []store.Process
	Version     string
	Schema      int64 // version of the tables
	Wanted      int64 // by this build
	Simulated   bool
	Topics      []topicRow
	Problem     string // why it is not known how many commands wait
	Connections []store.Connection
	Connected   int64
	Most        int64 // connections that the server takes
	Rebased     []store.Rebased
	Tokens      []tokenRow
	MoreTokens  int
}

// topicRow is a topic of commands as its shards know it.
type topicRow struct {
	Topic, ID  string
	Shards     int
	Partitions int32
	Commands   int64 // decided
	Events     int64
	Waiting    int64
}

// tokenRow is a token, by its id; its value is known to nobody.
type tokenRow struct {
	api.Token
	Ended bool
}

func (h *console) cluster(w http.ResponseWriter, r *request) error {
	p := clusterPage{Version: h.Version, Simulated: h.Simulated}
	var err error
	if p.Processes, err = h.Store.Processes(r.Context()); err != nil {
		return err
	}
	p.Wanted = store.SchemaWanted()
	if p.Schema, err = h.Store.Schema(r.Context()); err != nil {
		return err
	}
	if err := h.topics(r, &p); err != nil {
		return err
	}
	if p.Rebased, err = h.Store.RebasedShards(r.Context()); err != nil {
		return err
	}
	if p.Connections, p.Most, err = h.Store.Connections(r.Context()); err != nil {
		return err
	}
	for _, one := range p.Connections {
		p.Connected += one.Count
	}
	if err := h.tokens(r, &p); err != nil {
		return err
	}
	return h.show(w, r, view{Name: "cluster", Title: "Cluster", Content: p})
}

// topics sums up the shards of each topic of commands.
func (h *console) topics(r *request, p *clusterPage) error {
	heads, err := h.Store.Heads(r.Context())
	if err != nil {
		return err
	}
	by, err := h.waitingCommands(r.Context())
	if err != nil {
		p.Problem = "How many commands wait is not known: " + err.Error() + "."
	}
	rows := map[string]*topicRow{}
	for _, head := range heads {
		row := rows[head.Topic]
		if row == nil {
			row = &topicRow{Topic: head.Topic, ID: head.TopicID, Partitions: head.Partitions}
			rows[head.Topic] = row
		}
		row.Shards++
		row.Commands, row.Events = row.Commands+head.NextOffset, row.Events+head.Head
		row.Waiting += by[nameOfShard(head)]
		if head.TopicID != row.ID || head.Partitions != row.Partitions {
			row.ID = "not the same in all shards: tenure topics plan"
		}
	}
	for _, row := range rows {
		p.Topics = append(p.Topics, *row)
	}
	slices.SortFunc(p.Topics, func(a, b topicRow) int { return cmp.Compare(a.Topic, b.Topic) })
	return nil
}

// tokens lists those that were used last.
func (h *console) tokens(r *request, p *clusterPage) error {
	all, err := h.Tokens(r.Context())
	if err != nil {
		return err
	}
	used := func(t api.Token) time.Time {
		if t.Used != nil {
			return *t.Used
		}
		return t.Created
	}
	slices.SortFunc(all, func(a, b api.Token) int { return used(b).Compare(used(a)) })
	if len(all) > tokensShown {
		p.MoreTokens, all = len(all)-tokensShown, all[:tokensShown]
	}
	for _, t := range all {
		p.Tokens = append(p.Tokens, tokenRow{t, t.Expires != nil && t.Expires.Before(h.Machine())})
	}
	return nil
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"tenure/internal/bus"
	"tenure/internal/store"
)

func (p *program) parkedEdit() *cobra.Command {
	var a operatorRequest
	var file string
	cmd := &cobra.Command{
		Use:   "edit TOPIC/PARTITION/OFFSET",
		Short: "Replace parts of a parked message and retry it; the original is kept",
		Args:  onePlace,
		Long: "Replaces parts of a parked message and retries it. The file is JSON:\n" +
			"{\"key\":\"…\",\"headers\":{\"ce_type\":\"…\"},\"value\":{…}}. What is left out stays as it was; " +
			"headers are\n" +
			"replaced by name. The command keeps its id and its subject, since its sender waits for the outcome. The\n" +
			"original is kept beside it.",
		Example: "  tenure parked edit employee.commands/3/17 --file ./corrected.json --reason \"a comma was missing\" " +
			"--data ./data",
		RunE: p.onStore(func(ctx context.Context, s *store.Store, args []string) error {
			m, err := findParked(ctx, s, args[0])
			if err != nil {
				return err
			}
			r, err := editOf(m, file)
			if err != nil {
				return coded(exitUsage, err)
			}
			return p.request(ctx, s, a, r)
		}),
	}
	cmd.Flags().StringVar(&file, "file", "", "JSON with key, headers, value; each may be left out")
	_ = cmd.MarkFlagRequired("file")
	a.flags(cmd, "reason, recorded in the log")
	return cmd
}

// editOf reads what is to be put in a message's place.
func editOf(m store.Parked, file string) (store.Repair, error) {
	r := about(m, store.RepairEdit)
	raw, err := os.ReadFile(file)
	if err != nil {
		return r, fmt.Errorf("--file: %w", err)
	}
	var edit struct {
		Key     *string           `json:"key"`
		Headers map[string]string `json:"headers"`
		Value   json.RawMessage   `json:"value"`
	}
	if err := json.Unmarshal(raw, &edit); err != nil {
		return r, fmt.Errorf("--file: %w", err)
	}
	if edit.Key == nil && len(edit.Headers) == 0 && edit.Value == nil {
		return r, errors.New("--file: it has no key, no headers and no value")
	}
	if edit.Key != nil {
		r.Key = []byte(*edit.Key)
	}
	r.Value = edit.Value
	if len(edit.Headers) > 0 {
		r.Headers, err = mergedHeaders(m, edit.Headers)
	}
	return r, err
}

// mergedHeaders replaces headers by name, each by one.
func mergedHeaders(m store.Parked, changed map[string]string) ([]byte, error) {
	kept := m.Headers
	if m.EditedHeaders != nil {
		kept = m.EditedHeaders
	}
	var headers []bus.Header
	if err := json.Unmarshal(kept, &headers); err != nil {
		return nil, fmt.Errorf("headers of %s: %w", parkedOf(m).Message, err)
	}
	headers = slices.DeleteFunc(headers, func(h bus.Header) bool {
		_, replaced := changed[h.Key]
		return replaced
	})
	for _, name := range sortedKeys(changed) {
		headers = append(headers, bus.Header{Key: name, Value: []byte(changed[name])})
	}
	return json.Marshal(headers)
}

package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/google/uuid"

	"tenure/events"
	"tenure/internal/command"
)

// sendLineMax bounds a line of the file: a command is at most as long as a Kafka message.
const sendLineMax = 1 << 20

// commands reads what is to be sent.
func (f sendFlags) commands() ([]command.Order, error) {
	if f.file != "" {
		return f.fromFile()
	}
	body, err := f.data()
	if err != nil {
		return nil, err
	}
	return f.complete(command.Order{Type: f.kind, Subject: f.subject, ID: f.id, Actor: f.actor, Data: body})
}

func (f sendFlags) complete(o command.Order) ([]command.Order, error) {
	if o.Subject == "" {
		return nil, errors.New("--subject: a command needs a subject")
	}
	if o.ID == "" {
		o.ID = uuid.NewString()
	}
	if _, err := command.Message(o); err != nil {
		return nil, err
	}
	return []command.Order{o}, nil
}

func (f sendFlags) data() (json.RawMessage, error) {
	raw := []byte(f.body)
	if name, ok := strings.CutPrefix(f.body, "@"); ok {
		in, err := open(name)
		if err != nil {
			return nil, fmt.Errorf("--body: %w", err)
		}
		defer func() { _ = in.Close() }()
		if raw, err = io.ReadAll(io.LimitReader(in, sendLineMax)); err != nil {
			return nil, fmt.Errorf("--body: %w", err)
		}
	}
	if len(raw) == 0 {
		return json.RawMessage("{}"), nil
	}
	if !json.Valid(raw) {
		return nil, errors.New("--body is not JSON")
	}
	return raw, nil
}

func (f sendFlags) fromFile() ([]command.Order, error) {
	in, err := open(f.file)
	if err != nil {
		return nil, fmt.Errorf("--file: %w", err)
	}
	defer func() { _ = in.Close() }()
	var list []command.Order
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 0, 64<<10), sendLineMax)
	for n := 1; lines.Scan(); n++ {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		one, err := f.fromLine(lines.Text())
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", f.file, n, err)
		}
		list = append(list, one...)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("--file: %w", err)
	}
	return list, nil
}

// fromLine reads one line of a file of commands.
func (f sendFlags) fromLine(line string) ([]command.Order, error) {
	var c struct {
		Type    string          `json:"type"`
		Subject string          `json:"subject"`
		ID      string          `json:"id"`
		Actor   *events.Actor   `json:"actor"`
		Data    json.RawMessage `json:"data"`
	}
	d := json.NewDecoder(strings.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return nil, err
	}
	if c.Actor == nil {
		c.Actor = &f.actor
	}
	if c.Data == nil {
		c.Data = json.RawMessage("{}")
	}
	return f.complete(command.Order{Type: c.Type, Subject: c.Subject, ID: c.ID, Actor: *c.Actor, Data: c.Data})
}

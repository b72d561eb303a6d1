package command

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/google/uuid"

	"tenure/events"
)

// LineBytesMax bounds a line of a file of commands: a command is at most as long as a Kafka message.
const LineBytesMax = 1 << 20

// Read reads a file of commands, one JSON object a line. Commands without an actor get the one that is given. An error
// names the line, after the file's name.
func Read(in io.Reader, name string, actor events.Actor) ([]Command, error) {
	var list []Command
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 0, 64<<10), LineBytesMax)
	for n := 1; lines.Scan(); n++ {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		one, err := readLine(lines.Text(), actor)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, n, err)
		}
		list = append(list, one)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return list, nil
}

func readLine(line string, actor events.Actor) (Command, error) {
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
		return Command{}, err
	}
	if c.Actor == nil {
		c.Actor = &actor
	}
	if c.Data == nil {
		c.Data = json.RawMessage("{}")
	}
	return Complete(Command{Type: c.Type, Subject: c.Subject, ID: c.ID, Actor: *c.Actor, Data: c.Data})
}

// Complete gives a command without an id a random one, and returns an error where it cannot be sent.
func Complete(c Command) (Command, error) {
	if c.Subject == "" {
		return c, errors.New("a command needs a subject")
	}
	if c.ID == "" {
		c.ID = uuid.NewString()
	}
	_, err := Compose(c)
	return c, err
}

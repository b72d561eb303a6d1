package api

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"regexp"

	"github.com/jackc/pgx/v5"

	"tenure/domain"
)

// sendAndWait sends a command and waits until its effect can be read. A pending outcome means that the time was over
// first: the command is on its way, and GET /commands/{id} returns its outcome later.
func (h *handler) sendAndWait(r *http.Request, c Command) (domain.Outcome, *domain.Rejection) {
	if h.Send == nil {
		return domain.Outcome{}, errUnavailable
	}
	ctx, cancel := context.WithTimeout(r.Context(), h.WriteTime)
	defer cancel()
	a, err := h.Send(ctx, c)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return h.pendingOutcome(r, c)
	case err != nil:
		return a, h.fault(r, "sending a command", err)
	case a.Status == domain.StatusRejected && a.Error != nil:
		return a, a.Error
	case a.Status != domain.StatusApplied:
		return h.pendingOutcome(r, c)
	}
	if h.Caught == nil || a.Position == "" {
		return a, nil
	}
	if err := h.Caught(ctx, a.Position); errors.Is(err, context.DeadlineExceeded) {
		return h.pendingOutcome(r, c)
	} else if err != nil {
		return a, h.fault(r, "waiting for the read models", err)
	}
	return a, nil
}

// statusPending is the status of a command without an outcome yet.
const statusPending = "pending"

// commandState is the outcome of a command as it is published over HTTP.
type commandState struct {
	Command   string            `json:"command"`
	Employee  string            `json:"employee"`
	Status    string            `json:"status"` // applied, rejected, parked, pending
	Position  string            `json:"position,omitempty"`
	Events    []string          `json:"events,omitempty"`
	Error     *domain.Rejection `json:"error,omitempty"`
	Warnings  []string          `json:"warnings,omitempty"`
	Duplicate bool              `json:"duplicate,omitempty"`
}

func commandDocument(o domain.Outcome) commandState {
	return commandState{
		Command: o.Command, Employee: o.Subject, Status: o.Status, Position: o.Position, Events: o.Events, Error: o.Error,
		Warnings: o.Warnings, Duplicate: o.Duplicate,
	}
}

// keptDays is how long a pending command is kept: as long as its topic keeps it.
const keptDays = 30

const (
	sqlCommandPending = `
INSERT INTO http_commands (id) VALUES ($1::text) ON CONFLICT (id) DO NOTHING`

	sqlCommandsPurge = `
DELETE FROM http_commands WHERE sent_at < now() - $1::integer * INTERVAL '1 day'`
)

// pendingOutcome records a command whose outcome the caller has to ask for.
func (h *handler) pendingOutcome(r *http.Request, c Command) (domain.Outcome, *domain.Rejection) {
	b := &pgx.Batch{}
	b.Queue(sqlCommandPending, c.ID)
	b.Queue(sqlCommandsPurge, keptDays)
	if err := h.Database.InTx(r.Context(), b); err != nil {
		return domain.Outcome{}, h.fault(r, "recording a pending command", err)
	}
	return domain.Outcome{Command: c.ID, Subject: c.Employee, Status: statusPending}, nil
}

// commandForm is the id of a command that was sent over HTTP: the employee's id and a part that cannot be guessed.
var commandForm = regexp.MustCompile(`^([0-9a-f]{24})-([0-9a-f]{32})$`)

const sqlCommandKnown = `
SELECT count(*)
FROM http_commands WHERE id = $1::text`

// command returns the outcome of a command to the token that sent it; to others it does not exist.
func (h *handler) command(w http.ResponseWriter, r *http.Request) {
	by, no := h.caller(r)
	if no != nil {
		refuse(w, no)
		return
	}
	id := r.PathValue("id")
	form := commandForm.FindStringSubmatch(id)
	if form == nil || h.Outcome == nil || !by.sent(form[1], form[2]) {
		refuse(w, errCommand)
		return
	}
	a, ok, err := h.Outcome(r.Context(), form[1], id)
	if err == nil && !ok {
		a = domain.Outcome{Command: id, Subject: form[1], Status: statusPending}
		ok, err = h.pending(r.Context(), id)
	}
	switch {
	case err != nil:
		refuse(w, h.fault(r, "looking for a command", err))
	case !ok:
		refuse(w, errCommand)
	default:
		respond(w, http.StatusOK, commandDocument(a))
	}
}

func (h *handler) pending(ctx context.Context, id string) (known bool, err error) {
	b := &pgx.Batch{}
	b.Queue(sqlCommandKnown, id).QueryRow(func(row pgx.Row) error {
		var n int64
		err := row.Scan(&n)
		known = n > 0
		return err
	})
	if err := h.Database.InTx(ctx, b); err != nil {
		return false, fmt.Errorf("api: find command: %w", err)
	}
	return known, nil
}

// identity are the ids of a writing call.
type identity struct {
	employee string
	secret   string // 32 characters that cannot be guessed, and that only the caller's token gives
	repeats  bool   // the caller named the call, and may send it again
}

// once names a call that may come again; empty: it does not.
func (i identity) once() string {
	if !i.repeats {
		return ""
	}
	return i.command()
}

// command is the id of the call's command.
func (i identity) command() string { return i.employee + "-" + i.secret }

// keyForm is what an Idempotency-Key may be.
var keyForm = regexp.MustCompile(`^[\x21-\x7e]{1,255}$`)

// keyHeader makes a call that is sent again take effect once.
const keyHeader = "Idempotency-Key"

// idempotencyKey reads the header; empty: there is none.
func idempotencyKey(r *http.Request) (string, *domain.Rejection) {
	key := r.Header.Get(keyHeader)
	if key != "" && !keyForm.MatchString(key) {
		return "", failure(http.StatusBadRequest, keyHeader, "must be 1 to 255 visible ASCII characters")
	}
	return key, nil
}

// halfBytes is the length of each half of a secret.
const halfBytes = sha256.Size / 4

// identify makes the ids of a call: from its Idempotency-Key, so that the same call with the same token gets the same
// ones, or at random. An employee that does not exist yet gets an id too.
func identify(r *http.Request, by caller, employee string) (identity, *domain.Rejection) {
	key, no := idempotencyKey(r)
	if no != nil {
		return identity{}, no
	}
	if key == "" {
		if employee == "" {
			employee = randomHex(tokenIDBytes)
		}
		half := randomHex(halfBytes)
		return identity{employee: employee, secret: half + by.seal(employee, half)}, nil
	}
	if employee == "" {
		employee = hex.EncodeToString(by.derive("employee", key)[:tokenIDBytes])
	}
	half := hex.EncodeToString(by.derive("command", key)[:halfBytes])
	return identity{employee: employee, secret: half + by.seal(employee, half), repeats: true}, nil
}

// derive makes bytes that only the caller's token gives for these texts.
func (by caller) derive(parts ...string) []byte {
	mac := hmac.New(sha256.New, by.token.hash[:])
	for _, part := range parts {
		fmt.Fprintf(mac, "%d:%s", len(part), part)
	}
	return mac.Sum(nil)
}

// seal is the half of a command's secret by which the token that sent it is recognised.
func (by caller) seal(employee, half string) string {
	return hex.EncodeToString(by.derive("sender", employee, half)[:halfBytes])
}

// sent reports whether the caller's token sent a command.
func (by caller) sent(employee, secret string) bool {
	half, seal := secret[:2*halfBytes], secret[2*halfBytes:]
	return hmac.Equal([]byte(seal), []byte(by.seal(employee, half)))
}

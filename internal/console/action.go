package console

import (
	"context"
	"strings"

	"github.com/google/uuid"

	"tenure/internal/command"
	"tenure/internal/runs"
	"tenure/internal/status"
	"tenure/internal/store"
)

// reasonMin is how long a reason has at least: whoever reads the log later has to understand it.
const reasonMin = 8

// order is an action that is asked for: what the form said, and who asks.
type order struct {
	Action string
	Of     string // run, employee, message or scope
	Digest string
	Reason string
	Value  string // of an edited message
	id     uuid.UUID
	by     runs.Who
	who    string // for requests that are kept outside the log
	token  string
}

// action is something that an operator can do here: a sentence that says what will happen, the command line that it
// stands for, and the deed. The deed runs once for each key, however often the form is sent.
type action struct {
	name     string // of the button
	danger   bool   // it moves money or cannot be undone
	back     func(o order) string
	sentence func(o order) string
	line     func(o order) string
	do       func(ctx context.Context, h *console, o order) (result, error)
}

// result is what came of an action.
type result struct {
	Done   bool
	Shape  status.Shape
	Title  string
	Detail string
}

func backToRun(o order) string { return "/runs/" + o.Of }
func backTo(page string) func(order) string {
	return func(order) string { return page }
}

// quoted is a text as an argument of a shell.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// actions are all there are, by the name in the form.
var actions = map[string]action{
	"approve": {
		name: "Approve", danger: true, back: backToRun,
		sentence: func(o order) string {
			return "The run " + o.Of + " starts at once and bills what is planned. Lines cannot be deleted afterwards, only " +
				"credited."
		},
		line: func(o order) string {
			return "tenure run approve " + o.Of + " --digest " + o.Digest + " --reason " + quoted(o.Reason) +
				" --token-file FILE"
		},
		do: sending(func(o order) command.Command { return runs.Approve(o.Of, o.Digest, o.Reason, o.by) }),
	},
	"approve-missed": approveMissed,
	"replan": {
		name: "Plan again", back: backToRun,
		sentence: func(o order) string {
			return "What " + o.Of + " would bill is computed again and recorded. Nothing is billed by it."
		},
		line: func(o order) string {
			return "tenure run plan --date " + strings.TrimPrefix(o.Of, "nightly/") + " --record --token-file FILE"
		},
		do: replan,
	},
	"halt": {
		name: "Halt", danger: true, back: backTo("/switches"),
		sentence: func(o order) string { return "What is " + o.Of + " stops in all runs and shards until it is resumed." },
		line: func(o order) string {
			return "tenure run halt --scope " + o.Of + " --reason " + quoted(o.Reason) + " --token-file FILE"
		},
		do: sending(func(o order) command.Command { return runs.Halt(o.Of, o.Reason, o.by) }),
	},
	"resume": {
		name: "Resume", danger: true, back: backTo("/switches"),
		sentence: func(o order) string { return "What is halted (" + o.Of + ") continues where it stopped." },
		line: func(o order) string {
			return "tenure run resume --scope " + o.Of + " --reason " + quoted(o.Reason) + " --token-file FILE"
		},
		do: sending(func(o order) command.Command { return runs.Resume(o.Of, o.Reason, o.by) }),
	},
	"abandon": {
		name: "Abandon the run", danger: true, back: backToRun,
		sentence: func(o order) string {
			return o.Of + " ends for good. What it billed stays billed; the next run takes the rest."
		},
		line: func(o order) string {
			return "tenure run halt --abandon " + o.Of + " --reason " + quoted(o.Reason) + " --token-file FILE"
		},
		do: abandon,
	},
	"hold": {
		name: "Hold the employee", back: backToEmployee,
		sentence: func(o order) string {
			return "No run bills the employee " + o.Of + " until a release. What is due is billed then."
		},
		line: func(o order) string {
			return "tenure invoice hold " + o.Of + " --reason " + quoted(o.Reason) + " --yes"
		},
		do: sending(ofEmployee("billing.hold.v1")),
	},
	"release": {
		name: "Release the employee", danger: true, back: backToEmployee,
		sentence: func(o order) string {
			return "The next run bills the employee " + o.Of + " again, with what was due during the hold."
		},
		line: func(o order) string {
			return "tenure invoice release " + o.Of + " --reason " + quoted(o.Reason) + " --yes"
		},
		do: sending(ofEmployee("billing.release.v1")),
	},
	"retry": {
		name: "Retry", back: backToParked,
		sentence: func(o order) string {
			return "The message " + o.Of + " is decided again, and what is queued behind it. One that fails again stays parked."
		},
		line: func(o order) string { return "tenure parked retry " + o.Of + " --reason " + quoted(o.Reason) },
		do:   repairing(store.RepairRetry),
	},
	"discard": {
		name: "Discard", danger: true, back: backToParked,
		sentence: func(o order) string {
			return "The message " + o.Of + " is never applied. Its sender gets the outcome rejected, with your reason."
		},
		line: func(o order) string { return "tenure parked discard " + o.Of + " --reason " + quoted(o.Reason) },
		do:   repairing(store.RepairDiscard),
	},
	"edit": {
		name: "Send the edit", danger: true, back: backToParked,
		sentence: func(o order) string {
			return "The edited value takes the place of " + o.Of + " and is decided. What came is kept beside it."
		},
		line: func(o order) string {
			return "tenure parked edit " + o.Of + " --file FILE --reason " + quoted(o.Reason)
		},
		do: repairing(store.RepairEdit),
	},
	"replay-pause": {
		name: "Pause the replay", back: backTo("/replays"),
		sentence: func(o order) string {
			return "The replay " + o.Of + " stops after the page under way. What it published stays published."
		},
		line: func(o order) string { return "tenure replay pause " + o.Of },
		do:   pauseReplay,
	},
	"accept": {
		name: "Accept", danger: true, back: backTo("/replays"),
		sentence: func(o order) string {
			if o.Of == everyRelay {
				return "What the topics hold now is no longer compared with the log, for both relays in every shard."
			}
			return "What the topics hold now is no longer compared with the log, for " + o.Of + "."
		},
		line: acceptLine,
		do:   acceptRelay,
	},
	"retry-reason": {
		name: "Retry the reason", back: backTo("/parked"),
		sentence: func(o order) string {
			return "All messages parked for " + o.Of + " are decided again. Those that fail again stay parked."
		},
		line: func(o order) string { return "tenure parked retry --cause " + o.Of + " --reason " + quoted(o.Reason) },
		do:   retryReason,
	},
}

func backToEmployee(o order) string { return "/employees/" + o.Of }
func backToParked(o order) string   { return "/parked?message=" + o.Of }

// CommandLines are the lines that the actions stand for, with samples in the place of what a form says.
func CommandLines() []string {
	sample := order{
		Of: "nightly/2026-11-01", Digest: strings.Repeat("0", digestShown), Reason: "a sample reason",
	}
	lines := make([]string, 0, len(actions))
	for name, a := range actions {
		o := sample
		switch name {
		case "hold", "release":
			o.Of = "5e0000000000000000000001"
		case "retry", "discard", "edit":
			o.Of = "employee.commands/3/17"
		case "halt", "resume":
			o.Of = store.ScopeDeletions
		case "replay-pause":
			o.Of = "week-30"
		case "accept":
			o.Of = relayPlace(relays[0], 3)
		case "retry-reason":
			o.Of = "broken"
		case "approve-missed":
			o.Value = "2026-11-06"
		}
		lines = append(lines, a.line(o))
	}
	return lines
}

package api

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"

	"tenure/contract"
	"tenure/projections"
)

// show is how one caller sees the directory of a customer.
type show struct {
	by        caller
	calls     bool
	groups    []contract.Group // the caller's
	addresses addresses
}

// addresses are those of a customer as JSON, by id; under the empty id the primary one.
type addresses map[string][]byte

// The states of an extension.
const (
	stateIdle    = "IDLE"
	stateRinging = "RINGING"
	stateBusy    = "BUSY"
)

// entry writes one employee.
func (s *show) entry(out *bytes.Buffer, e *projections.DirectoryEntry) error {
	out.Write(bytes.TrimSuffix(e.Entry, []byte("}")))
	if address, ok := s.addresses[e.Address]; ok {
		out.WriteString(`,"address":`)
		out.Write(address)
	}
	extensions, calendar := e.Extensions, []byte(nil)
	if e.Activity != nil {
		var err error
		if extensions, calendar, err = s.withActivity(e); err != nil {
			return err
		}
	}
	if len(extensions) > len("[]") {
		out.WriteString(`,"extensions":`)
		out.Write(extensions)
	}
	if calendar != nil {
		out.WriteString(`,"calendar":`)
		out.Write(calendar)
	}
	out.WriteByte('}')
	return nil
}

// withActivity returns extensions and calendar with the activity that other systems report.
func (s *show) withActivity(e *projections.DirectoryEntry) (extensions, calendar []byte, err error) {
	var activity contract.Activity
	var list []projections.DirectoryExtension
	var shown entryShown
	for _, part := range []struct {
		raw  []byte
		into any
	}{{e.Activity, &activity}, {e.Extensions, &list}, {e.Entry, &shown}} {
		if err := json.Unmarshal(part.raw, part.into); err != nil {
			return nil, nil, err
		}
	}
	own := s.by.is(e.ID)
	visible := s.calls && (own || shareView(s.groups, activity.Groups))
	for i := range list {
		x := &list[i]
		addActivity(x, &activity, own)
		for _, call := range activity.Calls {
			if call.Extension != x.ID {
				continue
			}
			x.State = busier(x.State, call.State)
			if visible {
				x.Calls = append(x.Calls, shown.call(call, own))
			}
		}
	}
	if extensions, err = json.Marshal(list); err != nil {
		return nil, nil, err
	}
	if len(activity.Calendar) == 0 {
		return extensions, nil, nil
	}
	calendar, err = json.Marshal(seenCalendar(activity.Calendar, own))
	return extensions, calendar, err
}

// alone is an extension that no employee has, with the activity that other systems report under its own id. Its calls
// are shown to those with a group in common with it.
func (s *show) alone(x *projections.LoneExtension) (projections.DirectoryExtension, error) {
	var out projections.DirectoryExtension
	if err := json.Unmarshal(x.Document, &out); err != nil || x.Activity == nil {
		return out, err
	}
	var activity contract.Activity
	if err := json.Unmarshal(x.Activity, &activity); err != nil {
		return out, err
	}
	addActivity(&out, &activity, false)
	visible := s.calls && shareView(s.groups, activity.Groups)
	for _, call := range activity.Calls {
		if call.Extension != x.ID {
			continue
		}
		out.State = busier(out.State, call.State)
		if visible {
			out.Calls = append(out.Calls, entryShown{}.call(call, false))
		}
	}
	return out, nil
}

// addActivity adds what the PBX reports of an extension, which is newer than what was assigned. Its
// phones are shown to their owner.
func addActivity(x *projections.DirectoryExtension, a *contract.Activity, own bool) {
	i := slices.IndexFunc(a.Extensions, func(k contract.ActivityExtension) bool { return k.ID == x.ID })
	if i < 0 {
		return
	}
	known := &a.Extensions[i]
	x.Direct, x.Redirect = cmp.Or(known.Direct, x.Direct), cmp.Or(known.Redirect, x.Redirect)
	if known.Mobile != nil {
		x.Mobile = known.Mobile
	}
	if own {
		x.Phones = known.Phones
	}
}

// shareView reports whether two employees are in one group whose members see the other party of calls.
func shareView(a, b []contract.Group) bool {
	return slices.ContainsFunc(a, func(g contract.Group) bool {
		return g.ViewOtherParty && slices.ContainsFunc(b, func(o contract.Group) bool { return o.ID == g.ID })
	})
}

// busier is the state of an extension with one more call.
func busier(state, call string) string {
	switch call {
	case "CALL_ANSWER", "CALL_HOLD":
		return stateBusy
	case "CALL_START", "CALL_RING":
		if state == stateIdle {
			return stateRinging
		}
	}
	return state
}

// entryShown is what of an entry decides how much of the calls is shown.
type entryShown struct {
	Override string `json:"viewOtherPartyOverride"`
	Presence struct {
		State string `json:"state"`
	} `json:"presence"`
}

// call is a call as others see it: where the employee hides the other party, the call stays without that party's number
// and name. The employee itself sees everything.
func (e entryShown) call(c contract.Call, own bool) contract.Call {
	if !own && e.hides(c.PersonalPhonebook) {
		leg := legOf(&c)
		if leg != legOutgoing {
			c.Caller = withoutName(c.Caller)
		}
		if leg != legIncoming {
			c.Callee = withoutName(c.Callee)
		}
	}
	c.PersonalPhonebook = false
	return c
}

// hides reports whether the other party of a call is hidden.
func (e entryShown) hides(personal bool) bool {
	away := e.Presence.State == "OFF_WORK" || e.Presence.State == "HOLIDAY"
	switch e.Override {
	case "HIDE":
		return true
	case "HIDE_PERSONAL_PHONEBOOK":
		return personal
	case "HIDE_OFF_WORK":
		return away
	case "HIDE_PERSONAL_PHONEBOOK_AND_OFF_WORK":
		return personal || away
	}
	return false
}

// Which way a call goes, seen from the employee.
const (
	legUnknown  = iota
	legIncoming // the employee is called: the caller is the other party
	legOutgoing // the employee calls: the callee is
)

// legOf decides by the leg: I comes in from the employee's phone to the PBX, O goes out from the PBX to it. Without a
// leg the direction of a call from or to the outside decides. Where neither is known, either end may be the other
// party.
func legOf(c *contract.Call) int {
	switch {
	case c.Leg == "O", c.Leg == "" && c.Direction == "I":
		return legIncoming
	case c.Leg == "I", c.Direction == "O":
		return legOutgoing
	}
	return legUnknown
}

func withoutName(p *contract.Party) *contract.Party {
	if p == nil {
		return nil
	}
	hidden := *p
	hidden.Number, hidden.Name = "", ""
	return &hidden
}

// seenCalendar hides subjects of private events and the join links of meetings from all but the employee itself.
func seenCalendar(list []contract.CalendarEvent, own bool) []contract.CalendarEvent {
	if own {
		return list
	}
	seen := slices.Clone(list)
	for i := range seen {
		seen[i].OnlineMeetingJoinURL = ""
		if seen[i].Sensitivity != "normal" { // also where it is missing or spelt otherwise
			seen[i].Subject = ""
		}
	}
	return seen
}

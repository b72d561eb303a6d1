package api

import (
	"encoding/json"

	"tenure/projections"
)

// kind is the type of a field, which decides by what it can be compared.
type kind int

// The kinds.
const (
	kindNumber kind = iota
	kindText
	kindEnum
	kindBoolean
	kindList   // an array of words or of objects
	kindObject // an object
)

// rpcField is a field of get.employees.
type rpcField struct {
	kind    kind
	column  projections.Column // empty: cannot be filtered
	sorts   bool
	filters bool
	values  []string // of an enum
	get     func(*projections.Found) any
}

// The words of the enums as published.
var (
	statusWords    = []string{"available", "break", "do_not_disturb", "not_at_workplace", "not_at_work", "unknown"}
	recordingWords = []string{"all", "in", "out", "off"}
)

// rpcSubFields are fields within fields, which can neither be filtered nor sorted by.
var rpcSubFields = []string{
	"coach_full_name",
	"coach_id",
	"coach_always_enabled",
	"group_id",
	"group_name",
	"phone_number",
	"channels_count",
	"dial_time",
	"extension_phone_number",
	"extension_voice_mail_enabled",
	"extension_queue_enabled",
	"operator_display_name",
	"operator_login",
	"operator_position_id",
	"operator_position_name",
	"operator_offline_message_enabled",
	"operator_invite_to_chat_enabled",
	"operator_chat_enabled",
	"operator_chats_available",
	"operator_sites",
	"site_id",
	"site_domain_name",
}

// rpcFields are all fields. What the domain does not hold is empty.
var rpcFields = map[string]rpcField{
	"id": {
		kind:    kindNumber,
		column:  projections.ColumnNumber,
		filters: true,
		get:     func(f *projections.Found) any { return f.Number },
	},
	"first_name": {
		kind:    kindText,
		column:  projections.ColumnFirstName,
		filters: true,
		sorts:   true,
		get:     func(f *projections.Found) any { return f.First },
	},
	"last_name": {
		kind:    kindText,
		column:  projections.ColumnLastName,
		filters: true,
		sorts:   true,
		get:     func(f *projections.Found) any { return f.Last },
	},
	"patronymic": {kind: kindText, column: projections.ColumnNoText, sorts: true, get: nothing},
	"full_name": {
		kind:    kindText,
		column:  projections.ColumnFullName,
		filters: true,
		sorts:   true,
		get:     func(f *projections.Found) any { return f.Full },
	},
	"status": {kind: kindEnum, column: projections.ColumnStatus, filters: true, values: statusWords,
		get: func(f *projections.Found) any { return f.Status }},
	"allowed_in_call_types":  {kind: kindList, column: projections.ColumnNoList, filters: true, get: emptyList},
	"allowed_out_call_types": {kind: kindList, column: projections.ColumnNoList, filters: true, get: emptyList},
	"email": {
		kind:    kindText,
		column:  projections.ColumnEmail,
		filters: true,
		get:     func(f *projections.Found) any { return f.Email },
	},
	"call_recording": {kind: kindEnum, column: projections.ColumnCallRecording, filters: true, values: recordingWords,
		get: func(f *projections.Found) any { return f.Recording }},
	"calls_available": {kind: kindBoolean, column: projections.ColumnCallsAvailable, filters: true, sorts: true,
		get: func(f *projections.Found) any { return f.Available }},
	"schedule_id":   {kind: kindNumber, column: projections.ColumnNoNumber, filters: true, get: nothing},
	"schedule_name": {kind: kindText, column: projections.ColumnNoText, filters: true, get: nothing},
	"coach":         {kind: kindObject, column: projections.ColumnNoObject, filters: true, get: emptyObject},
	"groups":        {kind: kindList, column: projections.ColumnNoList, filters: true, get: emptyList},
	"phone_numbers": {
		kind:    kindList,
		column:  projections.ColumnPhoneNumbers,
		filters: true,
		get:     func(f *projections.Found) any { return f.PhoneNumbers },
	},
	"extension": {
		kind:    kindObject,
		column:  projections.ColumnExtension,
		filters: true,
		get:     func(f *projections.Found) any { return f.Extension },
	},
	"operator": {kind: kindObject, get: emptyObject},
}

func nothing(*projections.Found) any     { return nil }
func emptyList(*projections.Found) any   { return json.RawMessage("[]") }
func emptyObject(*projections.Found) any { return json.RawMessage("{}") }

// record is an employee as CallGear publishes it, with all fields or those that are asked for. Empty values are
// present.
func record(f *projections.Found, fields []string) map[string]any {
	if fields == nil {
		doc := make(map[string]any, len(rpcFields))
		for name, field := range rpcFields {
			doc[name] = field.get(f)
		}
		return doc
	}
	doc := make(map[string]any, len(fields))
	for _, name := range fields {
		doc[name] = rpcFields[name].get(f)
	}
	return doc
}

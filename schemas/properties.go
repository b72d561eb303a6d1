package schemas

import (
	"reflect"

	"tenure/domain"
)

// adjusts are what reflection does not see of some commands.
var adjusts = map[string]func(*generator, *Schema){
	"employee.create.v1": func(g *generator, s *Schema) {
		ignored, _, presence := domain.IgnoredNames()
		g.employee(s, ignored, presence)
	},
	"employee.update.v1": func(g *generator, s *Schema) {
		_, ignored, presence := domain.IgnoredNames()
		g.employee(s, ignored, presence)
	},
	"employee.update_addon.v1": func(g *generator, s *Schema) {
		s.Properties["unitPrice"] = g.decimal(amountForm).orNull()
	},
	"run.open_shard.v1": func(_ *generator, s *Schema) { s.Properties["policy"] = &Schema{Type: Types{"object"}} },
}

// employee adds the properties of an employee that no field of a command has, and those that are taken and ignored.
func (g *generator) employee(s *Schema, ignored, ofPresence []string) {
	for _, name := range domain.PropertyNames() {
		s.Properties[name] = propertySchema(name).orNull()
	}
	for _, name := range ignored {
		s.Properties[name] = &Schema{ReadOnly: true}
	}
	presence := reflect.TypeFor[domain.SetPresence]()
	g.reference(presence, presence)
	for _, name := range ofPresence {
		g.defs[g.of[presence]].Properties[name] = &Schema{ReadOnly: true}
	}
}

// propertySchema describes the value of a property, apart from its bounds, which the refusals name.
func propertySchema(name string) *Schema {
	if kind, ok := propertyKinds[name]; ok {
		return kind()
	}
	return text()
}

func truth() *Schema { return &Schema{Type: Types{"boolean"}} }

func whole() *Schema { return &Schema{Type: Types{"integer"}} }

func texts() *Schema { return listOf(text()) }

func anyObject() *Schema { return &Schema{Type: Types{"object"}} }

// propertyKinds are the properties that are no plain texts. A test gives each to the program.
var propertyKinds = map[string]func() *Schema{
	"primaryContact": truth, "noEmail": truth, "smsValidation": truth, "authenticatorValidation": truth,
	"notifyOnGeneralUsageLimit": truth, "notifyOnGeneralUsageLimitReseller": truth, "notifyOnAccountErrorByEmail": truth,
	"notifyOnAccountErrorBySms": truth, "notifyOnNewMvnoAccountReseller": truth, "notifyOnNewSipAccountReseller": truth,
	"notifyOnNewPortingReseller": truth, "m2mOnly": truth, "webauthnOnly": truth,
	"organizationResellers": texts, "subscriptions": texts, "features": texts,
	"voicemail": voicemail, "recording": recording, "ms365": ms365, "custom": anyObject,
	"birthdate": func() *Schema { return matching(dayForm) },
	"language":  func() *Schema { return &Schema{Type: Types{"string"}, Enum: words("da", "en")} },
	"apiAccessFilter": func() *Schema {
		return listOf(parts(map[string]*Schema{"endpoint": text(), "type": filterType()}))
	},
	"shortcuts": func() *Schema {
		return listOf(parts(map[string]*Schema{"index": whole(), "url": text(), "label": text()}))
	},
	"viewOtherPartyOverride": func() *Schema {
		return &Schema{Type: Types{"string"}, Enum: words("NONE", "HIDE", "HIDE_PERSONAL_PHONEBOOK", "HIDE_OFF_WORK",
			"HIDE_PERSONAL_PHONEBOOK_AND_OFF_WORK")}
	},
}

func filterType() *Schema { return &Schema{Type: Types{"string"}, Enum: words("STRING", "REGEXP")} }

// parts is an object of known parts, each of which may be null.
func parts(all map[string]*Schema) *Schema {
	for name := range all {
		all[name] = all[name].orNull()
	}
	return (&Schema{Type: Types{"object"}, Properties: all}).closed()
}

func voicemail() *Schema {
	return parts(map[string]*Schema{
		"notification": parts(map[string]*Schema{"email": truth(), "sms": truth()}), "requiresPinCode": truth(),
		"greetingOnly":    truth(),
		"defaultGreeting": text(), "offWorkGreeting": text(), "holidayGreeting": text(),
	})
}

func recording() *Schema {
	return parts(map[string]*Schema{
		"mode":         {Type: Types{"string"}, Enum: words("ALWAYS", "DEMAND", "NEVER")},
		"quality":      {Type: Types{"string"}, Enum: words("NORMAL", "COMPACT", "HIGH")},
		"retension":    whole(),
		"notification": parts(map[string]*Schema{"email": truth(), "attach": truth(), "maxSize": whole()}),
	})
}

func ms365() *Schema {
	return parts(map[string]*Schema{
		"id": text(), "calendarSetsPresence": truth(), "teamsSetsPresence": truth(), "presenceSync": truth(),
		"doNotSyncContacts": truth(), "doNotSyncCalendar": truth(),
	})
}

package api

import (
	"encoding/json"
	"slices"

	"tenure/billing"
	"tenure/domain"
	"tenure/projections"
)

// The properties of an update that have commands of their own.
const (
	propertyNewProduct         = "newProduct"
	propertyDeleteDate         = "deleteDate"
	propertyDeleteExtensions   = "deleteExtensions"
	propertyDeleteMvnoAccounts = "deleteMvnoAccounts"
	propertyAddons             = "addonProducts"
)

var deletionProperties = []string{propertyDeleteDate, propertyDeleteExtensions, propertyDeleteMvnoAccounts}

// plan turns the properties of an update into commands. What the employee is goes first, since most refusals are about that.
func plan(e *projections.Employee, p properties, today billing.Date) ([]Command, *domain.Rejection) {
	delete(p, "customer") // nobody changes it
	var rest []Command
	if raw, ok := p[propertyNewProduct]; ok {
		delete(p, propertyNewProduct)
		rest = append(rest, Command{Type: "employee.schedule_product_change.v1", Data: properties{propertyNewProduct: raw}})
	}
	if c, ok := planDeletion(e, p); ok {
		rest = append(rest, c)
	}
	addons, no := planAddons(e, p, today)
	if no != nil {
		return nil, no
	}
	rest = append(rest, addons...)
	if len(p) > 0 || len(rest) == 0 {
		rest = append([]Command{{Type: "employee.update.v1", Data: p}}, rest...)
	}
	return rest, nil
}

// planDeletion takes the properties of a deletion; those that are not given are as they were.
func planDeletion(e *projections.Employee, p properties) (Command, bool) {
	terms := properties{}
	for _, name := range deletionProperties {
		if raw, ok := p[name]; ok {
			terms[name] = raw
			delete(p, name)
		}
	}
	if _, dated := terms[propertyDeleteDate]; len(terms) == 0 || !dated && e.Deletion == nil {
		return Command{}, false // flags without a deletion say nothing yet
	}
	if d := e.Deletion; d != nil {
		before := properties{
			propertyDeleteDate: quoted(d.Date.String()), propertyDeleteExtensions: encoded(d.DeleteExtensions),
			propertyDeleteMvnoAccounts: encoded(d.DeleteMvnoAccounts),
		}
		for name, raw := range before {
			if _, given := terms[name]; !given {
				terms[name] = raw
			}
		}
	}
	return Command{Type: "employee.schedule_deletion.v1", Data: terms}, true
}

// sentAddon is an item of addonProducts; what is not given stays as it is.
type sentAddon struct {
	ID         string          `json:"_id"`
	Terminate  json.RawMessage `json:"terminate"`
	Terminates json.RawMessage `json:"terminates"` // as the published examples spell it
}

// planAddons turns a list that is replaced whole into what changes: items that are known change, unknown ones begin, and
// those that are not in it any more end today.
func planAddons(e *projections.Employee, p properties, today billing.Date) ([]Command, *domain.Rejection) {
	raw, ok := p[propertyAddons]
	if !ok {
		return nil, nil
	}
	delete(p, propertyAddons)
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		return nil, invalid(propertyAddons, "must be a list")
	}
	var commands []Command
	var kept []string
	for _, item := range list {
		var sent sentAddon
		if json.Unmarshal(item, &sent) != nil || isNull(item) {
			return nil, invalid(propertyAddons, "must be a list of objects with ids")
		}
		kept = append(kept, sent.ID)
		if e.Addon(sent.ID) == nil {
			commands = append(commands, Command{Type: "employee.add_addon.v1", Data: item})
			continue
		}
		commands = append(commands, changeAddon(item, sent)...)
	}
	for i := range e.Addons {
		if a := &e.Addons[i]; a.Terminate == 0 && !slices.Contains(kept, a.ID) {
			commands = append(commands, Command{Type: "employee.terminate_addon.v1", Data: properties{
				"_id": quoted(a.ID), "terminate": encoded(today)}})
		}
	}
	return commands, nil
}

// changeAddon changes terms of an addon that she has: its end has a command of its own, and its product stays.
func changeAddon(item json.RawMessage, sent sentAddon) []Command {
	var terms properties
	if json.Unmarshal(item, &terms) != nil {
		return nil
	}
	end := sent.Terminate
	if end == nil {
		end = sent.Terminates
	}
	for _, name := range []string{"product", "terminate", "terminates"} {
		delete(terms, name)
	}
	commands := []Command{{Type: "employee.update_addon.v1", Data: terms}}
	if end != nil {
		commands = append(commands, Command{Type: "employee.terminate_addon.v1", Data: properties{"_id": quoted(sent.ID), "terminate": end}})
	}
	return commands
}

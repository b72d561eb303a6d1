package domain

import (
	"encoding/json"
	"slices"
	"strings"

	"tenure/access"
)

// What a caller may not change is ignored, not refused: a client may send back a reply as it got it. What was ignored
// is among the warnings of the outcome.

// leastToSet is the lowest level that may set a property, where a level below could change the employee otherwise.
var leastToSet = map[string]access.Level{
	"notifyOnGeneralUsageLimitReseller": access.Reseller,
	"notifyOnNewMvnoAccountReseller":    access.Reseller,
	"notifyOnNewSipAccountReseller":     access.Reseller,
	"notifyOnNewPortingReseller":        access.Reseller,
	"organizationResellers":             access.ResellerAdmin,
	"notes":                             access.Reseller, // who may not see may not write
	customerName:                        access.Reseller,
	// Of an addon.
	"addonProducts.unitPrice":     access.Reseller,
	"addonProducts.invoicedUntil": access.Reseller,
}

// selfProperties are what a caller who may not change others may change of itself: presence, contact and notification
// settings, its own secrets, and how it arranged its screen.
var selfProperties = set("presence", "autoPresence",
	"emailAddress", "smsNumber", "address", "language", "picture",
	"notifyOnGeneralUsageLimit", "notifyOnAccountErrorByEmail", "notifyOnAccountErrorBySms", "subscriptions", "voicemail",
	hashedName, sealedName, "shortcuts")

// loginProperties are how an employee logs in and how far that reaches. Who has a lower level does not change them
// (act.go): whoever holds an account's login holds its level, which nobody assigns above its own.
var loginProperties = set(
	"accessLevel",
	"emailAddress",
	"noEmail",
	hashedName,
	sealedName,
	"smsValidation",
	"smsNumber",
	"authenticatorValidation",
	"ipRestriction",
	"apiAccessFilter",
	"m2mOnly",
	"webauthnOnly",
)

// settable reports whether the actor may set a property of the employee.
func (s *validation) settable(name string) bool {
	if least, ok := leastToSet[name]; ok && !s.can(least) {
		return false
	}
	if s.creating() || !s.before.onlyItself(s.World) {
		return true
	}
	return selfProperties[name]
}

// Features that not every level may give. Those of the core systems are for who may see everything; whoever gives one
// must have that level.
const featureHumanTask = "HUMAN_TASK"

var (
	coreFeatures = set("PORTING", "TELE", "FINANCE", "TV", "HELPCENTER")
	features     = set(
		"PLAYMAKERSTATUS",
		"DASHBOARD_EDITOR",
		featureHumanTask,
		"PORTING",
		"TELE",
		"FINANCE",
		"TV",
		"HELPCENTER",
		"FLEXCARESWAP",
	)
)

// givable reports whether the actor may give a feature to the employee, or take it away.
func (s *validation) givable(feature string) bool {
	switch {
	case feature == featureHumanTask:
		return s.can(access.Admin)
	case coreFeatures[feature]:
		return s.can(access.ResellerAdmin) && access.LevelOf(s.level) >= access.ResellerAdmin
	}
	return true
}

// checkFeatures replaces the list by what the actor may give of it, and keeps what it may not take away.
func checkFeatures(s *validation, path string, raw json.RawMessage) json.RawMessage {
	var wanted []string
	if err := json.Unmarshal(raw, &wanted); err != nil {
		s.refuse(invalid(path, "must be a list of texts"))
		return raw
	}
	held := s.before.Profile.Features
	kept := []string{}
	for _, f := range wanted {
		switch {
		case !features[f]:
			s.refuse(invalid(path, quoteOf(f)+" is not a feature"))
		case slices.Contains(kept, f):
		case s.givable(f) || slices.Contains(held, f):
			kept = append(kept, f)
		default:
			s.ignore(path + "." + f)
		}
	}
	for _, f := range held {
		if !slices.Contains(wanted, f) && !s.givable(f) {
			kept = append(kept, f)
			s.ignore(path + "." + f)
		}
	}
	if slices.Equal(kept, held) {
		return nil
	}
	out, err := json.Marshal(kept)
	if err != nil {
		return raw
	}
	return out
}

// neverIgnored tells, without checking anything, that a command has nothing that is ignored for some caller or
// customer.
func (a attributes) neverIgnored() bool {
	for name := range a.given {
		if _, restricted := leastToSet[name]; restricted || name == featuresName || name == hashedName ||
			propertyNamed[name].pbx {
			return false
		}
	}
	return len(a.readOnly) == 0
}

// warnIgnored tells what was ignored of a command.
func warnIgnored(ignored []string) []string {
	if len(ignored) == 0 {
		return nil
	}
	slices.Sort(ignored)
	return []string{"ignored, since the caller cannot set it here: " + strings.Join(slices.Compact(ignored), ", ")}
}

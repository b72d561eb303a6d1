package domain

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"tenure/billing"
)

// Bounds of lists and objects.
const (
	apiFiltersMax     = 100
	shortcutsMax      = 100
	shortcutIndexMax  = 10_000
	subscriptionsMax  = 100
	resellersMax      = 1_000
	attachmentSizeMax = 1 << 40 // bytes: a mistake above it
	earliestBirth     = "1900-01-01"
)

// The parts of the settings that have some.
var (
	checkVoicemail = object(shape{
		"notification":    object(shape{"email": flag, "sms": flag}),
		"requiresPinCode": flag, "greetingOnly": flag,
		"defaultGreeting": checkGreeting, "offWorkGreeting": checkGreeting, "holidayGreeting": checkGreeting,
	})
	checkRecording = object(shape{
		"mode": oneOf("ALWAYS", "DEMAND", "NEVER"), "quality": checkQuality, "retension": anything,
		"notification": object(shape{"email": flag, "attach": flag, "maxSize": wholeNumber(attachmentSizeMax)}),
	})
	checkMs365 = object(shape{
		"id": text(ms365IDMax), "calendarSetsPresence": flag, "teamsSetsPresence": flag, "presenceSync": flag,
		"doNotSyncContacts": flag, "doNotSyncCalendar": flag,
	})
	checkShortcut = object(shape{"index": wholeNumber(shortcutIndexMax), "url": text(urlMax), "label": text(nameMax)})
)

// anything is checked with the whole that it is part of.
func anything(_ *validation, _ string, raw json.RawMessage) json.RawMessage { return raw }

// keepMerged has nothing to check on the whole.
func keepMerged(*validation, string, json.RawMessage) {}

// The published qualities of recordings, and for how many days they may be kept.
const qualityCompact = "COMPACT"

var (
	qualities   = set("NORMAL", qualityCompact, "HIGH")
	retentions  = []int{1, 3, 7, 14, 30}
	compactOnly = []int{90, 180, 365, 730}
	errQuality  = &Rejection{
		Status:  statusUnprocessable,
		Code:    "recordingQuality",
		Path:    "recording.quality",
		Message: "Invalid quality - use NORMAL, COMPACT or HIGH",
	}
	errRetention = &Rejection{
		Status:  statusUnprocessable,
		Code:    "recordingRetension",
		Path:    "recording.retension",
		Message: "Recording retension period is too long, max. 180 days for compact quality",
	}
	errCustom = &Rejection{
		Status:  statusUnprocessable,
		Code:    "custom",
		Path:    "custom",
		Message: "Custom data too large, max. 4Kb",
	}
	errAddress = &Rejection{
		Status:  statusNotFound,
		Code:    "address",
		Path:    "address",
		Message: "The address was not found",
	}
	errSubscription = &Rejection{
		Status:  statusUnprocessable,
		Code:    "subscriptions",
		Path:    "subscriptions",
		Message: "One or more subscriptions are not valid",
	}
	errResellers = &Rejection{Status: statusNotFound, Code: "organizationResellers", Path: "organizationResellers",
		Message: "One or more of the selected resellers are not valid or has not be granted to this employees customer."}
)

func checkQuality(s *validation, _ string, raw json.RawMessage) json.RawMessage {
	if !qualities[textOf(raw)] {
		s.refuse(errQuality)
	}
	return raw
}

// checkRetention looks at the whole: COMPACT recordings may be kept longer.
func checkRetention(s *validation, _ string, whole json.RawMessage) {
	var r struct {
		Quality   json.RawMessage `json:"quality"`
		Retension json.RawMessage `json:"retension"`
	}
	if json.Unmarshal(whole, &r) != nil || len(r.Retension) == 0 {
		return
	}
	days, err := strconv.Atoi(string(r.Retension))
	allowed := slices.Contains(retentions, days) ||
		textOf(r.Quality) == qualityCompact && slices.Contains(compactOnly, days)
	if err != nil || !allowed {
		s.refuse(errRetention)
	}
}

// checkGreeting takes a voicemail greeting of the employee's customer; the path is the published code.
func checkGreeting(s *validation, path string, raw json.RawMessage) json.RawMessage {
	id := CanonicalID(textOf(raw))
	if s.known && !slices.Contains(s.rules.Greetings, id) {
		s.refuse(&Rejection{Status: statusNotFound, Code: path, Path: path, Message: "Not found"})
	}
	return quoted(id)
}

// checkAddress takes an address of the employee's customer.
func checkAddress(s *validation, _ string, raw json.RawMessage) json.RawMessage {
	id := CanonicalID(textOf(raw))
	for _, a := range s.rules.Addresses {
		if a.ID == id && id != "" {
			return quoted(id)
		}
	}
	if s.known {
		s.refuse(errAddress)
	}
	return raw
}

// checkSubscriptions takes what the employee's customer, or that one's reseller for all its customers, offers.
func checkSubscriptions(s *validation, path string, raw json.RawMessage) json.RawMessage {
	reseller, _ := s.Catalog.Reseller(s.rules.Reseller)
	return ids(s, path, raw, subscriptionsMax, errSubscription, func(id string) bool {
		return slices.Contains(s.rules.Subscriptions, id) || slices.Contains(reseller.Subscriptions, id)
	})
}

// checkOrganizationResellers takes resellers that are granted to the employee's customer, which must be an
// organization.
func checkOrganizationResellers(s *validation, path string, raw json.RawMessage) json.RawMessage {
	organization := slices.Contains(s.rules.Features, FeatureOrganization)
	return ids(s, path, raw, resellersMax, errResellers, func(id string) bool {
		_, exists := s.Catalog.Reseller(id)
		return organization && exists && slices.Contains(s.rules.OrganizationResellers, id)
	})
}

// ids takes a list of ids that are all good, in the one spelling; one refusal stands for all that are not.
func ids(
	s *validation,
	path string,
	raw json.RawMessage,
	longest int,
	refusal *Rejection,
	good func(string) bool,
) json.RawMessage {
	var list []string
	if json.Unmarshal(raw, &list) != nil || len(list) > longest {
		s.refuse(refusal)
		return raw
	}
	for i := range list {
		list[i] = CanonicalID(list[i])
		if s.known && !good(list[i]) {
			s.refuse(refusal)
			return raw
		}
	}
	return listOf(longest, func(_ *validation, _ string, item json.RawMessage) json.RawMessage {
		return quoted(CanonicalID(textOf(item)))
	})(s, path, raw)
}

// checkBirthdate takes a day in the past, as a date or an instant.
func checkBirthdate(s *validation, path string, raw json.RawMessage) json.RawMessage {
	var day Day
	if err := json.Unmarshal(raw, &day); err != nil || day.in(s.World) == 0 {
		s.refuse(invalid(path, "Not a valid date"))
		return raw
	}
	date := day.in(s.World)
	if date < billing.MustDate(earliestBirth) || date > s.Today() {
		s.refuse(invalid(path, "Not a valid date"))
	}
	return raw
}

// checkCustom takes an object of the caller's own making, small enough to be kept with the employee.
func checkCustom(s *validation, path string, raw json.RawMessage) json.RawMessage {
	if kind := jsonKind(raw); kind != "object" {
		s.refuse(invalid(path, "must be an object, not "+article(kind)))
		return raw
	}
	var compact bytes.Buffer
	if json.Compact(&compact, raw) != nil || compact.Len() > customBytesMax {
		s.refuse(errCustom)
	}
	return raw
}

// checkAPIFilters bounds what all regular expressions of a filter compile to: they are compiled when a token is looked
// up.
func checkAPIFilters(s *validation, path string, raw json.RawMessage) json.RawMessage {
	out := listOf(apiFiltersMax, checkAPIFilter)(s, path, raw)
	var list []struct {
		Endpoint string `json:"endpoint"`
		Type     string `json:"type"`
	}
	if json.Unmarshal(raw, &list) != nil {
		return out
	}
	size := 0
	for _, f := range list {
		if f.Type == "REGEXP" && len(f.Endpoint) <= apiEndpointMax {
			n, _ := PatternSize(f.Endpoint) // an invalid one has been refused
			size += n
		}
	}
	if size > PatternSizeMax {
		s.refuse(invalid(path, "has regular expressions that are too large when they are compiled"))
	}
	return out
}

// checkAPIFilter takes a path, with a star at most at its end, or a regular expression, whose time to match is linear.
func checkAPIFilter(s *validation, path string, raw json.RawMessage) json.RawMessage {
	out := object(shape{"endpoint": text(apiEndpointMax), "type": oneOf("STRING", "REGEXP")})(s, path, raw)
	var f struct {
		Endpoint string `json:"endpoint"`
		Type     string `json:"type"`
	}
	if json.Unmarshal(raw, &f) != nil || len(f.Endpoint) > apiEndpointMax {
		return out
	}
	switch {
	case f.Endpoint == "":
		s.refuse(invalid(path+".endpoint", "is required"))
	case f.Type == "":
		s.refuse(invalid(path+".type", "is required"))
	case f.Type == "REGEXP" && !compiles(f.Endpoint):
		s.refuse(invalid(path+".endpoint", "is no regular expression"))
	case f.Type == "STRING" && strings.Contains(strings.TrimSuffix(f.Endpoint, "*"), "*"):
		s.refuse(invalid(path+".endpoint", "may have * at its end only"))
	}
	return out
}

func compiles(expression string) bool {
	_, err := PatternSize(expression)
	return err == nil || errors.Is(err, ErrPatternSize) // refused with all of the filter
}

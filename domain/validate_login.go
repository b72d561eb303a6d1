package domain

import (
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"

	"tenure/access"
)

// Bounds of what employees log in with, in characters. Those of addresses are the protocol's.
const (
	loginMax     = 254
	localPartMax = 64
	labelMax     = 63
	userNameMin  = 8
	phoneMin     = 3
	phoneMax     = 20
	ipsMax       = 100
)

var (
	errEmailInvalid = &Rejection{Status: statusUnprocessable, Code: "emailAddress", Path: "emailAddress",
		Message: "The e-mail address is invalid"}
	errEmailTaken = &Rejection{Status: statusConflict, Code: "emailAddress", Path: "emailAddress",
		Message: "The e-mail address is used by another account"}
	errIPRestriction = &Rejection{Status: statusUnprocessable, Code: "ipRestriction", Path: "ipRestriction",
		Message: "IP address(es) not valid"}
)

// checkName leaves blank names to validateName, which sees missing ones too.
func checkName(s *validation, path string, raw json.RawMessage) json.RawMessage {
	if jsonKind(raw) == "string" {
		return text(nameMax)(s, path, raw)
	}
	return raw
}

// checkLoginName only takes spaces away: what a name must be depends on other properties (validateLogin).
func checkLoginName(_ *validation, _ string, raw json.RawMessage) json.RawMessage {
	if jsonKind(raw) != "string" {
		return raw
	}
	return quoted(composed(strings.TrimSpace(textOf(raw))))
}

// validateLogin: everybody who may log in has an e-mail address, or a user name where there is none, and it is nobody
// else's.
func (s *validation) validateLogin() {
	name, given := s.loginName()
	_, kindGiven := s.given["noEmail"]
	if !given && !(kindGiven && s.settable("noEmail")) && s.level == s.before.AccessLevel {
		return
	}
	needed := access.LevelOf(s.level) >= access.Personal || given && !isNull(s.given["emailAddress"])
	switch {
	case name == "":
		if needed {
			s.refuse(errEmailInvalid)
		}
	case !validLogin(name, s.noEmail()):
		s.refuse(errEmailInvalid)
	case given && s.LoginTaken:
		s.refuse(errEmailTaken)
	}
}

// loginName is the login name as it will be, and whether it is given.
func (s *validation) loginName() (name string, given bool) {
	raw, given := s.given["emailAddress"]
	if !given || !s.settable("emailAddress") {
		return s.before.Profile.Personal.Login, false
	}
	return composed(strings.TrimSpace(textOf(raw))), true
}

// noEmail reports whether the login name is a user name, as it will be.
func (s *validation) noEmail() bool {
	if raw, given := s.given["noEmail"]; given && s.settable("noEmail") {
		return string(raw) == "true"
	}
	return s.before.Profile.NoEmail
}

func validLogin(name string, isUserName bool) bool {
	switch {
	case !storableLogin(name):
		return false
	case isUserName:
		return utf8.RuneCountInString(name) >= userNameMin
	}
	return validEmail(name)
}

// storableLogin reports whether a text is short and plain enough to be looked for among login names.
func storableLogin(name string) bool {
	return utf8.RuneCountInString(name) <= loginMax &&
		!strings.ContainsFunc(name, func(r rune) bool { return unicode.IsSpace(r) }) &&
		isPlain(name)
}

// validEmail reports whether a text without spaces is an address as people have them: quoted local parts and addresses
// of machines are not.
func validEmail(address string) bool {
	at := strings.LastIndexByte(address, '@')
	if at < 1 || at > localPartMax {
		return false
	}
	local, host := address[:at], composed(address[at+1:])
	if strings.ContainsAny(local, `@"(),:;<>[\]`) || strings.HasPrefix(local, ".") || strings.HasSuffix(local, ".") ||
		strings.Contains(local, "..") {
		return false
	}
	labels := strings.Split(host, ".")
	for _, label := range labels {
		if !validLabel(label) {
			return false
		}
	}
	return len(labels) > 1 && strings.Trim(labels[len(labels)-1], "0123456789") != ""
}

// validLabel reports whether a text is a part of a host's name; letters of all scripts are.
func validLabel(label string) bool {
	if label == "" || len(label) > labelMax || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") {
		return false
	}
	return !strings.ContainsFunc(
		label,
		func(r rune) bool { return r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) },
	)
}

// checkPasswordHash ignores the password of an employee who logs in with an e-mail address: one is chosen by mail.
func checkPasswordHash(s *validation, path string, raw json.RawMessage) json.RawMessage {
	if protected(hashedForm, errPassword)(s, path, raw); !s.noEmail() {
		s.ignore("password")
		return nil
	}
	return raw
}

// checkPhoneNumber takes a number as people write it.
func checkPhoneNumber(s *validation, path string, raw json.RawMessage) json.RawMessage {
	if !isPhoneNumber(textOf(raw)) {
		s.refuse(invalid(path, "must be a phone number such as +4512345678"))
	}
	return raw
}

func isPhoneNumber(number string) bool {
	digits := strings.ReplaceAll(strings.TrimPrefix(number, "+"), " ", "")
	return len(digits) >= phoneMin && len(digits) <= phoneMax && strings.Trim(digits, "0123456789") == ""
}

// checkIPRestriction takes one or several addresses in one text, separated by commas.
func checkIPRestriction(s *validation, _ string, raw json.RawMessage) json.RawMessage {
	all := textOf(raw)
	if jsonKind(raw) == "string" && strings.TrimSpace(all) == "" {
		return json.RawMessage("null") // no restriction
	}
	list := strings.Split(all, ",")
	for _, address := range list {
		if address = strings.TrimSpace(address); !validIPv4(address) && !validIPv6(address) || len(list) > ipsMax {
			s.refuse(errIPRestriction)
			break
		}
	}
	return raw
}

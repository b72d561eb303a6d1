package domain

import "strings"

// validIPv4 reports whether a text is four numbers up to 255 with points between them. Leading zeros are refused: some
// read them as octal.
func validIPv4(text string) bool {
	parts := strings.Split(text, ".")
	for _, part := range parts {
		if part == "" || len(part) > 3 || len(part) > 1 && part[0] == '0' || strings.Trim(part, "0123456789") != "" ||
			len(part) == 3 && part > "255" {
			return false
		}
	}
	return len(parts) == 4
}

// ipv6Groups is how many groups of 16 bits an address has; an IPv4 address at its end stands for two.
const ipv6Groups = 8

// validIPv6 reports whether a text is an IPv6 address, without zone or prefix length.
func validIPv6(text string) bool {
	before, after, shortened := strings.Cut(text, "::")
	if !shortened {
		n, ok := ipv6Part(text, true)
		return ok && n == ipv6Groups
	}
	front, okFront := ipv6Part(before, false)
	back, okBack := ipv6Part(after, true)
	return okFront && okBack && front+back < ipv6Groups
}

// ipv6Part counts the groups of a part of an address; an empty part has none.
func ipv6Part(text string, mayEndInIPv4 bool) (groups int, ok bool) {
	if text == "" {
		return 0, true
	}
	parts := strings.Split(text, ":")
	for i, part := range parts {
		switch {
		case mayEndInIPv4 && i == len(parts)-1 && strings.Contains(part, "."):
			return groups + 2, validIPv4(part)
		case part == "" || len(part) > 4 || strings.Trim(part, "0123456789abcdefABCDEF") != "":
			return 0, false
		}
		groups++
	}
	return groups, true
}

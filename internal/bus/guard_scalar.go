package bus

const (
	// numberDigitsMax is 18 digits before the point and 6 after it, which is what
	// an amount may have.
	numberDigitsMax = 24
	// numberExponentMax keeps 1e400 and its like out: a decimal would take it
	// and then compute with a number of that many digits.
	numberExponentMax = 18
)

// escape reads a backslash and what belongs to it.
func (g *guard) escape() error {
	g.i++
	if g.i >= len(g.b) {
		return g.fail(ReasonNotJSON, "text must end")
	}
	switch g.b[g.i] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		g.i++
		return nil
	case 'u':
	default:
		return g.fail(ReasonNotJSON, "an unknown escape")
	}
	return g.code()
}

// code reads the u of an escape and its digits, of both halves where it is a surrogate pair.
func (g *guard) code() error {
	unit, ok := g.unit(g.i + 1)
	switch {
	case !ok:
		return g.fail(ReasonNotJSON, `\u must have four hexadecimal digits`)
	case unit == 0:
		return g.fail(ReasonBadText, `must not contain \u0000`)
	case unit < 0xd800 || unit > 0xdfff:
		g.i += 5
		return nil
	}
	low, ok := g.low(g.i + 5)
	if unit > 0xdbff || !ok || low < 0xdc00 || low > 0xdfff {
		return g.fail(ReasonBadText, "half of a surrogate pair")
	}
	g.i += 11
	return nil
}

// unit reads four hexadecimal digits.
func (g *guard) unit(at int) (unit uint32, ok bool) {
	if at+4 > len(g.b) {
		return 0, false
	}
	for _, c := range g.b[at : at+4] {
		switch {
		case '0' <= c && c <= '9':
			unit = unit<<4 | uint32(c-'0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			unit = unit<<4 | uint32(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return unit, true
}

func (g *guard) low(at int) (unit uint32, ok bool) {
	if at+2 > len(g.b) || g.b[at] != '\\' || g.b[at+1] != 'u' {
		return 0, false
	}
	return g.unit(at + 2)
}

// number reads a number and bounds its digits and its exponent.
func (g *guard) number() error {
	start := g.i
	g.ends('-')
	first := g.i
	digits := g.digits()
	if digits == 0 || digits > 1 && g.b[first] == '0' {
		g.i = start
		return g.fail(ReasonNotJSON, "a number must begin with one zero or another digit")
	}
	if g.ends('.') {
		decimals := g.digits()
		if decimals == 0 {
			return g.fail(ReasonNotJSON, "digits must follow the point")
		}
		digits += decimals
	}
	if digits > numberDigitsMax {
		return g.fail(ReasonBadNumber, "must have at most 24 digits")
	}
	return g.exponent()
}

func (g *guard) exponent() error {
	if !g.ends('e') && !g.ends('E') {
		return nil
	}
	if !g.ends('+') {
		g.ends('-')
	}
	start := g.i
	if g.digits() == 0 {
		return g.fail(ReasonNotJSON, "digits must follow the exponent")
	}
	exponent := 0
	for _, c := range g.b[start:g.i] {
		if exponent = exponent*10 + int(c-'0'); exponent > numberExponentMax {
			return g.fail(ReasonBadNumber, "must have an exponent of at most 18")
		}
	}
	return nil
}

func (g *guard) digits() int {
	start := g.i
	for g.i < len(g.b) && '0' <= g.b[g.i] && g.b[g.i] <= '9' {
		g.i++
	}
	return g.i - start
}

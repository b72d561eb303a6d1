package domain

// Warnings tells what a command that was accepted may not have meant, and what was ignored of it. It is asked before the
// command is decided.
func Warnings(s Subject, c Command, w World) []string {
	e, isEmployee := s.(*Employee)
	if !isEmployee {
		return nil
	}
	switch c := c.(type) {
	case CreateEmployee:
		if c.neverIgnored() {
			return nil
		}
		return warnIgnored(c.ready(w).prove(w).ignored)
	case UpdateEmployee:
		if c.neverIgnored() && !e.onlyHerself(w) && (c.Presence == nil && c.AutoPresence == nil) {
			return nil
		}
		proved, _ := c.prove(e, w)
		return warnIgnored(proved.ignored)
	case TerminateAddon:
		account := e.account(w.Policy)
		if on := c.on(w); on != 0 && account.InvoicedUntil(CanonicalID(c.ID)) == on {
			return []string{WarningLastDay}
		}
	}
	return nil
}

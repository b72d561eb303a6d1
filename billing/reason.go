package billing

// Why the engine made a line.
const (
	ReasonPeriod    = "PERIOD"          // a period, or part of one, at its terms
	ReasonCompletes = "COMPLETES"       // the rest of a segment that was partly billed
	ReasonOneOff    = "ONE_OFF"         // a product billed once
	ReasonEnded     = "ENDED"           // the service ended earlier than billed
	ReasonStart     = "START_MOVED"     // the service began later than billed
	ReasonProduct   = "PRODUCT_CHANGED" // another product holds on these days
	ReasonPayer     = "PAYER_CHANGED"   // another party pays for these days
	ReasonUnits     = "UNITS_CHANGED"   // other units hold on these days
	ReasonPrice     = "PRICE_CHANGED"   // another price holds on these days
	ReasonRounding  = "ROUNDING"        // the days stay, and are charged again
	ReasonVoided    = "VOIDED"          // a person took the line back
)

// reason says why days of a billed block are taken back.
func (e *engine) reason(sd *side, b *Block, p Period) string {
	for i := range sd.spans {
		if s := &sd.spans[i]; s.Contains(p.From) {
			return e.change(b, s)
		}
	}
	for i := range sd.services {
		sv := &sd.services[i]
		switch {
		case sv.cover.Contains(p.From) && sv.product != b.Product:
			return ReasonProduct
		case sv.cover.Contains(p.From):
			return ReasonUnits // none any more, or a price of 0 that makes no line
		case p.From < sv.From && b.From >= sv.after:
			return e.before(sv, i)
		}
	}
	return ReasonEnded
}

// before says why days before a service are not served any more.
func (e *engine) before(sv *service, place int) string {
	if place == 0 || sv.after != 0 {
		return ReasonStart
	}
	return ReasonEnded
}

// change says what the desired terms of days have that a billed block has not.
func (e *engine) change(b *Block, s *span) string {
	switch {
	case s.sv.product != b.Product:
		return ReasonProduct
	case s.payer != b.BillTo:
		return ReasonPayer
	case s.units != b.Units:
		return ReasonUnits
	case e.agrees(b, s):
		return ReasonRounding
	default:
		return ReasonPrice
	}
}

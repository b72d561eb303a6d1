package billing

// Why the engine made a line.
const (
	ReasonPeriod    = "PERIOD"          // a period, or part of one, at its terms
	ReasonCompletes = "COMPLETES"       // the rest of a segment that was partly billed
	ReasonOneOff    = "ONE_OFF"         // a product billed once
	ReasonEnded     = "ENDED"           // the service ended earlier than billed
	ReasonStart     = "START_MOVED"     // the service began later than billed
	ReasonProduct   = "PRODUCT_CHANGED" // another product holds on these days
	ReasonPayer     = "PAYER_CHANGED"   // somebody else pays for these days
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
	if p.From < sd.source.Start {
		return ReasonStart
	}
	if end := e.end(sd.source); end != 0 && p.From >= end {
		return ReasonEnded
	}
	return ReasonUnits
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

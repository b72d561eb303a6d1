package billing

import "testing"

// Rule 30: what was given back of a line is not given back again, also where a later end has days charged again.
func TestRule30_ACompletingChargeTakesBackNoMoreThanIsLeft(t *testing.T) {
	t.Parallel()
	play(t, `
product Q QUARTERLY 100.00
addon A1 Q from 2024-01-01
run 2024-01-01
  CHARGE A1 Q to C1, 2024-01-01 to 2024-03-31: 1 × 100.00 × 3 = 300.00
credit A1 2024-01-01 210.00
terminate A1 2024-02-01
run 2024-02-01
  CREDIT A1 Q to C1, 2024-02-01 to 2024-03-31: −(1 × 100.00 × 2, billed 90.00 − kept 0.00) = -90.00
terminate A1 2024-03-01
run 2024-02-02
  CHARGE A1 Q to C1, 2024-02-01 to 2024-02-29: 1 × 100.00 × 1, whole 200.00 − billed 200.00 = 0.00
run 2024-03-01
  nothing
`)
}

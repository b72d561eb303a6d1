package audit_test

func init() {
	for name, row := range map[string]planted{
		"totals with a line too many": {"run-lines", "run r in shard 1, document d: totals say 2 lines of 10, the log has " +
			"1 of 10.00", []string{
			"UPDATE run_totals SET lines = 2 WHERE shard = 1"}},
		"totals of another amount": {"run-lines", "run r in shard 1, document d: totals say 1 lines of 11, the log has 1 " +
			"of 10.00", []string{
			"UPDATE run_totals SET amount = 11 WHERE shard = 1"}},
		"totals of other lines of the same amount": {"run-lines", "run r in shard 1, document d: totals say 1 lines of " +
			"10, the log has 1 of 10.00, other ones", []string{
			"UPDATE run_totals SET hash = ~hash WHERE shard = 1"}},
		"totals lost": {"run-lines", "run r in shard 1, document d: totals say 0 lines of 0, the log has 1 of 10.00",
			[]string{
				"DELETE FROM run_totals WHERE shard = 1"}},
		"totals of nothing": {"run-lines", "run r in shard 1, document x: totals say 1 lines of 10, the log has 0 of 0",
			[]string{
				"UPDATE run_totals SET document_ref = 'x' WHERE shard = 1"}},
		"run.completed with another amount": {"run-completed", "run r, CUSTOMER DKK: run.completed says 2 lines of 20.00, " +
			"its totals 2 of 21", []string{
			"UPDATE run_totals SET amount = 11 WHERE shard = 1"}},
		"run.completed with other lines": {"run-completed", "run r, CUSTOMER DKK: run.completed says 2 lines of 20.00, " +
			"its totals 2 of 20, other ones", []string{
			"UPDATE run_totals SET hash = ~hash WHERE shard = 1"}},
		"run.completed without a ledger": {"run-completed", "run r, RESELLER DKK: run.completed says 0 lines of 0, its " +
			"totals 1 of 10", []string{
			"UPDATE run_totals SET ledger = 'RESELLER' WHERE shard = 1"}},
		"a shard that counted otherwise": {"run-shard-completed", "run r in shard 1: the fact says 2 examined, 1 billed, " +
			"1 not; the shard counted 5, 4, 1", []string{
			"UPDATE run_shards SET examined = 5, billed = 4 WHERE shard = 1"}},
		"a shard's part lost": {"run-shard-completed", "run r in shard 1: the fact says 2 examined, 1 billed, 1 not; the " +
			"shard counted 0, 0, 0", []string{
			"DELETE FROM run_shards WHERE shard = 1"}},
		"a document of another amount": {"documents-issued", "document d says 2 lines of 20.00, runs billed 2 of 30",
			[]string{
				"UPDATE run_totals SET amount = 20 WHERE shard = 1"}},
		"a document of other lines": {"documents-issued", "document d says 2 lines of 20.00, runs billed 2 of 20, other ones",
			[]string{
				"UPDATE run_totals SET hash = ~hash WHERE shard = 1"}},
		"an invoice that is a credit": {"documents-issued", "document d says 2 lines of 20.00, runs billed 2 of -20, " +
			"other ones", []string{
			"UPDATE run_totals SET amount = -amount"}},
		"a document of nothing": {"documents-issued", "document d says 2 lines of 20.00, runs billed 0 of 0", []string{
			"UPDATE run_totals SET document_ref = 'x'"}},
		"a line lost from the read model": {"lines-kept", "run r, document d: totals say 2 lines of 20, the table of " +
			"lines has 1 of 10", []string{
			"DELETE FROM lines WHERE shard = 1"}},
		"a line changed in the read model": {"lines-kept", "run r, document d: totals say 2 lines of 20, the table of " +
			"lines has 2 of 20, other ones", []string{
			"UPDATE lines SET ids = ARRAY['00000000-0000-0000-0000-00000000000f'::uuid] WHERE shard = 1"}},
		"all lines of a run lost from the read model": {"lines-kept", "run r, document d: totals say 2 lines of 20, the " +
			"table of lines has 0 of 0", []string{
			"DELETE FROM lines"}},
		"a document lost from the read model": {"documents-kept", "document d is issued and not in the table of documents",
			[]string{
				"DELETE FROM documents"}},
		"a document that nobody issued": {"documents-kept", "document x is in the table of documents and was not issued",
			[]string{
				"UPDATE documents SET document_ref = 'x'"}},
		"a document changed in the read model": {"documents-kept", "document d is 20.00 in the log and 21 in the table",
			[]string{
				"UPDATE documents SET total = 21"}},
		"a day billed twice": {"days-once", "employee a, source s, CUSTOMER: 2026-04-20 is billed 2 times", []string{
			another("CHARGE", "2026-04-20", "2026-05-20")}},
		"a day taken back that was not billed": {"days-once", "employee a, source s, CUSTOMER: 2026-05-01 is billed -1 times",
			[]string{another("CREDIT", "2026-04-20", "2026-05-03")}},
		"deleted with an extension": {"deleted-clean", "stream employee/a is deleted and has 1 extensions and 0 MVNO " +
			"accounts", []string{
			`UPDATE subjects SET state = '{"st":"DELETED","ext":[{"ID":"x"}]}' WHERE stream = 'employee/a'`}},
		"deleted before its time": {"deleted-early", "stream employee/a was deleted at 2026-04-01 12:00:00+00, its " +
			"instant is 2026-04-30 20:00:00+00", []string{
			`UPDATE subjects SET state = '{"st":"DELETED","del":{"at":"2026-04-30T20:00:00Z"}}' WHERE stream = 'employee/a'`,
			`UPDATE events SET type = 'employee.deleted.v1' WHERE shard = 1 AND pos = 4`}},
		"forgotten by time": {"overdue", "stream run/r is due since 2026-04-01 10:00:00+00, its shard is at 2026-04-01 " +
			"12:00:00+00", []string{
			`UPDATE subjects SET next_due = '2026-04-01T10:00:00Z' WHERE stream = 'run/r'`}},
		"a login name of nobody": {"logins", "a name is reserved for employee/z, which does not have it: no other " +
			"can take it", []string{
			`INSERT INTO logins VALUES ('z', 'employee/z')`}},
		"a login name that is not reserved": {"logins", "a name is reserved for employee/a by a state only: another " +
			"may take it", []string{
			`DELETE FROM logins WHERE name = 'employee/a'`}},
	} {
		offences[name] = row
	}
}

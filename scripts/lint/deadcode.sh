#!/usr/bin/env bash
# Fails on functions that neither the program nor an example reaches, except those that deadcode.txt excuses, and on an
# excuse that excuses nothing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
excused=$(sed -e 's/#.*//' -e 's/[[:space:]]*$//' -e '/^$/d' scripts/lint/deadcode.txt | sort)
found=$(go tool deadcode ./cmd/tenure ./examples/... | sed -E 's/^([^:]+):[0-9]+:[0-9]+: unreachable func: (.*)$/\1: \2/' | sort)
status=0
while read -r dead; do
	[ -n "$dead" ] || continue
	echo "nothing reaches $dead: remove it, or move it to the tests that call it"
	status=1
done < <(comm -13 <(echo "$excused") <(echo "$found"))
while read -r excuse; do
	[ -n "$excuse" ] || continue
	echo "scripts/lint/deadcode.txt excuses $excuse, which is gone or reached: remove the line"
	status=1
done < <(comm -23 <(echo "$excused") <(echo "$found"))
exit $status

#!/usr/bin/env bash
# Fails on what gosec finds, except what gosec.txt excuses with a reason, and on an excuse that excuses nothing. gosec has
# many dependencies: it is pinned in a separate module, and left out, aloud, where it cannot be fetched.
# G115 (conversions of integers) is not asked for: it does not see bounds that are checked elsewhere.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if ! go build -C scripts/lint/gosec -o "$work/gosec" github.com/securego/gosec/v2/cmd/gosec 2>"$work/log"; then
	if grep -qE 'dial tcp|no such host|i/o timeout|connection refused|module lookup disabled|proxy' "$work/log"; then
		echo "gosec cannot be fetched here, and does not run:"
		tail -n 3 "$work/log"
		exit 0
	fi
	cat "$work/log" >&2
	exit 1
fi
code=0
"$work/gosec" -quiet -fmt=golint -exclude-generated -exclude-dir=internal/test -exclude-dir=.cache -exclude=G115 ./... >"$work/found" 2>"$work/log" || code=$?
if [ "$code" -gt 1 ]; then
	cat "$work/log" >&2
	exit 1
fi
found=$(sed -nE "s#^$PWD/##; s#^([^:]+):[0-9]+:[0-9]+: \\[CWE-[0-9]+\\] .*\\(Rule:(G[0-9]+).*#\\2 \\1#p" "$work/found" | sort -u)
excused=$(sed -e 's/#.*//' -e 's/[[:space:]]*$//' -e '/^$/d' scripts/lint/gosec.txt | sort -u)
status=0
while read -r one; do
	[ -n "$one" ] || continue
	echo "gosec finds $one: mend it, or excuse it with a reason in scripts/lint/gosec.txt"
	grep -F "${one#* }:" "$work/found" | grep -F "${one%% *}" | head -n 3
	status=1
done < <(comm -13 <(echo "$excused") <(echo "$found"))
while read -r excuse; do
	[ -n "$excuse" ] || continue
	echo "scripts/lint/gosec.txt excuses $excuse, which is not found any more: remove the line"
	status=1
done < <(comm -23 <(echo "$excused") <(echo "$found"))
exit $status

#!/usr/bin/env bash
# Prints the path of axe.min.js, the accessibility checker that the console's test runs in a browser; fetches it from npm into
# the directory that is given, once. Prints nothing where npm or the registry cannot be had.
set -euo pipefail
dir=$1 version=4.10.3
file=$dir/axe-core-$version.min.js
if [ ! -s "$file" ]; then
	mkdir -p "$dir"
	command -v npm >/dev/null || exit 0
	fetched=$(mktemp -d)
	trap 'rm -rf "$fetched"' EXIT
	(cd "$fetched" && npm pack --silent "axe-core@$version" >/dev/null 2>&1 && tar xzf axe-core-*.tgz) || exit 0
	mv "$fetched/package/axe.min.js" "$file"
fi
realpath "$file"

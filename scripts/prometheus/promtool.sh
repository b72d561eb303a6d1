#!/usr/bin/env bash
# Prints the path of promtool: the one that is installed, or that of Debian's package "prometheus", unpacked into DIR without being
# installed, so that no server starts. Prints nothing where neither can be had.
#   scripts/prometheus/promtool.sh DIR
set -euo pipefail
dir=$1
if command -v promtool; then exit 0; fi
if [ ! -x "$dir/usr/bin/promtool" ]; then
	command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || exit 0
	mkdir -p "$dir" && cd "$dir"
	apt-get download -qq prometheus >/dev/null 2>&1 || { apt-get update -qq && apt-get download -qq prometheus; } >/dev/null 2>&1 || exit 0
	dpkg-deb -x prometheus_*.deb . && rm prometheus_*.deb
	cd - >/dev/null
fi
echo "$dir/usr/bin/promtool"

# Everything here works on a fresh machine with Go, as root or not, without Docker. Each target is what CI runs.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# A home that cannot be written (or none) still has a place for Go's caches.
ifeq ($(shell test -n "$$HOME" && test -w "$$HOME" && echo yes),)
export HOME := $(CURDIR)/.cache/home
endif

# Three packages at a time and four tests of each, since most wait for a database and a broker of their own. The packages
# that take longest come first, so that none of them is the last alone. Some 70 programs are linked: without tables for a
# debugger that takes a third less, and make vet looks at all of them once. Go's own bound of ten minutes a package does
# not hold beside a load of 20.
GO_TEST := go test -p 3 -parallel 4 -vet=off -timeout 30m -ldflags='-s -w'
LONG := ./cmd/tenure ./internal/worker ./internal/test/... ./internal/node ./internal/rebuild ./billing
# Where what tests write lies: in memory, where there is room and programs may be started from it. Most of what a private
# server of a test costs is making a thousand files, and on a disk that was a twelfth of the processor time of all tests.
MEMORY := $(shell [ "$$(df -k --output=avail /dev/shm 2>/dev/null | tail -1)" -gt 8000000 ] 2>/dev/null && \
	! grep -qs '^[^ ]* /dev/shm [^ ]* [^ ]*noexec' /proc/mounts && echo /dev/shm || echo "$${TMPDIR:-/tmp}")
# The tests on this machine alone.
ALONE := env -u TENURE_KAFKA_BROKERS -u TENURE_POSTGRES_DSN TMPDIR=$(MEMORY)
BIN := bin/tenure
# Told to the linker, since Go itself fails where git distrusts the folder's owner.
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
SOURCES := $(shell find . -name '*.go' -not -path './.cache/*') $(wildcard migrations/*.sql) go.mod go.sum

# The packages whose tests run on the broker that TENURE_KAFKA_BROKERS names. One at a time: some share its topics.
ON_KAFKA := ./internal/bus/... ./internal/embedded/... ./internal/feed/... ./internal/replay/... ./internal/worker/... ./internal/test/scenario/... ./internal/node/... \
	./internal/test/faults/...
KAFKA_DIR := .cache/kafka
FAULTS := ./internal/test/faults
SIMULATION := ./internal/test/simulation
SEEDS := 1000
# Which seeds passed, so that another start goes on behind them.
NOTES := .cache/simulation

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: $(BIN) ## build bin/tenure

$(BIN): $(SOURCES)
	@mkdir -p bin
	CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "-X main.release=$(VERSION)" -o $(BIN) ./cmd/tenure

.PHONY: demo
demo: build ## a sample company through a month end, with everything embedded
	@$(BIN) demo

.PHONY: test
test: vet ## all tests, on embedded Kafka and PostgreSQL
	$(ALONE) $(GO_TEST) $(LONG) ./...

.PHONY: test-race
test-race: ## the same with the race detector (needs a C compiler)
	$(ALONE) CGO_ENABLED=1 $(GO_TEST) -race -timeout 30m ./...

.PHONY: test-long
test-long: ## the same with thousands of random histories
	$(ALONE) TENURE_LONG=1 $(GO_TEST) -timeout 60m ./...

.PHONY: test-kafka
test-kafka: ## the integration tests on Apache Kafka: TENURE_KAFKA_BROKERS, or one that is started for it (needs Java 17)
	@if [ -n "$${TENURE_KAFKA_BROKERS:-}" ]; then brokers=$$TENURE_KAFKA_BROKERS; else \
		mkdir -p $(KAFKA_DIR); \
		trap 'scripts/kafka/kafka.sh stop $(KAFKA_DIR); rm -rf $(KAFKA_DIR)' EXIT; \
		brokers=$$(scripts/kafka/kafka.sh start $(KAFKA_DIR)); \
		export TENURE_KAFKA_SCRAM=$$(scripts/kafka/kafka.sh scram $(KAFKA_DIR)); \
	fi; \
	echo "Apache Kafka on $$brokers"; \
	env -u TENURE_POSTGRES_DSN TENURE_KAFKA_BROKERS=$$brokers go test -p 1 -count=1 -timeout 15m $(ON_KAFKA)

.PHONY: test-kafka-cluster
test-kafka-cluster: ## elections, dead and hanging nodes on three nodes of Apache Kafka (needs Java 17)
	@if ! scripts/kafka/kafka.sh fetch; then echo "skipped: Apache Kafka cannot be had here"; exit 0; fi; \
	mkdir -p $(KAFKA_DIR)3; \
	trap 'scripts/kafka/kafka.sh kill $(KAFKA_DIR)3; rm -rf $(KAFKA_DIR)3' EXIT; \
	addresses=$$(scripts/kafka/kafka.sh cluster $(KAFKA_DIR)3) || exit 1; \
	echo "Apache Kafka on $$addresses"; \
	env -u TENURE_POSTGRES_DSN TENURE_KAFKA_CLUSTER=$(abspath $(KAFKA_DIR)3) \
		go test -count=1 -v -timeout 40m ./internal/test/threenodes | grep --line-buffered -v '^==='

ON_CITUS := ./internal/store ./internal/feed ./internal/relay ./internal/worker ./internal/runs ./internal/rebuild ./internal/audit ./internal/replay \
	./internal/test/scenario ./internal/status ./internal/catalog ./internal/clock ./internal/export ./internal/activity \
	./internal/reconcile ./internal/command ./projections ./cmd/tenure

.PHONY: test-citus
test-citus: ## the tests of the log on a Citus cluster: TENURE_CITUS_DSN, or a coordinator and two nodes that are started for it
	@if [ -n "$${TENURE_CITUS_DSN:-}" ]; then dsn=$$TENURE_CITUS_DSN; else \
		scripts/citus/cluster.sh found || { echo "test-citus: left out"; exit 0; }; \
		dir=$$(mktemp -d -p $(MEMORY)); chmod 755 $$dir; \
		trap 'scripts/citus/cluster.sh stop '$$dir'; rm -rf '$$dir EXIT; \
		dsn=$$(scripts/citus/cluster.sh start $$dir); \
		export TENURE_CITUS_DIR=$$dir; \
	fi; \
	echo "Citus on $$dsn"; \
	env -u TENURE_POSTGRES_DSN -u TENURE_KAFKA_BROKERS TENURE_CITUS_DSN=$$dsn go test -p 1 -parallel 4 -count=1 -timeout 60m $(ON_CITUS); \
	env -u TENURE_POSTGRES_DSN -u TENURE_KAFKA_BROKERS TENURE_CITUS_DSN=$$dsn \
		TMPDIR=$(MEMORY) \
		go test -p 1 -count=1 -timeout 60m -run TestCluster_ ./internal/test/faults

.PHONY: test-faults
test-faults: ## every fault, embedded and on an Apache Kafka of its own: the seed is printed, TENURE_SEED=N sets it
	env -u TENURE_KAFKA_BROKERS -u TENURE_POSTGRES_DSN TENURE_SIMULATIONS=$(SEEDS) TENURE_SIMULATION_NOTES=$(abspath $(NOTES)) \
		go test -count=1 -v -timeout 240m $(SIMULATION) | grep --line-buffered -v '^==='
	env -u TENURE_KAFKA_BROKERS -u TENURE_POSTGRES_DSN TENURE_FAULTS=all go test -count=1 -v -timeout 60m $(FAULTS) | grep --line-buffered -v '^==='
	@mkdir -p $(KAFKA_DIR); \
	trap 'scripts/kafka/kafka.sh stop $(KAFKA_DIR); rm -rf $(KAFKA_DIR)' EXIT; \
	brokers=$$(scripts/kafka/kafka.sh start $(KAFKA_DIR)); \
	echo "Apache Kafka on $$brokers"; \
	env -u TENURE_POSTGRES_DSN TENURE_FAULTS=all TENURE_KAFKA_BROKERS=$$brokers TENURE_KAFKA_DIR=$(abspath $(KAFKA_DIR)) \
		go test -count=1 -v -parallel 1 -timeout 90m $(FAULTS) | grep --line-buffered -v '^==='

.PHONY: test-console
test-console: chromium ## the console in a real browser, looked at by axe-core (Chromium by apt-get, axe-core by npm)
	TENURE_AXE=$$(scripts/console/axe.sh .cache/axe) go test -count=1 -run Browser -v ./internal/console | grep -v '^==='

.PHONY: pictures
pictures: chromium ## pictures of the console's pages, for docs/console.md
	rm -rf docs/pictures && mkdir -p docs/pictures
	TENURE_PICTURES=$(abspath docs/pictures) go test -count=1 -run Browser ./internal/console
	cd docs/pictures && ls | grep -vxE '(tonight|run|employee|flow|tonight-phone)\.png' | xargs rm -f

# Installs Chromium where it is missing and can be had; the test is skipped where it cannot.
.PHONY: chromium
chromium:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
		{ command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ] && apt-get update -qq && \
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; } || \
		echo "Chromium cannot be installed here: the test in a browser is skipped"

.PHONY: promtool
promtool: ## let every alerting rule fire (promtool of Debian's package prometheus; skipped where it cannot be had)
	@tool=$$(scripts/prometheus/promtool.sh .cache/prometheus); \
	if [ -z "$$tool" ]; then echo "promtool cannot be had here: the alerting rules are not played"; else \
		"$$tool" check rules deploy/prometheus/alerts.yaml; \
		"$$tool" test rules deploy/prometheus/alerts_test.yaml; fi

.PHONY: helm
helm: ## lint and render the Helm chart (go install helm.sh/helm/v3/cmd/helm@v3.16.4; skipped where it is not installed)
	@tool=$$(command -v helm || echo "$$(go env GOPATH)/bin/helm"); \
	if [ ! -x "$$tool" ]; then echo "helm is not installed: its chart is rendered by a Go test only"; else \
		"$$tool" lint --strict deploy/helm/tenure && \
		for set in "" "--set podMonitor.enabled=true" "--set networkPolicy.enabled=false"; do \
			"$$tool" template tenure deploy/helm/tenure --kube-version 1.30 $$set >/dev/null || exit 1; \
		done; fi

.PHONY: bench
bench: build ## measure speed on this machine, each figure beside a baseline: a table, and bench/now.json
	$(BIN) bench --write bench/now.json
	go test ./api -run '^$$' -bench GetEmployee -benchtime 60000x
	go test ./api -run '^$$' -bench 'Directory|CallGear|Filter' -benchtime 5000x

.PHONY: bench-nightly
bench-nightly: build ## a night of 1 000 000 employees: bench/nightly.json
	$(BIN) bench --scenario night --employees 1000000 --write bench/nightly.json

.PHONY: bench-night
bench-night: build ## a night of 20 000 employees: bench/night.json, with which CI compares
	$(BIN) bench --scenario night --employees 20000 --write bench/night.json

.PHONY: bench-console
bench-console: ## every page of the console at 1 000 000 employees, before, during and after a run: each within 100 ms (5 GB)
	TENURE_CONSOLE_EMPLOYEES=1000000 go test -count=1 -timeout 60m -v -run PagesOfMany ./internal/console

.PHONY: vet
vet: ## what the compiler's friends find, and formatting
	go vet ./...
	@unformatted=$$(gofmt -l $$(git ls-files '*.go' 2>/dev/null || find . -name '*.go')); \
	if [ -n "$$unformatted" ]; then echo "not formatted, run gofmt -w on:"; echo "$$unformatted"; exit 1; fi

.PHONY: lint
lint: vet ## vet, staticcheck, errcheck, deadcode, and the architecture rules
	go tool staticcheck ./...
	go tool errcheck -exclude scripts/lint/errcheck.txt ./...
	scripts/lint/deadcode.sh
	go test ./internal/test/architecture

.PHONY: lint-security
lint-security: ## gosec, pinned in a separate module; scripts/lint/gosec.txt has what is no fault, and why
	scripts/lint/gosec.sh

PLATFORMS := linux/amd64 linux/arm64 darwin/arm64

.PHONY: release
release: ## dist/: a binary for each platform, their modules (SBOM), licences (NOTICE) and checksums
	rm -rf dist && mkdir -p dist
	@for platform in $(PLATFORMS); do \
		os=$${platform%/*}; arch=$${platform#*/}; echo "tenure-$$os-$$arch"; \
		CGO_ENABLED=0 GOOS=$$os GOARCH=$$arch go build -trimpath -buildvcs=false -ldflags "-s -w -X main.release=$(VERSION)" \
			-o dist/tenure-$$os-$$arch ./cmd/tenure; \
	done
	go run ./scripts/release -binary dist/tenure-linux-amd64 -version $(VERSION) -out dist
	cd dist && sha256sum * > SHA256SUMS

.PHONY: clean
clean: ## remove what was built and fetched into this folder
	@if [ -d .cache ]; then chmod -R u+w .cache; fi # Go keeps fetched modules read-only
	rm -rf bin .cache dist

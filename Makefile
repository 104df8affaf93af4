# Beatplan. "make help" lists what there is to say.
SHELL := /bin/bash
.DEFAULT_GOAL := help

DATA    ?= var
LISTEN  ?= 127.0.0.1:8080
LINT    := .bin/golangci-lint
LINT_VERSION := v2.15.0
WEB_SRC := $(shell find web -path web/node_modules -prune -o -path web/dist -prune -o \
             -path web/e2e -prune -o -type f -print 2>/dev/null)
# The demo's extract: the state of Delaware, from the module that reads OSM files.
EXTRACT ?= $(shell go list -m -f '{{.Dir}}' github.com/paulmach/osm 2>/dev/null)/testdata/delaware-latest.osm.pbf

.PHONY: help run build test check bench bench-% bench-page bless features licences clean \
        install install-test go-test web-test e2e lint

help: ## this list
	@awk -F':.*## ' '/^[a-z%-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: install build ## install what is missing, build, start the demo on http://127.0.0.1:8080
	@exec ./.bin/beatplan demo --data $(DATA) --listen $(LISTEN) --osm "$(EXTRACT)"

install: ## the system packages that the program needs (PostgreSQL with PostGIS)
	@.ci/install run

install-test:
	@.ci/install test

build: web/dist/index.html ## the one binary, .bin/beatplan, with the web app inside
	@mkdir -p .bin
	@go build -o .bin/beatplan ./cmd/beatplan

web/node_modules/.ready: web/package-lock.json
	@cd web && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

web/dist/index.html: web/node_modules/.ready $(WEB_SRC)
	@cd web && npm run --silent build
	@touch web/dist/.gitkeep $@

test: install-test build ## every test: Go, web, and the browser against the real binary
	@.ci/test

go-test:
	@go test ./...

web-test: web/node_modules/.ready ## types, lint and unit tests of the web app
	@cd web && npm run --silent types && npm run --silent lint && npm run --silent test

e2e: install-test build ## the walk in headless Chromium against the real binary
	@cd web && node --test --test-concurrency=1 --test-timeout=600000 e2e/*.test.mjs

$(LINT):
	@GOBIN=$(CURDIR)/.bin go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)

lint: $(LINT)
	@$(LINT) run ./...

check: web/node_modules/.ready lint ## fast: format, vet, lint, house rules, short unit tests, web types
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); exit 1; }
	@go vet ./...
	@go test -short ./...
	@cd web && npm run --silent types && npm run --silent lint

bench: bench-crm bench-road bench-vrp bench-tiles bench-visits bench-territory bench-live bench-phone ## all figures, printed as "name value unit" (QUICK=1: minutes)

bench-phone: install-test build ## the phone's first screen on slow 4G with a slow processor, in headless Chromium
	@cd web && node e2e/phone.bench.mjs

bench-%: build ## the figures of one part: crm, road, vrp, tiles, visits, territory, live
	@BEATPLAN_OSM="$(EXTRACT)" ./.bin/beatplan bench $* $(if $(QUICK),--quick)

bench-page: install-test build ## the page with 100,000 customers panned and zoomed in Chromium, and a city's view cold
	@node web/e2e/page.bench.mjs
	@node web/e2e/city.bench.mjs

bless: ## record the golden files anew (OpenAPI and its web types)
	@go test $$(git grep -l 'flag.Bool("update"' -- "*_test.go" | xargs -n1 dirname | sort -u | sed "s|^|./|") \
		-run Golden -update
	@cd web && npm run --silent gen

features: ## which capabilities have a passing acceptance test; writes docs/FEATURES.md
	@go run ./internal/features

licences: web/node_modules/.ready ## third-party notices, into THIRD_PARTY.md of the build folder
	@go run ./internal/licences > .bin/THIRD_PARTY.md && echo ".bin/THIRD_PARTY.md"

clean: ## remove what was built (the demo's data in var/ stays)
	@rm -rf .bin web/dist/* web/node_modules

# What a developer does with Portico. Needs Go and, for the race detector, gcc.

# Wire is called by name: the directive that it leaves in wire_gen.go would put
# what it is built from into the product's go.mod.
GENERATE := go generate -run oapi-codegen ./... && .bin/wire gen ./bootstrap/...
VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
COMMIT   := $(shell git rev-parse HEAD 2>/dev/null)
TOOLS    := .bin/wire .bin/oapi-codegen .bin/golangci-lint

.PHONY: help
help: ## show this list (the default)
	@if [ -t 1 ]; then name='\033[36m'; plain='\033[0m'; fi; \
	awk -F ':.*## ' -v name="$$name" -v plain="$$plain" \
		'/^[a-z-]+:.*## / { printf "  %s%-16s%s %s\n", name, $$1, plain, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: build ## start the box office on http://localhost:8080, data in ./data
	@bin/portico run

.PHONY: build
build: ## make bin/portico
	go build -ldflags '-X main.version=$(VERSION) -X main.commit=$(COMMIT)' -o bin/portico ./cmd/portico

.PHONY: images
images: ## prepare the servers that the tests use, see docs/testing.md
	@go run ./tests/integration/images/prepare

# The servers are removed also when a test fails or the run is interrupted.
.PHONY: test
test: images ## run every test, with the race detector, on real servers
	@trap 'go run ./tests/integration/servers/remove' EXIT; trap 'exit 130' INT TERM; \
	go test -race -count=1 -timeout 40m -p 3 -parallel 4 ./...

.PHONY: bench
bench: images ## compare holds, relay and reads with what bounds them, see docs/performance.md
	@trap 'go run ./tests/integration/servers/remove' EXIT; trap 'exit 130' INT TERM; \
	go run ./tests/load $(BENCH)

.PHONY: costs
costs: ## measure the most that one request can cost, see docs/performance.md
	@go run ./tests/costs $(COSTS)

.PHONY: attack
attack: ## send costly requests for a minute and measure what others notice
	go test -count=1 -v -run TestCostlyRequestsOfOneCallerLeaveMemoryForOthers ./tests/e2e -attack 1m

.PHONY: test-short
test-short: ## run the tests that need a minute together and no Docker
	go test -short -p 6 -parallel 8 ./...

.PHONY: fork
fork: ## make a service of your own, such as make fork MODULE=example.org/rooms NAME=rooms DIR=../rooms
	@go run ./tools/fork $(if $(MODULE),--module $(MODULE)) $(if $(NAME),--name $(NAME)) $(FORK) $(DIR)

.PHONY: upstream
upstream: ## in a fork, take later changes of the template
	@go run ./tools/fork upstream $(FROM)

.PHONY: check-fork
check-fork: ## fork the last commit into a temporary folder, and run the short tests there
	@folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; \
	export GIT_AUTHOR_NAME=check GIT_AUTHOR_EMAIL=check@example.com GIT_COMMITTER_NAME=check GIT_COMMITTER_EMAIL=check@example.com; \
	go run ./tools/fork --module example.org/checked --name checked --keep-box-office "$$folder/checked" && \
	cd "$$folder/checked" && go vet ./... && $(MAKE) check-docs test-short

REQUESTS ?= 300000
SEED     ?= 0

.PHONY: fuzz
fuzz: ## send many random requests, see docs/testing.md
	go test -count=1 -timeout 0 -v -run '^TestRandomRequestsKeepTheContract$$' ./tests/e2e -requests $(REQUESTS) -seed $(SEED)

.PHONY: lint
lint: .bin/golangci-lint ## look for what .golangci.yml forbids
	.bin/golangci-lint run ./...

.PHONY: format
format: .bin/golangci-lint ## format the code and group its imports
	.bin/golangci-lint fmt ./...

.PHONY: generate
generate: .bin/wire .bin/oapi-codegen ## generate code again
	$(GENERATE)

# The checksums of all generated files, those not yet committed included.
generated = find . -name '*.go' ! -path './.*/*' ! -path '*/testdata/*' \
	-exec grep -l '^// Code generated .* DO NOT EDIT\.$$' {} + | sort | xargs cksum

.PHONY: check-generated
check-generated: .bin/wire .bin/oapi-codegen ## fail if generated code is out of date
	@before=$$($(generated)); { $(GENERATE); } && after=$$($(generated)) || exit 1; \
	stale=$$(printf '%s\n' "$$before" "$$after" | sort | uniq -u | awk '{ print "  " $$3 }' | sort -u); \
	if [ -n "$$stale" ]; then \
		printf 'Generated code was out of date. It was generated again; commit it:\n%s\n' "$$stale" >&2; exit 1; \
	fi

.PHONY: check-docs
check-docs: ## fail if a document names a file, target or setting that does not exist
	go test -count=1 ./tests/documents

.PHONY: clean
clean: ## remove what make built; data stays
	rm -rf bin .bin

# The tools are pinned in a module of their own, and built when a pin changes.
.bin/wire:          package = github.com/google/wire/cmd/wire
.bin/oapi-codegen:  package = github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen
.bin/golangci-lint: package = github.com/golangci/golangci-lint/v2/cmd/golangci-lint
$(TOOLS): tools/pinned/go.sum
	cd tools/pinned && go build -o ../../$@ $(package)

# make run    builds a small collector, otelcol-hostprobe-start, and shows this host with it
# make build  builds the whole collector, otelcol-hostprobe
# make test   runs all tests that need nothing but Go and a C compiler
# make check  is what must pass before a change lands

# Go stamps no version control state into binaries: the version is that of builder-config.yaml.
export GOFLAGS := $(GOFLAGS) -buildvcs=false

# What make run starts. config/snapshot.yaml writes documents to a file.
CONFIG   ?= config/host.yaml
TOOLS    := $(CURDIR)/.tools
TOOL      = go tool -modfile=internal/tools/go.mod
LINT     := $(TOOLS)/golangci-lint-v2.15.0
# A number of inputs, not a duration: a fuzz target stopped by a deadline occasionally fails with it.
FUZZTIME ?= 50000x
# The collectors: for each a folder below cmd with the sources that ocb has generated from a manifest, a module of its own.
COLLECTORS := otelcol-hostprobe otelcol-hostprobe-start
MANIFESTS := builder-config.yaml cmd/otelcol-hostprobe-start/builder-config.yaml
# What the collectors are compiled with, by go build and by ocb: the same flags and sources make the same binary. The linker drops
# all debug information, so the compiler does not write any.
LDFLAGS   := -s -w
GCFLAGS   := all=-dwarf=false
COMPILE   := CGO_ENABLED=0 go build -trimpath -ldflags="$(LDFLAGS)" -gcflags="$(GCFLAGS)"
# The checksums of all generated files.
GENERATED := { find receiver -name 'generated_*' -o -name documentation.md -o -name config.schema.json; \
	find cmd -name '*.go' -o -name go.mod -o -name go.sum; } | sort | xargs sha256sum
PLATFORMS := linux darwin windows freebsd

.PHONY: run build $(COLLECTORS) build-ocb first-number test check generate check-generate check-format check-modules check-words \
	format vet vet-collectors lint checkapi fuzz integration e2e bench bench-compare clean

# Lines of the configuration that begin with #: are for the person who starts it.
run: otelcol-hostprobe-start
	@sed -n 's/^#: //p' $(CONFIG) 2>/dev/null || true
	@bin/otelcol-hostprobe-start --config $(CONFIG)

build: otelcol-hostprobe

# Go itself knows what has changed: an up-to-date binary is neither compiled nor linked again.
$(COLLECTORS):
	cd cmd/$@ && $(COMPILE) -o ../../bin/$@ .

# ocb itself, from the manifest to the binary: it must be the one that make build has made, byte by byte.
build-ocb: otelcol-hostprobe
	$(TOOL) builder --config builder-config.yaml --ldflags="$(LDFLAGS)" --gcflags="$(GCFLAGS)"
	cmp cmd/otelcol-hostprobe/otelcol-hostprobe bin/otelcol-hostprobe
	@rm cmd/otelcol-hostprobe/otelcol-hostprobe

# How long a newcomer waits: empty caches, and what make run does, step by step. Nothing is refused for being slow.
first-number:
	@internal/tools/first-number $(COMPILE)

test:
	go test -race ./...
	cd internal/tools && go test ./...
	cd benchmarks && go test ./...

# Each stage with the seconds that it took.
CHECKS := check-generate check-format check-modules check-words vet vet-collectors lint checkapi test fuzz integration build-ocb e2e

check:
	@for stage in $(CHECKS); do \
		began=$$(date +%s); \
		$(MAKE) --no-print-directory $$stage || exit 1; \
		echo "stage $$stage: $$(( $$(date +%s) - began )) s"; \
	done

generate:
	cd receiver/hostprobereceiver && go generate ./...
	@for manifest in $(MANIFESTS); do $(TOOL) builder --config $$manifest --skip-compilation || exit 1; done

# Generated files are made in place and must not differ from those that are there.
check-generate:
	@before=$$($(GENERATED)) && \
	$(MAKE) --no-print-directory generate && \
	after=$$($(GENERATED)) && \
	{ test "$$before" = "$$after" || { echo 'generated files are not up to date: commit what make generate has made' >&2; exit 1; }; }

check-modules:
	go run -C internal/tools ./releasecheck ../../go.mod go.mod ../../benchmarks/go.mod $(addprefix ../../,$(MANIFESTS)) \
		$(COLLECTORS:%=../../cmd/%/go.mod)
	@for module in . internal/tools benchmarks $(COLLECTORS:%=cmd/%); do (cd $$module && go mod tidy -diff) || exit 1; done

# Wording that has a better word in CONTRIBUTING.md.
check-words:
	go run -C internal/tools ./wordcheck ../..

format: $(LINT)
	$(LINT) fmt

check-format: $(LINT)
	$(LINT) fmt --diff

vet:
	@for os in $(PLATFORMS); do echo "go vet for $$os"; GOOS=$$os go vet ./... || exit 1; done
	GOARCH=386 go vet ./...
	go vet -tags integration,e2e ./...
	cd internal/tools && go vet ./...
	cd benchmarks && go vet -tags integration ./...

# Each platform has all packages of the collectors. To compile them for each would take longer than everything else.
vet-collectors:
	@for os in $(PLATFORMS); do for collector in $(COLLECTORS); do \
		(cd cmd/$$collector && CGO_ENABLED=0 GOOS=$$os go list -deps . >/dev/null) || exit 1; \
	done; done

lint: $(LINT)
	$(LINT) run --allow-parallel-runners
	$(LINT) run --allow-parallel-runners --build-tags integration,e2e ./internal/...
	cd internal/tools && $(LINT) run --allow-parallel-runners
	cd benchmarks && $(LINT) run --allow-parallel-runners --build-tags integration

checkapi:
	$(TOOL) checkapi -folder . -config .checkapi.yaml

# Every fuzz target, $(FUZZTIME).
fuzz:
	@for package in $$(go list ./...); do \
		for target in $$(go test -list '^Fuzz' $$package | grep '^Fuzz'); do \
			echo "$$package $$target"; \
			go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 100x $$package || exit 1; \
		done; \
	done

# Tests that need root, namespaces or strace.
integration:
	go test -tags integration ./...
	cd benchmarks && go test -tags integration -run NFS .

# Tests of the built collectors.
e2e: $(COLLECTORS)
	go test -tags e2e -count 1 ./internal/e2e

bench:
	go test -run '^$$' -bench . ./...

# contrib's host_metrics beside host_probe, in one process; the table of the README, and build/bench-compare.json.
bench-compare:
	@mkdir -p build
	cd benchmarks && go run ./compare -json ../build/bench-compare.json

clean:
	rm -rf bin build .tools

$(LINT):
	GOBIN=$(TOOLS)/install go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
	mv $(TOOLS)/install/golangci-lint $@

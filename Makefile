# podglass: the verbs. `make help` lists them; each installs what it lacks on Debian or Ubuntu, and says so when it cannot.

SWIFT ?= swift
# Given to every `swift build` and `swift test`: SWIFT_FLAGS='--scratch-path .build-mine'.
SWIFT_FLAGS ?=
# One file without a shared library. The script adds what this system's static libraries ask for.
RELEASE_FLAGS ?= -c release --product podglass -Xswiftc -static-executable -Xswiftc -use-ld=lld $(shell scripts/static-libraries)
ARGUMENTS ?=
PARTS ?=
# Of the soak and of the incidents' health: the length. Of the soak: which stress cases (all; `none`), and where its tables are written, too.
MINUTES ?= $(if $(filter incidents,$(MAKECMDGOALS)),20,10)
RUNS ?= 3
CASES ?=
MARKDOWN ?=
SCALE ?= 1
# Of bench-anomalies: the directory of the Numenta Anomaly Benchmark.
NAB ?=
PREFIX ?= /usr/local
# The image's name, and the archive that `make image` writes.
IMAGE ?= localhost/podglass:0.1.0
IMAGE_ARCHIVE ?= .build/podglass-image.tar

CLANG = $(shell scripts/tool clang)
# The verifier wants -O2; -mcpu=v3 is what 5.10 and later run; a hook's arguments are given whether or not they are used.
BPF_FLAGS ?= -target bpf -mcpu=v3 -O2 -g -std=gnu17 -Wall -Wextra -Wno-unused-parameter -Werror -Ibpf -Ibpf/include

bpf_sources := $(wildcard bpf/*.bpf.c)
# Compiled a second time for kernels before 5.12 (docs/kernels.md).
bpf_early := $(addprefix bpf/build/early/,sockets.bpf.o sweep.bpf.o discover.bpf.o retransmits.bpf.o drops.bpf.o resets.bpf.o)
bpf_objects := $(patsubst bpf/%.c,bpf/build/%.o,$(bpf_sources)) $(bpf_early)
c_sources = $(wildcard bpf/*.c bpf/*.h bpf/include/*.h Tests/Fuzz/*.c Tests/Fuzz/*.h Sources/CNcurses/*.c Sources/CNcurses/include/*.h scripts/*.c Tests/Kernels/*.c Tests/Sanitizers/*.c)

.DELETE_ON_ERROR:
.PHONY: incidents soak demo-recording image proto help run test test-kernels fuzz build bpf bench bench-anomalies bench-scale format lint install clean dependencies test-dependencies
help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

run: build ## Build the release and look at this node (ARGUMENTS='top flows' for a command)
	@scripts/run "$$($(SWIFT) build $(SWIFT_FLAGS) -c release --show-bin-path)/podglass" $(ARGUMENTS)

test: test-dependencies bpf Sources/CDemo/demo.c ## Build and run all tests; the live ones need root and BTF
	$(SWIFT) build --build-tests $(SWIFT_FLAGS)
	@SWIFT='$(SWIFT)' scripts/test $(SWIFT_FLAGS)

fuzz: dependencies ## Fuzz every parser, the kernel's and ours, FUZZ_SECONDS=120 each (PARTS='query keys' for some)
	scripts/fuzz $(PARTS)

.PHONY: test-asan test-tsan
test-asan: test-dependencies bpf Sources/CDemo/demo.c ## Run all tests under the address sanitizer, podglass included (.build-asan)
	@SWIFT='$(SWIFT)' scripts/test-sanitized address

test-tsan: test-dependencies bpf Sources/CDemo/demo.c ## Run all tests under the thread sanitizer, podglass included (.build-tsan)
	@SWIFT='$(SWIFT)' scripts/test-sanitized thread

build: dependencies bpf Sources/CDemo/demo.c ## Build the release: one static file, .build/release/podglass
	$(SWIFT) build $(SWIFT_FLAGS) $(RELEASE_FLAGS)
	@scripts/finish-release "$$($(SWIFT) build $(SWIFT_FLAGS) -c release --show-bin-path)/podglass"

bpf: dependencies $(bpf_objects) bpf/build/records.checked ## Compile the eBPF programs into bpf/build

# objects.c embeds the objects; SwiftPM compiles it again only when it is newer.
bpf/build/%.bpf.o: bpf/%.bpf.c Makefile
	@mkdir -p bpf/build
	$(CLANG) $(BPF_FLAGS) -MMD -MP -c $< -o $@
	@scripts/strip-debug $@
	@touch bpf/objects.c

bpf/build/early/%.bpf.o: bpf/%.bpf.c Makefile
	@mkdir -p bpf/build/early
	$(CLANG) $(BPF_FLAGS) -DEARLY -MMD -MP -c $< -o $@
	@scripts/strip-debug $@
	@touch bpf/objects.c

# Padding in a record would be kernel memory shown to user space, and two layouts of one header.
bpf/build/records.checked: bpf/include/records.h bpf/include/request_records.h Makefile
	@mkdir -p bpf/build
	$(CLANG) $(BPF_FLAGS) -Wpadded -Wno-pragma-once-outside-header -fsyntax-only -x c bpf/include/request_records.h
	@touch $@

-include $(bpf_objects:.o=.d)

test-kernels: build test-dependencies ## Try other kernels, Debian's, each in a machine of QEMU's (root; KERNELS='6.1 here', RECORD=1)
	@scripts/install-dependencies kernels
	$(SWIFT) build --build-tests $(SWIFT_FLAGS)
	@scripts/test-kernels

bench: build ## Measure speed, memory and cost, and print the figures (PARTS='keys idle' for some)
	$(SWIFT) build $(SWIFT_FLAGS) $(RELEASE_FLAGS:podglass=Bench)
	@binaries="$$($(SWIFT) build $(SWIFT_FLAGS) -c release --show-bin-path)"; scripts/bench "$$binaries/podglass" "$$binaries/Bench" $(PARTS)

bench-anomalies: ## Score the anomaly detectors on the Numenta Anomaly Benchmark, and what they cost (NAB=its directory)
	@scripts/bench-anomalies '$(NAB)'
	@$(MAKE) --no-print-directory dependencies bpf
	$(SWIFT) build $(SWIFT_FLAGS) $(RELEASE_FLAGS:podglass=Bench)
	@scripts/bench-anomalies '$(NAB)' "$$($(SWIFT) build $(SWIFT_FLAGS) -c release --show-bin-path)/Bench"

bench-scale: build ## Measure how cost grows up to 100,000 flows (PARTS='flows pods' for some, SCALE=0.1, MARKDOWN=file)
	@scripts/bench-scale "$$($(SWIFT) build $(SWIFT_FLAGS) -c release --show-bin-path)/podglass" --scale $(SCALE) $(if $(MARKDOWN),--markdown $(MARKDOWN)) $(PARTS)

incidents: build test-dependencies ## Do things to a shop in a laboratory, see what is flagged, then replay it from other moments (root; RUNS=3, MINUTES=20 of health)
	@scripts/install-dependencies incidents
	@scripts/incidents "$$($(SWIFT) build $(SWIFT_FLAGS) -c release --show-bin-path)/podglass" $(RUNS) $(MINUTES)

soak: build ## Keep podglass under churn and faults, compare it with the kernel, try the stress cases (MINUTES=10, CASES='pause ring')
	@scripts/soak "$$($(SWIFT) build $(SWIFT_FLAGS) -c release --show-bin-path)/podglass" --minutes $(MINUTES) $(if $(CASES),--cases $(CASES)) $(if $(MARKDOWN),--markdown "$(MARKDOWN)")

format: test-dependencies ## Rewrite all sources in the house's format
	$(SWIFT) format format --in-place --recursive Package.swift Sources Tests
	clang-format -i $(c_sources)

lint: test-dependencies ## Check the format; change nothing
	$(SWIFT) format lint --strict --recursive Package.swift Sources Tests
	clang-format --dry-run -Werror $(c_sources)

install: build ## Copy the release to PREFIX/bin (DESTDIR is honoured)
	install -D -m 755 "$$($(SWIFT) build $(SWIFT_FLAGS) -c release --show-bin-path)/podglass" "$(DESTDIR)$(PREFIX)/bin/podglass"

# Only after a change to the .proto: what it makes is committed.
proto: test-dependencies ## Make Swift of the container runtime's messages (runtime.proto)
	$(SWIFT) build $(SWIFT_FLAGS) --product protoc-gen-swift
	protoc --plugin="$$($(SWIFT) build $(SWIFT_FLAGS) --show-bin-path)/protoc-gen-swift" \
		--proto_path=Sources/Cluster/Runtime/Generated --swift_out=Sources/Cluster/Runtime/Generated runtime.proto

image: build ## Make the container image of deploy/Containerfile from the release, offline (IMAGE=name:tag)
	@scripts/install-dependencies image
	@scripts/make-image "$$($(SWIFT) build $(SWIFT_FLAGS) -c release --show-bin-path)/podglass" "$(IMAGE_ARCHIVE)" "$(IMAGE)"

clean: ## Remove everything that was built
	rm -rf .build bpf/build

dependencies:
	@scripts/install-dependencies build

test-dependencies:
	@scripts/install-dependencies build test

# The demonstration is embedded too: SwiftPM compiles it again only when the file that embeds it is newer.
Sources/CDemo/demo.c: Sources/CDemo/demo.podglass
	@touch $@

demo-recording: build ## Record the demonstration anew, in a laboratory of its own (root)
	scripts/record-demonstration "$$($(SWIFT) build $(SWIFT_FLAGS) -c release --show-bin-path)/podglass" Sources/CDemo/demo.podglass

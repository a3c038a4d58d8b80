# The verbs of the project. Everything a recipe needs is installed by `tools`; `make help` lists what there is.

# The tools' own Node.js first: wrangler and the SDKs of the tests need a newer one than we ask for.
export PATH := $(CURDIR)/node_modules/.bin:$(CURDIR)/.tools/bin:$(PATH)
# What scripts/say.sh counts from.
test check: export STARTED := $(shell date +%s)

MAKEFLAGS += --no-print-directory
say := @scripts/say.sh

PORT ?= 8787
CONFIG ?=
WORLDS ?= 100000
INPUTS ?= 1000000
SEED ?= 1
FILTER ?=

sources := $(shell find src -type f) Cargo.toml Cargo.lock rust-toolchain.toml \
           package-lock.json scripts/tools.sh scripts/build-wasm.sh scripts/build-worker.sh

# What the tests of the Worker prove of the core, they prove of the npm package too.
shared_tests := $(wildcard tests/worker/faults-*.test.mjs) $(patsubst %,tests/worker/%.test.mjs,input panic splits)

.NOTPARALLEL:
.PHONY: help run test check worker worker-local package site bench bench-core tail-worker laws laws-selftest fuzz availability tail tools python clean

help: ## lists the verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' Makefile

run: worker-local site ## builds and serves Worker and demo page on http://127.0.0.1:8787 (PORT=, CONFIG=file.json)
	@PORT='$(PORT)' CONFIG='$(CONFIG)' exec node scripts/run.mjs

test: check worker worker-local package build/package-panic/core.js site python ## runs every test there is, in real workerd and a real browser too
	$(say) "tests the Worker in workerd"
	@node --test --test-concurrency=2 --test-timeout=900000 --test-reporter=spec tests/worker/*.test.mjs
	$(say) "tests the npm package wherever JavaScript runs"
	@browser=$$(scripts/browser.sh) && STEADFAST_BROWSER="$$browser" \
	  node --test --test-concurrency=2 --test-timeout=900000 --test-reporter=spec tests/npm/*.test.mjs
	$(say) "tests strategies and faults of the npm package in Node"
	@FACE=npm node --test --test-concurrency=1 --test-timeout=900000 --test-reporter=spec $(shared_tests)
	$(say) "tests the demo page in a browser"
	@browser=$$(scripts/browser.sh) && STEADFAST_BROWSER="$$browser" \
	  node --test --test-concurrency=2 --test-timeout=900000 --test-reporter=spec tests/browser/*.test.mjs
	$(say) "all tests have passed"

check: tools ## looks at format and lints, and runs the fast tests
	$(say) "looks at the format"
	@cargo fmt --check
	$(say) "looks for lints, natively"
	@cargo clippy --features sim --all-targets -- -D warnings
	$(say) "looks for lints, for wasm"
	@cargo clippy --target wasm32-unknown-unknown --features worker -- -D warnings
	@cargo clippy --target wasm32-unknown-unknown --features worker,sim,test-panic -- -D warnings
	@cargo clippy --target wasm32-unknown-unknown --features js -- -D warnings
	$(say) "tests the core"
	@cargo test --features sim

worker: build/worker/index.js ## builds the Worker that is deployed into build/worker, if anything has changed

build/worker/index.js: $(sources) | tools
	@scripts/build-worker.sh build/worker

# With what is never deployed, in one build: simulated models, for a start without any key, and a panic on request,
# for the test that proves that it is survived.
worker-local: build/worker-local/index.js

build/worker-local/index.js: $(sources) | tools
	@scripts/build-worker.sh build/worker-local sim,test-panic

package: pkg/core.js ## builds the npm package in pkg/, if anything has changed

pkg/core.js: $(sources) scripts/build-package.sh scripts/inline-wasm.mjs pkg/package.json $(wildcard pkg/*.ts pkg/*.md) | tools
	@scripts/build-package.sh pkg

build/package-panic/core.js: pkg/core.js
	@scripts/build-package.sh build/package-panic test-panic

site: www/steadfast/core.js ## puts the package into the demo page's folder www/, which any static host can then serve

www/steadfast/core.js: pkg/core.js pkg/slim.js
	@mkdir -p $(@D)
	@cp -p pkg/slim.js pkg/core.js pkg/steadfast.wasm $(@D)

bench: worker package ## measures what steadfast costs, as bench/README.md explains
	@node bench/run.mjs

bench-core: tools ## what the hot pure parts of the core cost, in nanoseconds and allocations (FILTER=)
	@cargo bench --profile sim --bench micro -- $(FILTER)

tail-worker: worker ## the tail of a slow upstream in real workerd, with and without a hedge
	@node bench/tail.mjs

laws: tools ## checks the laws of tests/laws.rs in 100,000 random worlds (WORLDS=)
	@STEADFAST_WORLDS='$(WORLDS)' cargo test --profile sim --features sim --test laws -- --nocapture

laws-selftest: tools ## plants defects into a copy of the source, and shows that each is caught by its law (DEFECTS=, WORLDS=)
	@DEFECTS='$(DEFECTS)' WORLDS='$(filter-out 100000,$(WORLDS))' scripts/laws-selftest.sh

availability: tools ## a million requests through simulated outages: one provider, a naive chain, steadfast (SEED=, REQUESTS=)
	@cargo run --quiet --profile sim --features sim --example experiments -- availability '$(SEED)' '$(REQUESTS)'

tail: tools ## what hedging makes of a slow tail in the simulator; fails if it is not what is promised (SEED=, REQUESTS=)
	@cargo run --quiet --profile sim --features sim --example experiments -- tail '$(SEED)' '$(REQUESTS)'

fuzz: tools ## feeds a million random and mutated inputs to every reader (INPUTS=, SEED=)
	@STEADFAST_FUZZ='$(INPUTS)' STEADFAST_SEED='$(SEED)' cargo test --profile sim --features sim --test fuzz -- --nocapture

tools: ## installs what building and testing need; quick when all is there
	@scripts/tools.sh

python:
	@scripts/python.sh

clean: ## removes what was built; the installed tools stay
	rm -rf target build .wrangler www/steadfast

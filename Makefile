# Everything a fresh machine needs: the Rust toolchain, a C compiler, git, Python 3 with pip and venv, OpenSSH. The rest is
# installed here.

VENV := .venv
PYTHON := $(VENV)/bin/python

# Many tests wait for other programs rather than for a core: one more at a time than there are cores.
export RUST_TEST_THREADS ?= $(shell python3 -c 'import os; print(os.cpu_count() + 1)')

.PHONY: test core lint generated bless deny demo otlp prove bench clean

# Everything that must hold. Benches are linted here, and run by `make bench`.
test: lint core generated
	cargo test --locked

# The pure core builds and is tested alone, without the AWS SDK.
core:
	cargo test --locked --no-default-features

lint:
	cargo fmt --all --check
	cargo clippy --locked --all-targets -- -D warnings
	cargo clippy --locked --no-default-features --all-targets -- -D warnings
	cargo clippy --locked --no-default-features --features aws --all-targets -- -D warnings

# Generated files are what their generators write.
generated: $(VENV)/installed
	$(PYTHON) src/model/shapes.py --check
	$(PYTHON) src/sandbox/api/generate.py --check

# Writes generated files and golden outputs anew; read the difference before you commit it.
bless: $(VENV)/installed
	$(PYTHON) src/model/shapes.py
	$(PYTHON) src/sandbox/api/generate.py
	BLESS=1 cargo test --locked --all-targets

# Licences, bans, sources; the advisory database is fetched from the network.
deny:
	cargo deny --locked --all-features check

demo:
	cargo run --locked -- demo

# Traces over OTLP are not in the default build, and the SDK is built once more for them: half of a cold build again.
otlp: $(VENV)/installed
	cargo clippy --locked --features otlp --all-targets -- -D warnings
	cargo test --locked --features otlp --test it -- daemon::traces

# Long runs: every test again, optimised and with debug assertions, so that each answer of the sandbox is held against the
# API models; every crash sweep, also the long ones, and with two faults at once; 100,000 random operations on the sandbox and on moto.
prove: $(VENV)/installed otlp
	EVENKEEL_PROVE=1 cargo test --locked --profile prove --all-targets -- --include-ignored

bench:
	cargo bench --locked

clean:
	rm -rf $(VENV) target

# moto, the AWS that we did not write, and the API model that shapes are generated from: pinned, with hashes.
$(VENV)/installed: tests/moto/requirements.txt
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --require-hashes --requirement tests/moto/requirements.txt
	touch $@

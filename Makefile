# Everything a newcomer needs: `make run` and `make test` do their own set-up.

CARGO ?= cargo
export RUST_BACKTRACE ?= 0
# Random camps of `make trials`.
N ?= 100
# Seeds of `make prove-metering`.
SEEDS ?= 4

.DEFAULT_GOAL := help
.PHONY: help run test check bench bench-ingest torture prove-metering textbook prove prove-savings trials build openapi setup-build setup-test setup-textbook

help: ## Say what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 18

run: build ## Build and start the demo: one line tells the address and a token for this run
	@exec target/release/smart-camp demo $(ARGS)

test: setup-test ## Everything that CI asks: format, lints, documents, tests
	$(CARGO) fmt --all --check
	$(CARGO) build --release --locked
	$(CARGO) clippy --release --locked --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --release --locked --workspace --no-deps
	$(CARGO) test --release --locked --workspace

check: setup-build ## Format and lints only
	$(CARGO) fmt --all --check
	$(CARGO) clippy --release --locked --workspace --all-targets -- -D warnings

bench: build setup-test ## Print the figures, measured here and now: make bench [ARGS="fast --camp medium"]
	$(CARGO) bench --profile release --locked --bench figures -- $(ARGS)

# Telegraf and influxd are used where they are on PATH.
bench-ingest: build setup-test ## Print how fast readings get in, beside Telegraf and Mosquitto alone
	$(CARGO) bench --profile release --locked --bench figures -- ingest steady store influx kills

torture: setup-build ## Put faults into measured series and count what is found: make torture [ARGS=odd]
	$(CARGO) bench --profile release --locked --bench torture -- $(ARGS)

prove-metering: setup-build ## Learn, find missing fuel and claim savings in camps that differ from their files: [SEEDS=4]
	@$(CARGO) bench --profile release --locked --bench metering -- $(SEEDS)

textbook: setup-textbook ## Write the frozen textbook cases of the bench anew: make textbook [ARGS="--camp medium"]
	$(CARGO) bench --profile release --locked --bench figures -- textbook $(ARGS)

prove: setup-build ## Solve published cases, known by optimum or bound: make prove [UC=FOLDER]
	@SMARTCAMP_UC="$(UC)" $(CARGO) run --release --locked -p camp-solver --example prove

# DAYS=90 and more camps are the full form. Without the measured data this fails.
DATA = $(or $(SMARTCAMP_DATA),../shared/data)
DAYS ?= 14
CAMPS ?= medium:H medium:D
prove-savings: build ## Measure what forecasts and plans are worth, against baselines and bounds: make prove-savings [DAYS=90]
	@test -f $(DATA)/espino_dispatch_hourly_2017q1.csv || { echo "the measured data are not in $(DATA): set SMARTCAMP_DATA"; exit 1; }
	target/release/smart-camp forecast --figures $(DATA)
	target/release/smart-camp backtest --site camps/el_espino.toml --days $(DAYS) --traces 8 \
		--series $(DATA)/espino_dispatch_hourly_2017q1.csv --history $(DATA)/espino_load_5min_2016.csv
	@for camp in $(CAMPS); do \
		target/release/smart-camp backtest --site camps/$${camp%:*}.toml --variant $${camp#*:} --days 3 \
			--gap 0.02 --time-limit 3 --bound-rounds 4 || exit 1; done
	@$(MAKE) --no-print-directory prove-metering

trials: setup-build ## Try the laws of random camps by the hundred: make trials [N=100]
	@$(CARGO) run --release --locked -p camp-solver --example trials -- $(N)

openapi: build ## Write openapi/openapi.json anew
	target/release/smart-camp openapi > openapi/openapi.json

build: setup-build ## Build the program
	$(CARGO) build --release --locked

# The solver HiGHS is C++ and is built by cmake; its bindings are made with libclang. Mosquitto is
# for tests and benches only.
setup-build:
	@docker/setup.sh cmake clang

setup-test:
	@docker/setup.sh cmake clang mosquitto openssl curl

setup-textbook:
	@docker/setup.sh cmake clang zstd

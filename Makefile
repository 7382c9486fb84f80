# What people type. Every target delegates: to the parts' own Makefiles, or to one script.

PG_CONFIG ?= pg_config
WERROR ?=
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
PARTS := $(patsubst %/Makefile,%,$(wildcard common/Makefile executor/Makefile control/Makefile))

export PG_CONFIG WERROR

.PHONY: help deps build install uninstall quickstart stop test test-long bench faults fuzz lint format sanitized asan clean $(PARTS) extension

help:
	@cat build/help.txt

deps:
	@build/deps

build: extension $(PARTS)

extension:
	$(MAKE) -C extension

$(PARTS):
	$(MAKE) -C $@

executor control: $(filter common,$(PARTS))

install: build
	$(SUDO) $(MAKE) -C extension install PG_CONFIG=$(PG_CONFIG)
	for part in $(filter executor control,$(PARTS)); do $(SUDO) $(MAKE) -C $$part install || exit; done

uninstall:
	$(SUDO) $(MAKE) -C extension uninstall PG_CONFIG=$(PG_CONFIG)
	for part in $(filter executor control,$(PARTS)); do $(SUDO) $(MAKE) -C $$part uninstall || exit; done

quickstart:
	@build/deps build
	@$(MAKE) --no-print-directory -s build
	@quickstart/start

stop:
	@quickstart/stop

test: deps
	@$(MAKE) -s build sanitized WERROR=-Werror
	@tests/run

test-long: deps
	@build/deps guest || echo 'Without these the emulated machine is left out.'
	@$(MAKE) -s build sanitized WERROR=-Werror
	@JOBGRID_TEST_SIZE=long tests/run

bench: deps build
	@tests/bench/run $(FIGURE)

faults: deps
	@$(MAKE) -s build sanitized
	@tests/run faults

fuzz: deps
	@build/deps fuzz
	@$(MAKE) -s -C tests/fuzz check FUZZ_SECONDS=$(or $(FUZZ_SECONDS),60)

lint:
	@build/deps lint
	@build/lint

format:
	@build/deps lint
	@build/lint --fix

sanitized:
	@for part in $(filter executor control,$(PARTS)); do $(MAKE) -s -C $$part asan || exit; done
	@$(MAKE) -s -C tests/faults

asan: deps
	@$(MAKE) -s build sanitized
	@JOBGRID_TEST_ASAN=1 tests/run

clean:
	@quickstart/clean
	@for part in extension $(PARTS) $(patsubst %/Makefile,%,$(wildcard tests/*/Makefile)); do $(MAKE) -s --no-print-directory -C $$part clean || exit; done

# One makefile, no recursion; `make help` lists the targets.
# PROFILE=release|debug|asan|tsan|cov|fuzz  CC=gcc|clang  V=1 shows commands  WERROR=1 as in CI
MAKEFLAGS += --no-builtin-rules --no-builtin-variables
SHELL   := /bin/sh
.SUFFIXES:
.DELETE_ON_ERROR:
.SECONDARY:
ifeq ($(origin CC),default)
CC := gcc
endif
CC      ?= gcc
AR      := ar
PROFILE ?= release
prefix  ?= /usr/local
DESTDIR ?=
Q       := $(if $(V),,@)
B       := build/$(PROFILE)-$(notdir $(CC))
comma   := ,

all:

# --- layers: a folder may include itself and what stands on its line (checked by check-layers)
LAYERS         := crypto storage consensus p2p wallet node
uses_crypto    :=
uses_storage   := crypto
uses_consensus := crypto storage
uses_p2p       := crypto
uses_wallet    := crypto consensus
uses_node      := crypto storage consensus p2p
# cores make no system call, take no clock, own no heap (checked by check-pure)
PURE           := crypto storage consensus p2p

# --- flags
STD   := -std=c17 -D_GNU_SOURCE -I.
WARN  := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
         -Wvla -Wpointer-arith -Wwrite-strings -Wswitch-enum -Wundef -Wformat=2 \
         -Werror=implicit-function-declaration $(if $(WERROR),-Werror)
HARD  := -fno-strict-aliasing -fno-common -fstack-protector-strong -fno-omit-frame-pointer \
         -fvisibility=hidden
opt_release := -O2 -g -D_FORTIFY_SOURCE=2
opt_debug   := -O0 -g3 -DWEAL_PARANOID
opt_asan    := -O1 -g -DWEAL_PARANOID -fsanitize=address,undefined -fno-sanitize-recover=all
opt_tsan    := -O1 -g -DWEAL_PARANOID -fsanitize=thread
opt_cov     := -O0 -g --coverage -DWEAL_PARANOID -DWEAL_COVERAGE
opt_fuzz    := -O1 -g -DWEAL_PARANOID -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
OPT := $(opt_$(PROFILE))
$(if $(OPT),,$(error unknown PROFILE '$(PROFILE)'))
san_asan := -fsanitize=address,undefined
san_tsan := -fsanitize=thread
san_cov  := --coverage
san_fuzz := -fsanitize=address,undefined
CFLAGS_ALL  = $(STD) $(WARN) $(HARD) $(OPT) $(CFLAGS)
LDFLAGS_ALL = $(san_$(PROFILE)) $(LDFLAGS) -pthread -Wl,--as-needed
LDLIBS      := -lsecp256k1 -lsodium -llmdb -luv -lwebsockets -ljansson -lqrencode -lzstd -lm

# --- files, found by convention
src = $(wildcard $1/*.c $1/*/*.c $1/*/*/*.c)
obj = $(patsubst %.c,$(B)/%.o,$1)
lib = $(patsubst %,$(B)/lib%.a,$1)
$(foreach l,$(LAYERS),$(eval SRC_$l := $(filter-out %_main.c,$(call src,$l))))
MAINS := $(wildcard node/*_main.c wallet/*_main.c crypto/*_main.c contrib/*/*_main.c tests/sim/*_main.c)
BINS  := $(patsubst %_main.c,%,$(notdir $(MAINS)))
UNITS := $(patsubst tests/unit/%.c,$(B)/unit/%,$(filter tests/unit/%,$(filter %.c,$(wildcard \
           tests/unit/test_*.c tests/unit/*/test_*.c tests/unit/*/*/test_*.c))))
FUZZ  := $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
BENCH := $(patsubst tests/bench/%.c,$(B)/bench/%,$(wildcard tests/bench/bench_*.c))
# archives from top to bottom, so that one pass of the linker resolves them
ALLLIBS := $(call lib,node wallet p2p consensus storage crypto)
# sources several tests share
SUPPORT := $(call obj,$(wildcard tests/support/*.c))
SIMLIB  := $(call obj,$(filter-out %_main.c,$(wildcard tests/sim/*.c)))

all: $(addprefix $(B)/bin/,$(BINS))

# --- compiling
$(B)/%.o: %.c $(B)/.flags
	@echo "CC  $<"; mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_ALL) -MMD -MP -c $< -o $@
# vector back ends: only these objects may use the wider instructions; elsewhere they are empty
ifneq ($(filter x86_64-%,$(shell $(CC) -dumpmachine)),)
$(B)/crypto/%_avx2.o: private override CFLAGS += -mavx2 -mbmi2
$(B)/crypto/%_ifma.o: private override CFLAGS += -mavx2 -mbmi2 -mavx512f -mavx512vl -mavx512dq -mavx512bw -mavx512ifma
$(B)/tests/%_avx2.o: private override CFLAGS += -mavx2 -mbmi2
$(B)/tests/%_ifma.o: private override CFLAGS += -mavx2 -mbmi2 -mavx512f -mavx512vl -mavx512dq -mavx512bw -mavx512ifma
endif
# hot scalar code: auto-vectorising 64-bit limb arithmetic makes it slower
$(B)/crypto/curve/%.o $(B)/crypto/msm/%.o $(B)/crypto/sig/%_ifma.o $(B)/tests/support/fe_check_%.o: private override CFLAGS += $(if $(filter release,$(PROFILE)),-O3 -fno-tree-vectorize -fno-tree-slp-vectorize -fno-stack-protector)
# what all must agree on computes without floats
$(B)/consensus/%.o: private override CFLAGS += -mgeneral-regs-only
# the page and the word list are parts of their objects
$(B)/node/web/page.o: node/web/index.html
$(B)/wallet/words.o: wallet/words.txt
# test macros convert freely
$(B)/tests/%.o: private override CFLAGS += -Wno-conversion -Wno-missing-prototypes

define LIB
$(B)/lib$1.a: $(call obj,$(SRC_$1)) $(B)/.src_$1
	@echo "AR  $$@"; rm -f $$@
	$(Q)$(AR) rcs $$@ $$(filter %.o,$$^)
# a removed file leaves the archive too
$(B)/.src_$1: FORCE
	@mkdir -p $(B); echo '$(SRC_$1)' | cmp -s - $$@ || echo '$(SRC_$1)' > $$@
endef
$(foreach l,$(LAYERS),$(eval $(call LIB,$l)))

# rebuild everything when the flags or the compiler change
FLAGS_NOW := $(CC) $(CFLAGS_ALL) | $(LDFLAGS_ALL)
$(B)/.flags: FORCE
	@mkdir -p $(B); echo '$(FLAGS_NOW)' | cmp -s - $@ || echo '$(FLAGS_NOW)' > $@

# --- linking
# the simulator, and the fuzz target of acts and blocks, answer signatures and proofs by an oracle (tests/sim/oracle.h)
ORACLE := -Wl,--wrap=weal_sig_sign,--wrap=weal_sig_verify_var,--wrap=weal_sig_verify_many_var,--wrap=weal_batch_verify
ORACLE += -Wl,--wrap=weal_ring_prove,--wrap=weal_linear_prove
# nothing else asks the archives for these, and the oracle does so weakly
ORACLE += -Wl,-u,weal_ring_prove,-u,weal_linear_prove,-u,weal_sig_verify_many_var
ORACLE += -Wl,--wrap=weal_msm_table_init
# terms shorter than a genesis may have (tests/sim/node_menu.c)
ORACLE += -Wl,--wrap=weal_params_check
oracle = $(if $(filter $(B)/bin/weal-sim $(B)/unit/sim/% $(B)/fuzz/fuzz_exec_sequence,$@),$(ORACLE))
link = @echo "LD  $@"; mkdir -p $(@D); $(CC) -o $@ $(filter %.o,$^) $(ALLLIBS) $(LDFLAGS_ALL) $(oracle) $1 $(LDLIBS)
define BIN
$(B)/bin/$(patsubst %_main.c,%,$(notdir $1)): $(B)/$(patsubst %.c,%.o,$1) $(if $(filter tests/sim/%,$1),$(SIMLIB) $(SUPPORT)) $(ALLLIBS)
	$$(call link)
endef
$(foreach m,$(MAINS),$(eval $(call BIN,$m)))
$(B)/unit/%:  $(B)/tests/unit/%.o $(SUPPORT) $(SIMLIB) $(ALLLIBS) ; $(call link,-lcmocka)
$(B)/bench/%: $(B)/tests/bench/%.o $(SUPPORT) $(ALLLIBS) ; $(call link)
$(B)/fuzz/%:  $(B)/tests/fuzz/%.o $(SUPPORT) $(SIMLIB) $(ALLLIBS) $(if $(filter fuzz,$(PROFILE)),,$(B)/tests/fuzz/replay.o)
	$(call link,$(if $(filter fuzz,$(PROFILE)),-fsanitize=fuzzer))

# a bad disk and a bad clock beneath the daemons of functional tests, by LD_PRELOAD
$(B)/faults.so: tests/preload/faults.c
	@echo "LD  $@"; mkdir -p $(@D)
	$(Q)$(CC) $(STD) $(WARN) -O1 -g -fPIC -shared -fvisibility=hidden -o $@ $< -ldl -pthread

# one failing call beneath the unit tests
$(B)/nth.so: tests/preload/nth.c
	@echo "LD  $@"; mkdir -p $(@D)
	$(Q)$(CC) $(STD) $(WARN) -O1 -g -fPIC -shared -fno-omit-frame-pointer -fvisibility=hidden -o $@ $< -ldl -pthread

# a daemon of the next protocol version, for the test of upgrades by height
NEXT := $(patsubst %.c,$(B)/next/%.o,consensus/exec/check.c consensus/exec/block.c node/core/agree.c)
$(NEXT): $(B)/next/%.o: %.c $(B)/.flags
	@echo "CC  $< (next version)"; mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_ALL) -DWEAL_PROTOCOL_VERSION=2 -MMD -MP -c $< -o $@
$(B)/weald-next: $(NEXT) $(B)/node/weald_main.o $(ALLLIBS)
	$(call link)

# --- schemas: *.schema beside their owner, generated code committed under <layer>/gen
SCHEMAS := $(foreach l,$(LAYERS),$(wildcard $l/*.schema $l/*/*.schema))
schema_name  = $(basename $(notdir $1))
schema_layer = $(firstword $(subst /, ,$1))
define SCHEMA
$(B)/gen/$(call schema_name,$1): contrib/schema/gen.c $1
	@mkdir -p $$(@D); $(CC) -std=c17 -I. -DSCHEMA='"$1"' -DNAME='"$(call schema_name,$1)"' \
	  -DHEADER='"\"$(call schema_layer,$1)/gen/$(call schema_name,$1)_gen.h\""' -o $$@ $$<
gen-$(call schema_name,$1): $(B)/gen/$(call schema_name,$1)
	@mkdir -p $(GEN_OUT)$(call schema_layer,$1)/gen $(GEN_OUT)tests/model/gen
	@echo "GEN $1"
	@$$< h > $(GEN_OUT)$(call schema_layer,$1)/gen/$(call schema_name,$1)_gen.h
	@$$< c > $(GEN_OUT)$(call schema_layer,$1)/gen/$(call schema_name,$1)_gen.c
	@$$< md > $(GEN_OUT)$(call schema_layer,$1)/gen/$(call schema_name,$1).md
	@$$< py > $(GEN_OUT)tests/model/gen/$(call schema_name,$1)_schema.py
gen: gen-$(call schema_name,$1)
.PHONY: gen-$(call schema_name,$1)
endef
$(foreach s,$(SCHEMAS),$(eval $(call SCHEMA,$s)))
gen: ## regenerate codecs, references and tables from the schemas

check-gen: ## regenerating the schemas changes nothing
	$(Q)rm -rf $(B)/regen; mkdir -p $(B)/regen; $(MAKE) -s gen GEN_OUT=$(B)/regen/ >/dev/null
	$(Q)cd $(B)/regen && find . -type f | while read f; do cmp "$$f" "../../../$$f" || exit 1; done
	@echo "check-gen: generated files are current"

# --- targets
deps: ## install what building and testing need (Debian 12)
	$(Q)sh contrib/deps.sh
run: deps ## set up, build and start a local network with people on it; prints the page to look at
	$(Q)$(MAKE) -s all
	$(Q)sh contrib/devnet/run.sh $(B)
check: deps ## set up and pass the tests
	$(Q)$(MAKE) -s check-nodeps
check-nodeps: all
	$(Q)$(MAKE) -s check-gen check-layers check-pure
	$(Q)$(MAKE) -s $(UNITS) $(FUZZ) $(B)/faults.so $(B)/nth.so $(B)/weald-next
	$(Q)sh contrib/run_tests.sh $(B) $(UNITS)
unit: $(UNITS) ## build and run the unit tests
	$(Q)sh contrib/run_tests.sh --unit $(B) $(UNITS)
functional: all $(B)/faults.so $(B)/nth.so $(B)/weald-next ## run the functional tests; TESTS='network rpc' for some
	$(Q)ASAN_OPTIONS=detect_leaks=0 sh contrib/run_tests.sh --functional $(B) $(TESTS)
replay: $(FUZZ) ## feed the fuzz corpora to their targets
	$(Q)sh contrib/run_tests.sh --replay $(B)
ifeq ($(PROFILE),fuzz)
fuzz: $(FUZZ) ## run every fuzz target for SECONDS (60) each; TARGETS='frame ring' for some
	$(Q)sh contrib/fuzz.sh $(B) $(or $(SECONDS),60) $(TARGETS)
else
fuzz:
	$(Q)$(MAKE) PROFILE=fuzz CC=clang fuzz
endif
ifeq ($(PROFILE),cov)
coverage: ## line coverage by folder of unit tests and corpora (FILES=1: by file)
	$(Q)mkdir -p $(B) && find $(B) -name '*.gcda' -delete
	$(Q)$(MAKE) PROFILE=cov unit replay
	$(Q)python3 contrib/coverage.py $(B) $(if $(FILES),--files) --least consensus=90,storage=90,p2p=90
else
coverage:
	$(Q)$(MAKE) PROFILE=cov coverage
endif
torture: all $(B)/faults.so $(B)/weald-next ## the loops of tests/functional for SECONDS (600) each; TESTS='powerloss kill' for some
	$(Q)set -e; for t in $(or $(TESTS),powerloss damage partition); do \
	  WEAL_BUILD=$(B) python3 tests/functional/test_$$t.py $(or $(SECONDS),600); done
nth: $(UNITS) $(B)/nth.so ## the n-th allocation, write, sync fails, over the unit tests; TESTS='node/test_pool' for some, ARGS='--limit 1000'
	$(Q)python3 tests/preload/nth.py $(B) $(ARGS) $(TESTS)
planted: ## plant bugs in a copy of the sources; the simulator must find each
	$(Q)sh tests/sim/planted.sh $(TESTS)
formal: ## search the formal models of agreement wholly (an hour, at most 12 GB)
	$(Q)sh tests/formal/run.sh all
bench: $(BENCH) ## run the benches (ARGS='--json --quick')
	$(Q)set -e; for t in $(BENCH); do $$t $(ARGS); done

check-layers: $(foreach l,$(LAYERS),$(call obj,$(SRC_$l))) ## no folder includes what it must not
	$(Q)sh contrib/check_layers.sh $(B) $(foreach l,$(LAYERS),$l:$l$(subst $(eval) ,,$(foreach u,$(uses_$l),$(comma)$u)))
check-pure: $(call lib,$(PURE)) ## no core calls the outside world
	$(Q)$(if $(filter release,$(PROFILE)),sh contrib/check_pure.sh $(B) $(PURE),echo "check-pure: release builds only")
man: $(B)/bin/weald ## write the daemon's manual page from its list of keys
	$(Q)sh contrib/man/weald.sh $< > contrib/man/weald.8
format: ## lay out the sources
	$(Q)git ls-files '*.c' '*.h' | grep -v /gen/ | xargs clang-format -i
lint: check-gen check-layers check-pure ## everything that needs no run
	$(Q)sh contrib/lint.sh
	$(Q)sh tests/sim/planted.sh --check

install: all ## install the programs and their manual
	install -d $(DESTDIR)$(prefix)/bin
	install -m755 $(addprefix $(B)/bin/,$(BINS)) $(DESTDIR)$(prefix)/bin
	install -d $(DESTDIR)$(prefix)/share/man/man1 $(DESTDIR)$(prefix)/share/man/man8
	install -m644 contrib/man/*.1 $(DESTDIR)$(prefix)/share/man/man1
	install -m644 contrib/man/*.8 $(DESTDIR)$(prefix)/share/man/man8
	install -d $(DESTDIR)$(prefix)/share/bash-completion/completions
	install -m644 contrib/completion/* $(DESTDIR)$(prefix)/share/bash-completion/completions
	install -d $(DESTDIR)$(prefix)/share/doc/weal
	install -m644 contrib/operating/* $(DESTDIR)$(prefix)/share/doc/weal
clean: ; rm -rf $(B)
distclean: ; rm -rf build
help: ## this list
	@sed -n '1,2p' Makefile; grep -hE '^[a-z-]+:.*## ' Makefile | sed 's/:.*## /\t/' | expand -t 16
.PHONY: all gen check-gen deps run check check-nodeps unit functional replay fuzz torture nth planted formal coverage bench check-layers check-pure man \
        format \
        lint install clean distclean help FORCE

-include $(shell find $(B) -name '*.d' 2>/dev/null)

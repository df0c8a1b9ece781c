# calibtools: build, check, install.  GNU make.  A new .c file needs no edit here.
B = build
PREFIX = /usr/local
VERSION = 0.1.0
PKGS = hdf5 yaml-0.1 zlib libdeflate expat minizip libpng cairo
CFLAGS = -O2 -g
-include config.mk

# -ffp-contract=off: results are compared bit by bit with the reference
ALL_CFLAGS := -std=c11 -D_GNU_SOURCE -DCALIB_VERSION='"$(VERSION)"' -Ilib -Icmd \
	-Wall -Wextra -Wconversion \
	$(patsubst -I%,-isystem %,$(shell pkg-config --cflags-only-I $(PKGS))) \
	$(CPPFLAGS) $(CFLAGS) -ffp-contract=off -pthread
LIBS := -Wl,--as-needed $(shell pkg-config --libs $(PKGS)) -lm -pthread
LIB_OBJ := $(patsubst %.c,$B/%.o,$(sort $(wildcard lib/*/*.c)))
CLI_OBJ := $(patsubst %.c,$B/%.o,$(sort $(filter-out $(wildcard cmd/calib*.c),$(wildcard cmd/*.c))))
CMDS := $(patsubst cmd/%.c,$B/bin/%,$(sort $(wildcard cmd/calib*.c)))
UNITS := $(patsubst %.c,$B/%,$(sort $(wildcard tests/unit/test_*.c)))
FUZZ := $(patsubst %.c,$B/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
TOOLS := $(patsubst %.c,$B/%.so,$(filter-out %/killat.c,$(sort $(wildcard tests/tools/*.c)))) \
	$B/tests/tools/killat
BENCH := $(patsubst %.c,$B/%,$(sort $(wildcard tests/bench/*.c)))
MAN1 := $(sort $(wildcard man/*.1))
MAN5 := $(sort $(wildcard man/*.5))
MAN7 := $(sort $(wildcard man/*.7))
BASHCOMP := $(sort $(wildcard scripts/completion/*.bash))
EXAMPLES := $(wildcard scripts/examples/*)

all: $(CMDS)

$B/%.o: %.c $B/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<
# gcc 12 vectorises plain loops at -O3 only
$B/lib/kern/%.o: lib/kern/%.c $B/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -O3 -MMD -MP -c -o $@ $<
$B/lib/src/unshuffle.o: lib/src/unshuffle.c $B/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -O3 -MMD -MP -c -o $@ $<
$B/libcalib.a: $(LIB_OBJ)
	@rm -f $@
	$(AR) rcsD $@ $^
EMBED = @mkdir -p $(@D) && sh scripts/embed.sh $< >$@.c && $(CC) -c $(ALL_CFLAGS) -o $@ $@.c
$B/%.js.o: %.js scripts/embed.sh $B/flags
	$(EMBED)
$B/%.css.o: %.css scripts/embed.sh $B/flags
	$(EMBED)
$B/%.html.o: %.html scripts/embed.sh $B/flags
	$(EMBED)
# an archive, so that a program has what it uses only
$B/libcli.a: $(CLI_OBJ)
	@rm -f $@
	$(AR) rcsD $@ $^
# A program of several files has the others in a directory: cmd/nda/*.c for cmd/calib-nda.c
# (no patsubst there: its % would become the stem); what pages are made of goes in as it is
.SECONDEXPANSION:
$B/bin/%: $B/cmd/%.o $$(addprefix $B/,$$(addsuffix .o,$$(basename $$(sort $$(wildcard cmd/$$(subst calib-,,$$*)/*.c))) $$(sort $$(wildcard cmd/$$(subst calib-,,$$*)/*.js cmd/$$(subst calib-,,$$*)/*.css cmd/$$(subst calib-,,$$*)/*.html)))) $B/libcli.a $B/libcalib.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)
$B/tests/unit/%: $B/tests/unit/%.o $B/libcalib.a
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lcmocka $(LIBS)
FUZZ_MAIN = $B/tests/fuzz/replay.o
$B/tests/fuzz/%: $B/tests/fuzz/%.o $(FUZZ_MAIN) $B/libcalib.a
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)
$B/tests/bench/%: $B/tests/bench/%.o $B/libcalib.a
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)
$B/tests/tools/killat: $B/tests/tools/killat.o
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^
$B/tests/tools/%.so: tests/tools/%.c $B/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -fPIC -shared -o $@ $< -ldl
$B/flags: FORCE
	@mkdir -p $B
	@echo '$(CC) $(ALL_CFLAGS)' | cmp -s - $@ || echo '$(CC) $(ALL_CFLAGS)' >$@

fuzz: $(FUZZ)
tests: $(CMDS) $(UNITS) $(FUZZ) $(TOOLS)
check: tests
	@B=$B PATH=$(CURDIR)/$B/bin:$$PATH sh tests/run.sh $(UNITS) $(FUZZ) $(sort $(wildcard tests/cli/*.sh))
SAN = -fsanitize=address,undefined -fno-sanitize-recover=undefined
check-asan:
	$(MAKE) B=build/asan CFLAGS='-O1 -g -fno-omit-frame-pointer $(SAN)' check
TIME = 60
check-fuzz:
	@MAKE='$(MAKE)' TIME='$(TIME)' sh tests/fuzz/run.sh
# kill the writing verbs before every system call; make check does so before some
check-kill: tests
	@B=$B PATH=$(CURDIR)/$B/bin:$$PATH EVERY=1 TEST_TIMEOUT=1200 sh tests/run.sh tests/cli/deploy-kill.sh
check-slurm: $(CMDS)
	@B=$B PATH=$(CURDIR)/$B/bin:$$PATH JOBS=1 sh tests/run.sh tests/slurm/batch.sh tests/slurm/many.sh
check-web: $(CMDS)
	@PATH=$(CURDIR)/$B/bin:$$PATH sh tests/web/run.sh
check-fresh:
	sh tests/fresh/run.sh
bench: $(CMDS) $(BENCH)
	B=$B PATH=$(CURDIR)/$B/bin:$$PATH sh tests/bench/run.sh
lint:
	@CC='$(CC)' B=$B sh scripts/lint
compile-commands: $B/flags
	@sh scripts/compile-commands "$(CC) $(ALL_CFLAGS)" >$B/compile_commands.json

install: $(CMDS)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1 \
		$(DESTDIR)$(PREFIX)/share/man/man5 $(DESTDIR)$(PREFIX)/share/man/man7 \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions \
		$(DESTDIR)$(PREFIX)/share/doc/calibtools/examples
	install -m 755 $(CMDS) $(DESTDIR)$(PREFIX)/bin
	$(if $(MAN1),install -m 644 $(MAN1) $(DESTDIR)$(PREFIX)/share/man/man1)
	$(if $(MAN5),install -m 644 $(MAN5) $(DESTDIR)$(PREFIX)/share/man/man5)
	$(if $(MAN7),install -m 644 $(MAN7) $(DESTDIR)$(PREFIX)/share/man/man7)
	$(if $(BASHCOMP),install -m 644 $(BASHCOMP) $(DESTDIR)$(PREFIX)/share/bash-completion/completions)
	install -m 644 $(EXAMPLES) $(DESTDIR)$(PREFIX)/share/doc/calibtools/examples
uninstall:
	rm -rf $(DESTDIR)$(PREFIX)/share/doc/calibtools
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/bin/,$(notdir $(CMDS))) \
		$(addprefix $(DESTDIR)$(PREFIX)/share/man/man1/,$(notdir $(MAN1))) \
		$(addprefix $(DESTDIR)$(PREFIX)/share/man/man5/,$(notdir $(MAN5))) \
		$(addprefix $(DESTDIR)$(PREFIX)/share/man/man7/,$(notdir $(MAN7))) \
		$(addprefix $(DESTDIR)$(PREFIX)/share/bash-completion/completions/,$(notdir $(BASHCOMP)))
clean:
	rm -rf $B demo

.PHONY: all fuzz tests check check-asan check-fuzz check-kill check-slurm check-web check-fresh bench lint compile-commands \
	install uninstall clean FORCE
.SECONDARY:
-include $(shell find $B -name '*.d' 2>/dev/null)

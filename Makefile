# `make` lists the targets. What Maven cannot do, the classes in src/test/java/koker/dist do.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: deps deps-build deps-browser dist run test test-vm bench pictures install man clean fmt lint help

PREFIX ?= /usr/local

# Debian's packages that the build needs, and that only the tests and benchmarks need.
BUILD_PACKAGES := maven busybox-static
TEST_PACKAGES := attr binutils binutils-aarch64-linux-gnu buildah chromium curl dbus-daemon debootstrap docker-registry e2fsprogs gcc hyperfine \
	iperf3 iproute2 iptables jq libc6-dev libcap2-bin libdevmapper1.02.1 libseccomp2 nftables openssl podman \
	procps python3 python3-dbus python3-gi qemu-system-x86 runc skopeo strace systemd time tini tmux uidmap umoci util-linux xz-utils zstd

SUDO := $(if $(filter-out 0,$(shell id -u)),sudo)

# The first Java 25 or newer among the usual places. Not simply `java`, which may well be an older one.
JDK = $(or $(shell for home in "$$JAVA_HOME" "$$(readlink -f "$$(command -v javac)" | sed 's|/bin/javac$$||')" \
		/usr/lib/jvm/* /opt/*jdk* "$$HOME"/.sdkman/candidates/java/*; do \
	version=$$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$$home/release" 2>/dev/null); \
	if [ "$${version:-0}" -ge 25 ] && [ -x "$$home/bin/javac" ]; then echo "$$home"; break; fi; done), \
	$(error No JDK 25 or newer found: install one, for example Temurin 25, and set JAVA_HOME to its folder))

# The options for the JVM silence warnings about what Maven itself does on a new Java.
MVN = JAVA_HOME=$(JDK) MAVEN_OPTS="--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow -Djansi.mode=strip" \
	mvn --batch-mode --no-transfer-progress -Dorg.slf4j.simpleLogger.log.org.apache.maven.cli.event=warn

# Folders too: their times change when a file goes.
SOURCES := $(shell find src/main src/test/java/koker/dist) pom.xml Makefile

define HELP
Usage: make TARGET

  run      build, and start a shell in a container, with the system calls shown
  dist     build dist/koker, the one executable file
  test     check the layout of the code, build, run the unit and the integration tests
  test-vm  of these, only the limits on virtual machines: one with cgroups of version 2, one of version 1
  bench    compare koker's speed with that of other engines that are installed here
  install  put the executable, man pages and shell completion under PREFIX ($(PREFIX)), below DESTDIR if set
  fmt      lay the code out as `make lint` wants it
  lint     check the layout, and compile everything with every warning an error
  deps     install what the build and the tests need and is missing (Debian)
  clean    remove what was built
endef

help:
	$(info $(HELP))@:

# Only what is missing is installed, and only where something is the list of packages fetched.
define INSTALL
missing=$$(for p in $(1); do dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || echo $$p; done); \
if [ -n "$$missing" ]; then \
	command -v apt-get >/dev/null || { echo "Please install:" $$missing >&2; exit 1; }; \
	$(SUDO) apt-get update -qq && \
	DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -y -qq --no-install-recommends $$missing >/dev/null || \
	{ echo "Could not install, please do:" $$missing >&2; exit 1; }; \
fi
endef

deps: deps-browser
	@$(call INSTALL,$(BUILD_PACKAGES) $(TEST_PACKAGES))

# What drives the browser that pages are tested in. Pinned: each version of it knows one of Chromium's best.
PLAYWRIGHT := playwright-core@1.56.1

# Node.js need not be Debian's, and has npm with it elsewhere.
deps-browser:
	@command -v npm >/dev/null || { $(call INSTALL,nodejs npm); }
	@[ -d target/browser/node_modules/playwright-core ] || \
		npm install --silent --no-audit --no-fund --prefix target/browser $(PLAYWRIGHT)

# For those who just want to build: no look at the packages where the two commands are there already.
deps-build:
	@command -v mvn >/dev/null && [ -x /bin/busybox ] || { $(call INSTALL,$(BUILD_PACKAGES)); }

dist: dist/koker

dist/koker: $(SOURCES) | deps-build
	@$(MVN) -q compile dependency:build-classpath -DincludeScope=runtime -Dmdep.outputFile=target/classpath
	@$(JDK)/bin/java -cp "$$(cat target/classpath)" src/test/java/koker/dist/Dist.java \
		target/classes "$$(cat target/classpath)" target/dist $@

run: dist
	@$(SUDO) dist/koker -D run -it busybox sh

# Takes packages apart in the folder $@ without installing them: $(call FETCH,a command that prints their names).
define FETCH
rm -rf $@.new && mkdir -p $@.new && cd $@.new && \
fetch() { packages=$$($(1)) && [ -n "$$packages" ] && apt-get download -qq -o APT::Sandbox::User=root $$packages; } && \
{ fetch || { $(SUDO) apt-get update -qq && fetch; }; } && \
for package in *.deb; do dpkg-deb -x $$package . && rm $$package; done
@mv $@.new $@
endef

# Docker's package would start a daemon, and that would change the firewall.
target/docker: | deps
	@$(call FETCH,echo docker.io containerd)

# A kernel's package would make it the one that this machine starts, and AppArmor's would confine programs here.
target/vm: | deps
	@$(call FETCH,apt-cache show --no-all-versions linux-image-cloud-amd64 | sed -n 's/^Depends: \([^ ]*\).*/\1 apparmor checkpolicy/p')

test: deps lint dist target/docker target/vm
	@$(MVN) test failsafe:integration-test failsafe:verify

test-vm: deps dist target/vm
	@$(MVN) test-compile failsafe:integration-test failsafe:verify -Dit.test=VmIT

bench: deps dist target/docker
	@$(MVN) -q test-compile
	@$(JDK)/bin/java --enable-native-access=ALL-UNNAMED -cp "target/test-classes:target/classes:$$(cat target/classpath)" \
		koker.bench.Bench dist/koker

pictures: deps dist
	src/test/docs/record dist/koker target/browser

man: dist
	@$(MVN) -q test-compile dependency:build-classpath -DincludeScope=test -Dmdep.outputFile=target/classpath-test
	@$(JDK)/bin/java -cp "target/test-classes:target/classes:$$(cat target/classpath-test)" \
		koker.dist.Documents target/documents
	@$(MVN) -q asciidoctor:process-asciidoc

install: man
	install -D dist/koker $(DESTDIR)$(PREFIX)/bin/koker
	install -d $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 644 target/man/*.1 $(DESTDIR)$(PREFIX)/share/man/man1
	install -D -m 644 target/documents/koker.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/koker

fmt: deps-build
	@$(MVN) -q spotless:apply

lint: deps-build
	@$(MVN) -q spotless:check test-compile

clean:
	rm -rf target dist

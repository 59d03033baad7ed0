package koker.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a container sees: a world of its own, and nothing of the host's. */
class IsolationIT {
    @RegisterExtension
    static final Host host = new Host();

    private static List<String> lines(String script, Object... options) {
        return host.run(Command.words(options), "busybox", "sh", "-c", script)
                .run()
                .succeeded()
                .lines();
    }

    @ParameterizedTest
    @ValueSource(strings = {"mnt", "uts", "ipc", "pid", "net", "cgroup"})
    void namespaceIsItsOwn(String name) throws IOException {
        var inside = lines("readlink /proc/self/ns/" + name).getFirst();
        assertNotEquals(Files.readSymbolicLink(Path.of("/proc/self/ns", name)).toString(), inside);
    }

    @Test
    void mountsAreKokersAndThoseAskedFor() {
        var targets = lines("awk '{print $5}' /proc/self/mountinfo").stream()
                .filter(target -> !target.startsWith("/proc/") && !target.startsWith("/sys/"))
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(
                new TreeSet<>(Set.of(
                        "/",
                        "/proc",
                        "/sys",
                        "/dev",
                        "/dev/pts",
                        "/dev/shm",
                        "/dev/mqueue",
                        "/etc/hosts",
                        "/etc/hostname",
                        "/etc/resolv.conf")),
                targets);
    }

    @Test
    void mountsBelowProcAndSysAreKokersToo() {
        var known = Set.of(
                "/proc/asound",
                "/proc/acpi",
                "/proc/interrupts",
                "/proc/kcore",
                "/proc/keys",
                "/proc/latency_stats",
                "/proc/timer_list",
                "/proc/timer_stats",
                "/proc/sched_debug",
                "/proc/scsi",
                "/proc/bus",
                "/proc/fs",
                "/proc/irq",
                "/proc/sys",
                "/proc/sysrq-trigger",
                "/sys/firmware",
                "/sys/devices/virtual/powercap");
        for (var target : lines("awk '{print $5}' /proc/self/mountinfo | grep -E '^/(proc|sys)/'")) {
            assertTrue(known.contains(target) || target.startsWith("/sys/fs/cgroup"), target);
        }
    }

    @Test
    void mountsAreNotSharedWithTheHost() {
        assertEquals(List.of(), lines("grep -E 'shared:|master:' /proc/self/mountinfo || true"));
    }

    @Test
    void overlayIsMountedInNoNamespaceButTheContainers() throws IOException {
        var out = Files.createDirectory(host.work().resolve("out"));
        var seen = new TreeSet<String>();
        var before = HostSnapshot.namespace("self", "mnt");
        var running = host.run("-v", out + ":/out", "busybox", "sh", "-c", "until [ -e /out/end ]; do sleep 0.02; done")
                .start();
        var looksWhileItRuns = 0;
        while (looksWhileItRuns < 20) {
            looksWhileItRuns += seen.isEmpty() ? 0 : 1;
            assertTrue(running.process().isAlive());
            for (var pid : HostSnapshot.pids()) {
                if (HostSnapshot.mounts(pid)
                        .contains(host.root().resolve("containers").toString())) {
                    seen.add(HostSnapshot.namespace(pid, "mnt"));
                }
            }
        }
        Files.createFile(out.resolve("end"));
        running.end().succeeded();
        seen.remove("");
        assertEquals(1, seen.size(), () -> "namespaces with the overlay: " + seen);
        assertTrue(!seen.contains(before), "the host's namespace has the overlay");
    }

    @Test
    void devicesAndLinksAreThere() {
        assertEquals(
                List.of(
                        "core -> /proc/kcore",
                        "fd -> /proc/self/fd",
                        "full 1:7 666",
                        "mqueue directory",
                        "null 1:3 666",
                        "ptmx -> pts/ptmx",
                        "pts directory",
                        "random 1:8 666",
                        "shm directory",
                        "stderr -> /proc/self/fd/2",
                        "stdin -> /proc/self/fd/0",
                        "stdout -> /proc/self/fd/1",
                        "tty 5:0 666",
                        "urandom 1:9 666",
                        "zero 1:5 666"),
                lines("cd /dev; for i in *; do if [ -L $i ]; then echo \"$i -> $(readlink $i)\";"
                        + " elif [ -d $i ]; then echo $i directory; else stat -c \"%n %t:%T %a\" $i; fi; done"));
        assertEquals(
                List.of("0", "16", "full"),
                lines(
                        "cat /dev/null | wc -c; head -c 16 /dev/urandom | wc -c; echo x 2>/dev/null >/dev/full || echo full"));
    }

    @Test
    void devicesOfTheHostCannotBeOpened() {
        // It asks for no capability: root on the host may open it.
        assertEquals(
                0, host.command("sh", "-c", "exec 3</dev/loop-control").run().status());
        assertEquals(
                List.of("refused"),
                lines("mknod /dev/loop c 10 237 && (exec 3</dev/loop) 2>/dev/null && echo opened || echo refused"));
    }

    @Test
    void devicesOnVolumesCannotBeOpened() throws IOException {
        var folder = Files.createDirectory(host.work().resolve("folder"));
        assertEquals(
                List.of("refused"),
                lines(
                        "mknod /data/loop c 10 237 && (exec 3</data/loop) 2>/dev/null && echo opened || echo refused",
                        "-v",
                        folder + ":/data"));
    }

    @ParameterizedTest
    @CsvSource({
        "/proc, nosuid nodev noexec",
        "/sys, ro nosuid nodev noexec",
        "/sys/fs/cgroup, ro nosuid nodev noexec",
        "/dev, nosuid",
        "/dev/pts, nosuid noexec",
        "/dev/shm, nosuid nodev noexec",
        "/dev/mqueue, nosuid nodev noexec",
        "/, nodev"
    })
    void mountIsAsRestrictedAsItCanBe(String target, String options) {
        var mount = lines("awk '$5 == \"" + target + "\"' /proc/self/mountinfo")
                .getLast()
                .split(" ");
        assertTrue(List.of(mount[5].split(",")).containsAll(List.of(options.split(" "))), mount[5]);
    }

    @Test
    void pathsAreMasked() {
        assertEquals(
                List.of("0", "0", "0"),
                lines("cat /proc/kcore /proc/keys /proc/timer_list /proc/interrupts 2>/dev/null | wc -c;"
                        + " ls /sys/firmware /proc/acpi /proc/scsi 2>/dev/null | grep -vc -e : -e '^$';"
                        + " ls /sys/firmware | wc -l"));
        assertEquals(List.of("no"), lines("touch /sys/firmware/x 2>/dev/null || echo no"));
    }

    @Test
    void pathsAreReadOnly() {
        for (var write : List.of(
                "echo h > /proc/sysrq-trigger",
                "echo 1 > /proc/sys/net/ipv4/ip_forward",
                "echo x > /proc/sys/kernel/core_pattern",
                "echo 1 > /proc/irq/default_smp_affinity",
                "mkdir /sys/fs/cgroup/memory/x",
                "mkdir /sys/fs/cgroup/x",
                "echo 1 > /sys/fs/cgroup/memory/notify_on_release")) {
            assertEquals(
                    List.of("no"), lines("(" + write + ") 2>/dev/null || echo no", "--cap-add", "SYS_ADMIN"), write);
        }
    }

    @Test
    void cgroupIsShownAsTheRoot() {
        for (var line : lines("cat /proc/self/cgroup")) {
            assertTrue(line.endsWith(":/"), line);
        }
        assertEquals(List.of("20971520"), lines("cat /sys/fs/cgroup/memory/memory.limit_in_bytes", "-m", "20"));
    }

    @Test
    void cgroupsOfTheHostAreNotShown() {
        assertEquals(List.of(), lines("find /sys/fs/cgroup -mindepth 2 -type d"));
    }

    @Test
    void processStartsClean() throws IOException {
        var status = lines("cat /proc/self/status");
        assertTrue(status.contains("NoNewPrivs:\t0"), status::toString);
        assertTrue(status.contains("SigBlk:\t0000000000000000"), status::toString);
        assertTrue(status.contains("SigCgt:\t0000000000000000"), status::toString);
        assertTrue(status.contains("SigPnd:\t0000000000000000"), status::toString);
        assertTrue(status.contains("Umask:\t0022"), status::toString);
    }

    @Test
    void noSignalIsIgnoredUnlessKokerWasToldTo() {
        var ended = host.command(
                        "env", "--default-signal", host.runWords(), "busybox", "grep", "SigIgn", "/proc/self/status")
                .run()
                .succeeded();
        // Not counting the two above 31, which belong to the C library, and which env leaves as they are.
        var ignored =
                Long.parseUnsignedLong(ended.out().substring("SigIgn:".length()).strip(), 16);
        assertEquals(0, ignored & Integer.MAX_VALUE, ended::out);
    }

    @Test
    void processesOfTheHostAreNotSeen() {
        assertEquals(List.of("1"), lines("exec sh -c 'cd /proc; for i in [0-9]*; do [ -d $i ] && echo $i; done'"));
    }

    @Test
    void filesOfTheHostAreNotReachable() {
        assertEquals(
                List.of("/", "/", "/", "no"),
                lines("readlink -f /proc/1/root; readlink -f /proc/self/cwd; cd /../../..; pwd;" + " ls -d "
                        + host.root() + " 2>/dev/null || echo no"));
    }

    @Test
    void namesOfTheContainerAreInEtc() {
        assertEquals(
                List.of("box", "127.0.0.1\tlocalhost", "644 644 644"),
                lines(
                        "cat /etc/hostname; grep 127.0.0.1 /etc/hosts;"
                                + " echo $(stat -c %a /etc/hosts /etc/hostname /etc/resolv.conf)",
                        "--hostname", "box"));
    }

    @Test
    void resolverOfTheHostIsUsed() throws IOException {
        var expected =
                Files.exists(Path.of("/etc/resolv.conf")) ? Files.readAllLines(Path.of("/etc/resolv.conf")) : List.of();
        assertEquals(expected, lines("cat /etc/resolv.conf"));
    }

    @Test
    void changesOfHostFilesStayInside() throws IOException {
        var hosts = Files.readString(Path.of("/etc/hosts"));
        var name = Files.readString(Path.of("/proc/sys/kernel/hostname"));
        lines("echo 1.1.1.1 x >> /etc/hosts; echo y > /etc/hostname; hostname z", "--cap-add", "SYS_ADMIN");
        assertEquals(hosts, Files.readString(Path.of("/etc/hosts")));
        assertEquals(name, Files.readString(Path.of("/proc/sys/kernel/hostname")));
    }

    @Test
    void mountsMadeInsideStayInside() {
        lines(
                "mkdir /m; mount -t tmpfs none /m; mount -t tmpfs none /data",
                "--cap-add",
                "SYS_ADMIN",
                "-v",
                host.work() + ":/data");
    }
}

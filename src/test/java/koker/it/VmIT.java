package koker.it;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Limits hold on machines that have cgroups of one version only, and where systemd owns them: on virtual ones, as a machine's cgroups are what it
 * was started with. What is done there is in src/test/vm.
 */
class VmIT {
    private static final Path SCRIPTS = Path.of("src/test/vm");
    private static final Path KERNEL = Path.of("target/vm").toAbsolutePath();
    /** What the machines start from. They do not change it. */
    private static final Path START = Path.of("target/vm-start").toAbsolutePath();

    private static final Duration PATIENCE = Duration.ofMinutes(20);

    private static final List<String> CHECKS = List.of(
            "memory: 20 MiB do not go into 10",
            "memory: koker says that it ran out",
            "trace: the writes are shown",
            "swap: 20 MiB go into 10 and 20 of swap, 40 do not",
            "devices: the disk is denied, others are not",
            "devices: the disk is read, at one MiB a second",
            "start: a container in the background",
            "processors: half of one",
            "update: half of that, at once",
            "stats: shows what is used",
            "freezer: pause and unpause",
            "removal: with cgroups in the container's own",
            "processes: the fork bomb stops",
            "huge pages: one goes into one, two do not",
            "weight: of two readers of a disk, one gets four times as much");
    private static final List<String> DELEGATION = List.of(
            "delegation: a cgroup with processes becomes the top",
            "delegation: in what systemd has marked so, a container is below");
    private static final List<String> VIEW = List.of("view: all hierarchies, and each controller by its name");
    private static final List<String> RUNTIME = List.of(
            "oci: a container runs",
            "oci: its limits are those under runc",
            "oci: update",
            "oci: the new limits are those under runc",
            "oci: events",
            "oci: pause and resume",
            "oci: exec",
            "oci: delete",
            "oci: a user namespace sees the host's cgroups");
    private static final List<String> SYSTEMD = List.of(
            "systemd: a container runs in a scope",
            "systemd: its limits are those under runc",
            "systemd: its properties are those under runc",
            "systemd: update",
            "systemd: the new limits are those under runc",
            "systemd: the new properties are those under runc",
            "systemd: the weight has not changed",
            "systemd: exec",
            "systemd: delete",
            "systemd: the scope is forgotten");
    private static final List<String> UNIFIED_SYSTEMD =
            List.of("systemd: a cgroup that is writable has the owners that runc gives it");
    private static final List<String> APPARMOR = List.of(
            "apparmor: a profile is loaded",
            "apparmor: it confines a container",
            "apparmor: one that is missing is told");
    private static final List<String> SELINUX = List.of(
            "selinux: a policy is loaded",
            "selinux: a process and mounts have their labels",
            "selinux: a label that is unknown is told");
    private static final String END = "removal: no cgroup is left";

    @RegisterExtension
    static final Host host = new Host();

    @BeforeAll
    static void makeDisk() {
        // koker has been unpacked by now, which would take long in there.
        host.command(SCRIPTS.resolve("build"), KERNEL, Host.KOKER, Host.CACHE, START)
                .within(PATIENCE)
                .run()
                .succeeded();
    }

    /** Both modes at once: each machine has one processor, of a kind older than any that koker is built on. */
    @Test
    void limitsHoldInUnifiedAndInLegacyMode() {
        var legacy = start("legacy", "selinux");
        var unified = start("unified", "apparmor");
        var checks = new ArrayList<>(CHECKS);
        checks.addAll(VIEW);
        checks.addAll(SELINUX);
        checks.add(END);
        checks.addAll(SYSTEMD);
        var more = new ArrayList<>(CHECKS);
        more.addAll(DELEGATION);
        more.addAll(RUNTIME);
        more.addAll(APPARMOR);
        more.add(END);
        more.addAll(SYSTEMD);
        more.addAll(UNIFIED_SYSTEMD);
        assertAll(() -> assertPass("unified", unified, more), () -> assertPass("legacy", legacy, checks));
    }

    private static Command.Running start(String mode, String security) {
        return host.command(
                        "qemu-system-x86_64",
                        List.of("-accel", "tcg", "-cpu", "Nehalem", "-smp", "1", "-m", "1024"),
                        List.of("-nodefaults", "-no-user-config", "-nographic", "-no-reboot", "-serial", "stdio"),
                        List.of("-kernel", START.resolve("kernel"), "-initrd", START.resolve("initramfs")),
                        List.of(
                                "-append",
                                "console=ttyS0 loglevel=2 panic=-1 mitigations=off security=" + security + " cgroups="
                                        + mode),
                        "-drive",
                        "if=virtio,format=raw,snapshot=on,file=" + START.resolve("disk"),
                        "-drive",
                        "if=virtio,driver=null-co,size=1G,read-zeroes=on,throttling.bps-total=2097152")
                .env("TMPDIR", START.toString())
                .within(PATIENCE)
                .start();
    }

    /** Looks for a good end of each check, and of no other, on a machine's serial console. */
    private static void assertPass(String mode, Command.Running machine, List<String> checks) {
        var console = machine.end();
        var results = console.out()
                .lines()
                .filter(line -> line.startsWith("ok ") || line.startsWith("not ok "))
                .toList();
        assertEquals(
                String.join("\n", checks.stream().map(check -> "ok " + check).toList()),
                String.join("\n", results),
                () -> mode + " mode, on whose console there was:\n" + console.out() + console.errors());
    }
}

package koker.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code --dry-run} shows the plan that would be carried out, and does nothing else. */
class DryRunIT {
    @RegisterExtension
    static final Host host = new Host();

    /** Calls that cannot but change something beside the process that makes them. */
    private static final Pattern CHANGE =
            Pattern.compile("(mount|umount2|pivot_root|chroot|open_tree|move_mount|fsopen|"
                    + "unshare|setns|sethostname|setdomainname|mkdir|mkdirat|rmdir|unlink|unlinkat|rename|renameat|renameat2|"
                    + "symlink|symlinkat|link|linkat|mknod|mknodat|chmod|fchmod|fchmodat|chown|fchown|fchownat|lchown|truncate|"
                    + "setxattr|fsetxattr|lsetxattr|utimensat|kill|tkill|bpf|capset|setuid|setgid|setresuid|setresgid|setgroups|"
                    + "pidfd_send_signal|flock)\\(.*");

    private static final List<String> EVERYTHING = List.of(
            "-p",
            "8090:80",
            "--mem",
            "64m",
            "--pids-limit",
            "40",
            "-v",
            "/usr:/host:ro",
            "--tmpfs",
            "/t",
            "--user",
            "1000",
            "--read-only",
            "--ulimit",
            "nofile=100");

    @Test
    void makesNoCallThatChangesAnything() throws IOException {
        changesNothing("run", "--dry-run", EVERYTHING, "busybox", "true");
    }

    @Test
    void nothingIsChangedWhereTheEndOfAContainerIsPlanned() throws IOException {
        host.ok("run", "-d", "--name", "stays", "-p", "8091:80", "busybox", "sleep", "1000");
        changesNothing("stop", "--dry-run", "stays");
        changesNothing("kill", "--dry-run", "stays");
        changesNothing("pause", "--dry-run", "stays");
        changesNothing("rm", "-f", "--dry-run", "stays");
        assertTrue(host.ok("ps").contains("Up "), "it does not run any more");
        host.ok("rm", "-f", "stays");
    }

    @Test
    void nothingIsChangedWhereNetworksArePlanned() throws IOException {
        changesNothing("network", "create", "--dry-run", "planned");
        assertFalse(host.ok("network", "ls").contains("planned"), "it was made");
        host.ok("network", "create", "web");
        host.ok("run", "-d", "--name", "stays", "-p", "8092:80", "busybox", "sleep", "1000");
        changesNothing("network", "connect", "--dry-run", "web", "stays");
        host.ok("network", "connect", "web", "stays");
        changesNothing("network", "disconnect", "--dry-run", "web", "stays");
        var refused = host.quiet("network", "rm", "--dry-run", "web");
        assertTrue(refused.errors().contains("network web is in use by container "), refused.errors());
        host.ok("network", "disconnect", "web", "stays");
        changesNothing("-q", "network", "rm", "--dry-run", "web");
        host.ok("rm", "-f", "stays");
        host.ok("network", "rm", "web");
    }

    /** In the order in which it is then done. */
    @Test
    void connectionsArePlannedAsTheyAreMade() {
        host.ok("network", "create", "web");
        host.ok("run", "-d", "--name", "joins", "busybox", "sleep", "1000");
        for (var verb : List.of("connect", "disconnect")) {
            var planned = steps(host.ok("network", verb, "--dry-run", "--format", "json", "web", "joins"));
            var done = normal(
                    host.koker("-D", "network", verb, "web", "joins").run().errors());
            var at = 0;
            for (var step : planned) {
                if (step.get("step")
                        .getAsString()
                        .matches("lease-address|make-bridge|make-veth|remove-link|return-address")) {
                    at = done.indexOf(" " + step.get("title").getAsString() + " ", at);
                    assertTrue(at >= 0, step + " is not done, or too early:\n" + done);
                }
            }
            assertTrue(at > 0, "nothing is planned: " + planned);
        }
        host.ok("rm", "-f", "joins");
        host.ok("network", "rm", "web");
    }

    @Test
    void aRuntimeThatPlansChangesNothing() throws IOException {
        try (var lab = OciLab.on(host)) {
            lab.bundle().running("sleep", "1000");
            var oci = List.of("oci", "--root", host.root().resolve("oci"), "--dry-run");
            var bundle = lab.bundle().folder();
            changesNothing(oci, "create", "--bundle", bundle, "c");
            changesNothing(oci, "run", "--bundle", bundle, "c");
            changesNothing(oci, "run", "--detach", "--bundle", bundle, "c");
            lab.create().run().succeeded();
            changesNothing(oci, "start", "c");
            assertEquals("created", lab.status());
            lab.oci("start", "c").run().succeeded();
            changesNothing(oci, "exec", "c", "true");
            changesNothing(oci, "pause", "c");
            changesNothing(oci, "update", "--pids-limit", "9", "c");
            changesNothing(oci, "kill", "c", "KILL");
            changesNothing(oci, "kill", "--all", "c", "KILL");
            changesNothing(oci, "delete", "--force", "c");
            assertEquals("running", lab.status());
        }
    }

    private static void changesNothing(Object... words) throws IOException {
        var file = host.work().resolve("calls");
        var before = files();
        host.command("strace", "-f", "-qq", "-s", "256", "-o", file, host.kokerWords(words))
                .run()
                .succeeded();

        var changes = new ArrayList<String>();
        var seen = 0;
        for (var line : Files.readAllLines(file)) {
            var call = line.replaceFirst("^[0-9]+ +", "");
            seen++;
            if (changes(call)) {
                changes.add(call);
            }
        }
        assertTrue(seen > 100, "strace saw no more than " + seen + " calls");
        assertEquals("", String.join("\n", changes));
        assertEquals(before, files());
    }

    private static boolean changes(String call) {
        if (CHANGE.matcher(call).matches()) {
            return !call.contains(") = -1 "); // who has tried in vain is found by the next test
        }
        if (call.startsWith("clone") || call.startsWith("fork") || call.startsWith("vfork")) {
            return call.contains("CLONE_NEW") || !call.contains("CLONE_THREAD") && !call.contains("CLONE_VFORK");
        }
        if (call.startsWith("openat(") || call.startsWith("open(")) {
            // Java looks at what would be in a core dump; if it wrote that, write(2) would tell.
            return call.matches(".*O_(WRONLY|RDWR|CREAT|TRUNC).*")
                    && !call.contains("\"/dev/")
                    && !call.contains("coredump_filter");
        }
        if (call.startsWith("sendto(") || call.startsWith("sendmsg(")) {
            return !call.matches(".*RTM_GET(LINK|ROUTE).*");
        }
        return call.startsWith("connect(") && !call.contains("/nscd/")
                || call.startsWith("write(") && !call.matches("write\\([12], .*");
    }

    /** All below koker's folder, with their times. */
    private static List<String> files() {
        return host.command("find", host.root(), "-printf", "%p %T@ %C@ %m\\n").run().succeeded().lines().stream()
                .sorted()
                .toList();
    }

    @Test
    void nobodyNeedsRightsForIt() throws IOException {
        var open = host.work().resolve("open");
        var cache = Files.createDirectory(host.work().resolve("cache"));
        host.command("cp", "-a", host.root(), open).run().succeeded();
        host.command("sh", "-c", "chmod a+rx \"$0\" \"$0\"/* \"$0\"/layers/* && chown 65534 \"$1\"", open, cache)
                .run()
                .succeeded();
        var nobody = List.of("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups");

        var plan = host.command(nobody, Host.KOKER, "--root", open, "run", "--dry-run", EVERYTHING, "busybox", "true")
                .env("KOKER_CACHE", cache.toString())
                .env("HOME", "/nonexistent")
                .run();

        assertEquals(0, plan.status(), plan.errors());
        assertTrue(plan.out().contains("pidfd_open(<pid>, 0)"), plan.out());
        assertTrue(plan.out().contains("Clone process"), plan.out());
    }

    /** Each call that is shown for the new process is then made by it, with the same arguments. */
    @Test
    void showsWhatIsThenDone() {
        var words = List.of("--network", "none", "--tmpfs", "/t", "--user", "1000", "--ulimit", "nofile=100");
        var planned = new ArrayList<String>();
        for (var step : plan(words)) {
            if (step.get("where").getAsString().equals("container")) {
                step.getAsJsonArray("calls").forEach(call -> planned.add(normal(call.getAsString())));
            }
        }
        var done =
                normal(host.koker("-D", "run", words, "busybox", "true").run().errors());

        assertTrue(planned.size() > 100, planned.toString());
        planned.removeIf(call -> call.contains("<") || call.matches("(execve|read|getcwd|statx).*|.* mode of the .*"));
        planned.removeIf(done::contains);
        assertEquals("", String.join("\n", planned));
    }

    @Test
    void stepsAreNumberedAndTakeTheirOrderFromThePlan() {
        var steps = plan(List.of());
        var names = steps.stream().map(step -> step.get("step").getAsString()).toList();
        for (var i = 0; i < steps.size(); i++) {
            assertEquals(i + 1, steps.get(i).get("number").getAsInt());
        }
        assertTrue(names.indexOf("lease-address") < names.indexOf("clone"), names.toString());
        assertTrue(names.indexOf("clone") < names.indexOf("make-veth"), names.toString());
        assertTrue(names.indexOf("make-veth") < names.lastIndexOf("meet"), names.toString());
        assertEquals("exec", names.getLast());
    }

    @Test
    void createStopsBeforeThereIsAProcess() {
        var table = host.ok("create", "--dry-run", "busybox", "true");
        assertTrue(table.contains("Write file"), table);
        assertFalse(table.contains("Clone process"), table);
    }

    @Test
    void furtherCommandsAndStartsArePlannedToo() {
        host.ok("create", "--name", "planned", "--network", "none", "busybox", "sleep", "100");
        var start = host.ok("start", "--dry-run", "planned");
        assertTrue(start.contains("Enter root"), start);
        assertTrue(host.ok("ps", "-a").contains("Created"), "it was started");
        host.ok("start", "planned");
        var exec = host.ok("exec", "--dry-run", "planned", "id");
        assertTrue(exec.contains("Enter PID namespace"), exec);
        assertEquals(
                "koker: container planned is already running\n",
                host.quiet("start", "--dry-run", "planned").errors());
        host.ok("rm", "-f", "planned");
    }

    /** In the order in which it is then done. */
    @Test
    void theEndOfAContainerIsPlannedAsItComes() {
        host.ok("run", "-d", "--name", "ends", "--network", "none", "busybox", "sleep", "1000");
        var planned = steps(host.ok("rm", "-f", "--dry-run", "--format", "json", "ends"));
        var done = host.koker("-D", "rm", "-f", "ends").run().errors();
        assertEquals("open-process", planned.getFirst().get("step").getAsString());
        assertEquals("remove-state-folder", planned.getLast().get("step").getAsString());
        var at = 0;
        for (var step : planned) {
            var call = step.getAsJsonArray("calls").get(0).getAsString();
            // The cgroup may be gone by then: who looks after the container removes it, too.
            if (!call.contains("<") && !step.get("step").getAsString().equals("remove-cgroup")) {
                at = normal(done).indexOf(normal(call), at);
                assertTrue(at >= 0, call + " is not done, or too early:\n" + done);
            }
        }
    }

    @Test
    void whatCannotBeDoneIsNotPlanned() {
        host.ok("run", "-d", "--name", "runs", "--network", "none", "busybox", "sleep", "1000");
        refuses("container runs is running; end it first with koker stop, or remove it with -f", "rm", "runs");
        refuses("container runs is not paused", "unpause", "runs");
        host.ok("stop", "-t", "0", "runs");
        refuses("cannot kill container runs: it is stopped; start it first: koker start runs", "kill", "runs");
        assertEquals("", host.ok("stop", "--dry-run", "--format", "json", "runs"));
        host.ok("rm", "runs");
        refuses("no container 'runs'; see: koker ps -a", "rm", "runs");
    }

    private static void refuses(String reason, String verb, String container) {
        var refused = host.quiet(verb, "--dry-run", container);
        assertEquals("koker: " + reason + "\n", refused.errors());
        assertEquals(1, refused.status());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            run --format json busybox true           | --format says how --dry-run shows the steps, and needs that
            create --format json busybox true        | --format says how --dry-run shows the steps, and needs that
            run --dry-run --emit sh busybox true     | --dry-run and --emit exclude each other
            start --boot --dry-run                   | --boot goes with no container, -a, -i or --dry-run
            """)
    void whatContradictsIsRefusedAndNothingIsMade(String words, String reason) {
        var refused = host.quiet(List.of(words.split(" ")));
        assertEquals(125, refused.status());
        assertTrue(refused.errors().startsWith("koker: " + reason + "; see: "), refused.errors());
        assertEquals("", host.ok("ps", "-aq"));
    }

    @Test
    void anImageThatIsNotThereIsNotBrought() {
        var refused = host.quiet("run", "--dry-run", "nowhere.invalid/x", "true");
        assertEquals(125, refused.status());
        assertTrue(refused.errors().contains("nowhere.invalid/x"), refused.errors());
        assertEquals(1, refused.errors().lines().count(), refused.errors());
    }

    private static List<JsonObject> plan(List<String> options) {
        return steps(host.koker("-q", "run", "--dry-run", "--format", "json", options, "busybox", "true")
                .run()
                .succeeded()
                .out());
    }

    private static List<JsonObject> steps(String lines) {
        return lines.lines()
                .map(line -> JsonParser.parseString(line).getAsJsonObject())
                .toList();
    }

    private static String normal(String text) {
        // What -D quotes once more.
        return text.replaceAll("\\b[0-9a-f]{12}\\b", "ID").replace("\\", "");
    }
}

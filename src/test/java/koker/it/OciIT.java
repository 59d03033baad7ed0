package koker.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code koker oci}: the life of a container as the OCI runtime-spec has it, and what engines expect of runc's command line. */
@Timeout(150)
class OciIT {
    private static final int MOST_MEMORY = 64;
    private static final int MANY = 50;
    private static final int MOMENTS = 40;

    @RegisterExtension
    static final Host host = new Host();

    private Bundle bundle;

    @BeforeEach
    void makeBundle() throws IOException {
        bundle = Bundle.make(host.root().resolve("bundle"));
    }

    @AfterEach
    void removeAll() throws IOException {
        for (var id : ids()) {
            oci("delete", "--force", id).run();
        }
        try (var files = Files.walk(bundle.folder())) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
        assertEquals(List.of(), ids(), "what is kept");
    }

    private static Path root() {
        return host.root().resolve("oci");
    }

    private static List<String> ids() {
        var names = root().toFile().list();
        return names == null ? List.of() : List.of(names);
    }

    private static Command oci(Object... words) {
        return host.command(Host.KOKER, "oci", "--root", root(), Command.words(words));
    }

    private static String ok(Object... words) {
        return oci(words).run().succeeded().out().strip();
    }

    /** koker leaves a process that has its standard streams: they are files here, so that whoever waits for their end does not wait for it. */
    private static void leaving(Object... words) {
        var ended = host.command(
                        "sh",
                        "-c",
                        "\"$@\" </dev/null >/dev/null 2>\"$0\"; status=$?; cat \"$0\" >&2; exit $status",
                        host.work().resolve("errors"),
                        Host.KOKER,
                        "oci",
                        "--root",
                        root(),
                        Command.words(words))
                .run();
        ended.succeeded();
    }

    private static void refused(String reason, Object... words) {
        var ended = oci(words).run();
        assertEquals("koker: " + reason, ended.errors().strip());
        assertEquals(1, ended.status());
    }

    @Test
    void whatKokerCannotGiveIsTold() throws IOException {
        bundle.running("true").changed(all -> {
            var sets = all.getAsJsonObject("process").getAsJsonObject("capabilities");
            for (var set : List.of("bounding", "effective", "permitted")) {
                sets.getAsJsonArray(set).add("CAP_NET_RAW");
            }
        });
        var words = oci("run", "--bundle", bundle.folder(), "c").line();
        var ended = host.command("setpriv", "--bounding-set", "-net_raw", words).run();
        assertEquals(
                "koker: process.capabilities: koker itself has no CAP_NET_RAW; what it has not it cannot give, and leaves out",
                ended.errors().strip());
        assertEquals(0, ended.status());
    }

    private void create(String id, Object... options) {
        leaving("create", "--bundle", bundle.folder(), Command.words(options), id);
    }

    private static JsonObject state(String id) {
        return JsonParser.parseString(ok("state", id)).getAsJsonObject();
    }

    private static String status(String id) {
        return state(id).get("status").getAsString();
    }

    private static int pid(String id) {
        return state(id).get("pid").getAsInt();
    }

    private static void until(String status, String id) {
        Poll.until(id + " is " + status, () -> status(id).equals(status));
    }

    private Command.Ended run(Object... options) {
        return oci("run", "--bundle", bundle.folder(), Command.words(options), "r")
                .run();
    }

    @Test
    void lifeAsTheSpecificationHasIt() throws IOException {
        bundle.running("sleep", "1000").changed(all -> {
            var annotations = new JsonObject();
            annotations.addProperty("org.example.key", "a <value>");
            all.add("annotations", annotations);
        });
        create("c");
        var created = state("c");
        assertEquals("1.2.0", created.get("ociVersion").getAsString());
        assertEquals("c", created.get("id").getAsString());
        assertEquals("created", created.get("status").getAsString());
        assertEquals(bundle.folder().toString(), created.get("bundle").getAsString());
        assertEquals(
                "a <value>",
                created.getAsJsonObject("annotations").get("org.example.key").getAsString());
        var process = Path.of("/proc", created.get("pid").getAsString());
        assertTrue(Files.exists(process), "the process waits");
        ok("start", "c");
        assertEquals("running", status("c"));
        Poll.until("the command runs", () -> Files.readString(process.resolve("cmdline"))
                .startsWith("sleep\0"));
        ok("kill", "c", "KILL");
        until("stopped", "c");
        assertEquals(0, pid("c"));
        ok("delete", "c");
        refused("container does not exist", "state", "c");
    }

    @Test
    void whatWaitsTakesLittleMemory() throws IOException {
        bundle.changed(all -> {
            // As much as an engine may ask for.
            for (var i = 0; i < 200; i++) {
                all.getAsJsonObject("process").getAsJsonArray("env").add("VARIABLE_" + i + "=" + "x".repeat(200));
            }
        });
        create("c");
        var rollup = Path.of("/proc/" + pid("c") + "/smaps_rollup");
        var resident = Files.readAllLines(rollup).stream()
                .filter(line -> line.startsWith("Rss:"))
                .mapToInt(line -> Integer.parseInt(line.replaceAll("[^0-9]", "")))
                .sum();
        assertTrue(resident > 0 && resident <= MOST_MEMORY, resident + " kB");
    }

    @Test
    void theCommandIsNotStartedBeforeStart() throws IOException {
        bundle.script("touch /tmp/started");
        create("c");
        var mark = bundle.folder().resolve("rootfs/tmp/started");
        assertFalse(Files.exists(mark));
        ok("start", "c");
        until("stopped", "c");
        assertTrue(Files.exists(mark));
    }

    @Test
    void wrongOrderIsRefused() throws IOException {
        bundle.running("sleep", "1000");
        refused("container does not exist", "start", "c");
        refused("container does not exist", "kill", "c");
        refused("container does not exist", "delete", "c");
        create("c");
        refused("container with given ID already exists", "create", "--bundle", bundle.folder(), "c");
        ok("start", "c");
        refused("cannot start an already running container", "start", "c");
        refused("cannot delete container c that is not stopped: running", "delete", "c");
        assertEquals("running", status("c"));
        refused("container not paused", "resume", "c");
        ok("kill", "c", "9");
        until("stopped", "c");
        refused("cannot start a container that has stopped", "start", "c");
        refused("container not running", "kill", "c", "TERM");
        ok("kill", "--all", "c", "KILL");
        refused("container not running or created: stopped", "pause", "c");
        ok("delete", "c");
    }

    @Test
    void deleteWithForceIsNeverAnError() throws IOException {
        ok("delete", "--force", "never");
        bundle.running("sleep", "1000");
        create("c");
        ok("delete", "-f", "c");
        create("c");
        ok("start", "c");
        ok("delete", "-f", "c");
        ok("delete", "-f", "c");
    }

    @Test
    void whatWasNeverStartedIsDeletedWithoutForce() {
        create("c");
        var process = Path.of("/proc/" + pid("c"));
        ok("delete", "c");
        Poll.until("the process is gone", () -> !Files.exists(process));
    }

    @Test
    void commandsThatCannotBeAreFoundOutAtCreate() throws IOException {
        refusedCommand("exec: \"nope\": executable file not found in $PATH", "nope");
        refusedCommand("exec: \"/nope\": stat /nope: no such file or directory", "/nope");
        refusedCommand("exec: \"/etc\": permission denied", "/etc");
        Files.writeString(bundle.folder().resolve("rootfs/etc/text"), "no program");
        refusedCommand("exec: \"/etc/text\": permission denied", "/etc/text");
        assertEquals(List.of(), ids());
    }

    private void refusedCommand(String reason, String command) throws IOException {
        bundle.running(command);
        refused("unable to start container process: " + reason, "create", "--bundle", bundle.folder(), "c");
    }

    @ParameterizedTest
    @ValueSource(strings = {"..", ".", "a/b", "a b", "-- -x", "é"})
    void namesThatWouldLeadElsewhereAreRefused(String id) {
        var ended = oci("create", "--bundle", bundle.folder(), "--", id).run();
        assertEquals("koker: invalid container ID format: " + id, ended.errors().strip());
    }

    @Test
    void bundlesThatAreNoneAreRefused() throws IOException {
        var ended = oci("create", "--bundle", host.work(), "c").run();
        assertTrue(ended.errors().contains("config.json"), ended.errors());
        bundle.with("root", "path", new JsonPrimitive("nothing"));
        var missing = oci("create", "--bundle", bundle.folder(), "c").run();
        assertTrue(missing.errors().contains("invalid rootfs"), missing.errors());
        assertEquals(List.of(), ids());
    }

    @Test
    void runReturnsTheStatusAndRemovesTheContainer() throws IOException {
        bundle.script("cat; echo error >&2; exit 42");
        var ended = oci("run", "--bundle", bundle.folder(), "r").input("input").run();
        assertEquals("input", ended.out());
        assertEquals("error\n", ended.errors());
        assertEquals(42, ended.status());
        assertEquals(List.of(), ids());
        bundle.script("kill -9 $$");
        // The first process of a PID namespace is not killed from inside.
        assertEquals(0, run().status());
        assertEquals(0, run("--keep").status());
        assertEquals("stopped", status("r"));
    }

    @Test
    void detachedRun() throws IOException {
        bundle.running("sleep", "1000");
        var file = host.work().resolve("pid");
        leaving("run", "-d", "--pid-file", file, "-b", bundle.folder(), "c");
        assertEquals("running", status("c"));
        assertEquals(Integer.toString(pid("c")), Files.readString(file));
    }

    @Test
    void thePidFileHoldsDigitsAlone() throws IOException {
        var file = host.work().resolve("pid");
        create("c", "--pid-file", file);
        assertEquals(Integer.toString(pid("c")), Files.readString(file));
    }

    @ParameterizedTest
    @ValueSource(strings = {"json", "text"})
    void errorsAreInTheLog(String format) throws IOException {
        var log = host.work().resolve("log");
        var ended = host.command(
                        Host.KOKER, "oci", "--root", root(), "--log", log, "--log-format=" + format, "state", "none")
                .run();
        assertEquals(1, ended.status());
        var line = Files.readString(log).strip();
        if (format.equals("json")) {
            var object = JsonParser.parseString(line).getAsJsonObject();
            assertEquals("error", object.get("level").getAsString());
            assertEquals("container does not exist", object.get("msg").getAsString());
            assertTrue(object.get("time").getAsString().endsWith("Z"));
        } else {
            assertTrue(line.matches("time=\"[^\"]+Z\" level=error msg=\"container does not exist\""), line);
        }
    }

    @Test
    void linksNamedRuncAreTheRuntime() throws IOException {
        for (var name : List.of("runc", "koker-oci")) {
            var link = Files.createSymbolicLink(host.work().resolve(name), Host.KOKER);
            var ended = host.command(link, "--version").run().succeeded();
            assertEquals(List.of("koker version 0.1.0", "spec: 1.2.0"), ended.lines());
            assertEquals(
                    "",
                    host.command(link, "--root", root(), "list", "-q")
                            .run()
                            .succeeded()
                            .out());
        }
    }

    @Test
    void theListIsATableNamesOrJson() throws IOException {
        assertEquals("[]", ok("list", "--format", "json"));
        bundle.running("sleep", "1000");
        create("b");
        create("a");
        assertEquals(List.of("a", "b"), oci("list", "-q").run().succeeded().lines());
        var all = JsonParser.parseString(ok("list", "-f", "json")).getAsJsonArray();
        assertEquals(2, all.size());
        assertEquals("created", all.get(0).getAsJsonObject().get("status").getAsString());
        var table = oci("list").run().succeeded().lines();
        assertTrue(table.getFirst().matches("ID +PID +STATUS +BUNDLE +CREATED +OWNER"), table.getFirst());
        assertEquals(3, table.size());
    }

    @Test
    void whatIsDamagedDoesNotHideTheOthers() throws IOException {
        bundle.running("sleep", "1000");
        create("c");
        var file = Files.writeString(root().resolve("file"), "no folder");
        var damaged = Files.createDirectory(root().resolve("damaged"));
        Files.writeString(damaged.resolve("state.json"), "{");
        try {
            var ended = oci("list", "-q").run();
            assertEquals(List.of("c"), ended.lines());
            assertTrue(
                    ended.errors().matches("koker: load container damaged: \\S+/state.json: damaged: .*\n"),
                    ended.errors());
            assertEquals(0, ended.status());
        } finally {
            Files.delete(file);
            Files.delete(damaged.resolve("state.json"));
            Files.delete(damaged);
        }
    }

    /** Engines look there even if koker is killed before it can say anything. */
    @Test
    void theLogIsThereFromTheStart() throws IOException {
        var log = host.work().resolve("log");
        for (var format : List.of("", "text", "json")) {
            var words = List.of("oci", "--root", root(), "--log", log, "--log-format", format, "list");
            host.command(Host.KOKER, words).run().succeeded();
            assertEquals("", Files.readString(log));
            Files.delete(log);
        }
        var nowhere = host.command(Host.KOKER, "oci", "--log", host.work().resolve("none/log"), "list")
                .run();
        assertEquals(1, nowhere.status());
    }

    @Test
    void optionsAreTrueAndFalseAsGoHasThem() {
        bundle.folder();
        for (var not : List.of("false", "False", "FALSE", "f", "F", "0")) {
            assertTrue(ok("list", "--quiet=" + not).startsWith("ID"), not);
        }
        for (var yes : List.of("true", "True", "TRUE", "t", "T", "1")) {
            assertEquals("", ok("list", "--quiet=" + yes));
        }
        refused("invalid boolean value \"yes\" for -quiet: it is neither true nor false", "list", "--quiet=yes");
    }

    @Test
    void exec() throws IOException {
        bundle.running("sleep", "1000");
        leaving("run", "-d", "-b", bundle.folder(), "c");
        var ended = oci(
                        "exec",
                        "-e",
                        "X=y",
                        "--user",
                        "12:34",
                        "-g",
                        "56",
                        "--cwd",
                        "/bin",
                        "c",
                        "sh",
                        "-c",
                        "id; pwd; echo $X; cat; exit 5")
                .input("in")
                .run();
        assertEquals("uid=12 gid=34 groups=56\n/bin\ny\nin", ended.out());
        assertEquals(5, ended.status());
        var missing = oci("exec", "c", "nope").run();
        assertEquals(
                "koker: exec failed: unable to start container process: exec: \"nope\": executable file not found in $PATH",
                missing.errors().strip());
        assertEquals(255, missing.status());
        // The options of the command are not koker's.
        assertEquals("-d --tty", ok("exec", "c", "echo", "-d", "--tty"));
    }

    @Test
    void execInCgroupsBelow() throws IOException {
        bundle.running("sleep", "1000")
                .changed(all -> all.getAsJsonObject("linux").addProperty("cgroupsPath", "/koker-below"));
        create("c");
        ok("start", "c");
        var legacy = Files.isDirectory(Path.of("/sys/fs/cgroup/pids"));
        var top = legacy ? List.of("pids", "memory", "cpu") : List.of("");
        for (var folder : top) {
            Files.createDirectories(Path.of("/sys/fs/cgroup", folder, "koker-below/a/b"));
        }
        if (legacy) {
            var some = ok("exec", "--cgroup", "pids,memory:a/b", "--cgroup", "cpu:/a", "c", "cat", "/proc/self/cgroup");
            assertTrue(some.contains(":pids:/koker-below/a/b\n"), some);
            assertTrue(some.contains(":memory:/koker-below/a/b\n"), some);
            assertTrue(some.contains(":cpu:/koker-below/a\n"), some);
            assertTrue(some.contains(":freezer:/koker-below\n"), some);
        } else {
            var all = ok("exec", "--cgroup", "a/b", "c", "cat", "/proc/self/cgroup");
            assertTrue(all.contains("::/koker-below/a/b"), all);
        }
        execRefused("--cgroup: ../x is not below the container's cgroup", "--cgroup", "../x", "c", "true");
        execRefused(
                "invalid --cgroup argument: a (missing <controller>: prefix)",
                "--cgroup",
                "a",
                "--cgroup",
                "b",
                "c",
                "true");
        execRefused("invalid --cgroup argument: :a (empty <controller> prefix)", "--cgroup", ":a", "c", "true");
        execRefused(
                "invalid --cgroup argument(s): controller pids specified multiple times",
                "--cgroup",
                "pids,pids:a",
                "c",
                "true");
        var unknown = oci("exec", "--cgroup", "nothing:a", "c", "true").run();
        assertTrue(unknown.errors().contains("no cgroup of a controller 'nothing'"), unknown.errors());
        assertTrue(unknown.status() != 0);
    }

    private static void execRefused(String reason, Object... words) {
        var ended = oci("exec", Command.words(words)).run();
        assertEquals("koker: exec failed: " + reason, ended.errors().strip());
        assertEquals(255, ended.status());
    }

    @Test
    void theKeyringIsTheContainersOwn() throws IOException {
        bundle.running("sleep", "1000");
        create("kr");
        ok("start", "kr");
        var ring = Pattern.compile("KEYCTL_JOIN_SESSION_KEYRING, .*_ses.kr.* ret=([0-9]+)");
        var joined = new ArrayList<String>();
        for (var i = 0; i < 2; i++) {
            var exec = host.command(Host.KOKER, "-D", "oci", "--root", root(), "exec", "kr", "true")
                    .run();
            ring.matcher(exec.errors()).results().forEach(match -> joined.add(match.group(1)));
        }
        assertEquals(2, joined.size());
        assertEquals(joined.get(0), joined.get(1));
        assertTrue(ok("exec", "kr", "cat", "/proc/keys").contains("_ses.kr"));
    }

    @Test
    void aContainerCanBeLeftTheKeyringOfWhoeverStartsIt() throws IOException {
        bundle.running("cat", "/proc/keys");
        assertTrue(run().succeeded().out().contains("_ses.r:"));
        bundle.running("sleep", "1000");
        create("old", "--no-new-keyring");
        ok("start", "old");
        assertFalse(ok("exec", "old", "cat", "/proc/keys").contains("_ses.old"));
    }

    @Test
    void execOfAProcessThatIsDescribedInAFile() throws IOException {
        bundle.running("sleep", "1000");
        leaving("run", "-d", "-b", bundle.folder(), "c");
        var process = JsonParser.parseString(Files.readString(bundle.config()))
                .getAsJsonObject()
                .getAsJsonObject("process");
        process.add("args", Bundle.array("sleep", "2000"));
        var file = Files.writeString(host.work().resolve("process.json"), process.toString());
        var pid = host.work().resolve("pid");
        leaving("exec", "--detach", "--process", file, "--pid-file", pid, "c");
        Poll.until("it runs", () -> Files.readString(Path.of("/proc", Files.readString(pid), "cmdline"))
                .equals("sleep\0002000\0"));
        var processes =
                JsonParser.parseString(ok("ps", "--format", "json", "c")).getAsJsonArray();
        assertEquals(2, processes.size());
        assertTrue(processes.contains(new JsonPrimitive(Integer.parseInt(Files.readString(pid)))));
        assertEquals(
                3, oci("ps", "c", "-o", "pid,comm").run().succeeded().lines().size());
    }

    @Test
    void pauseStopsAllAndResumeLetsThemGoOn() throws IOException {
        bundle.script("while :; do :; done");
        leaving("run", "-d", "-b", bundle.folder(), "c");
        var stat = Path.of("/proc/" + pid("c") + "/stat");
        ok("pause", "c");
        assertEquals("paused", status("c"));
        var before = Files.readString(stat);
        var refused = oci("exec", "c", "true").run();
        assertEquals(
                "koker: exec failed: cannot exec in a paused container (use --ignore-paused)",
                refused.errors().strip());
        assertEquals(255, refused.status());
        assertEquals(before, Files.readString(stat), "it has run");
        ok("resume", "c");
        assertEquals("running", status("c"));
        ok("pause", "c");
        ok("delete", "--force", "c");
    }

    @Test
    void updateLimitsAnew() throws IOException {
        bundle.running("sleep", "1000");
        leaving("run", "-d", "-b", bundle.folder(), "c");
        ok("update", "--memory", "64m", "--pids-limit=33", "c");
        assertEquals(64 << 20, statistics("c", "memory", "usage", "limit"));
        // As Docker writes it: zeros where nothing is said.
        oci("update", "--resources", "-", "c")
                .input(
                        "{\"memory\":{\"limit\":33554432,\"reservation\":0},\"cpu\":{\"shares\":0},\"pids\":{\"limit\":0}}")
                .run()
                .succeeded();
        assertEquals(32 << 20, statistics("c", "memory", "usage", "limit"));
        assertEquals(1, statistics("c", "pids", "current"));
        var wrong = oci("update", "--resources", "-", "c")
                .input("{\"memory\":{\"limit\":\"x\"}}")
                .run();
        assertTrue(wrong.errors().contains("memory.limit"), wrong.errors());
        assertEquals(32 << 20, statistics("c", "memory", "usage", "limit"));
        refused("what is to be limited? See: koker oci update --help", "update", "c");
        ok("update", "--memory", "40 MiB", "--memory-swap", "0.0625GB", "c");
        assertEquals(40 << 20, statistics("c", "memory", "usage", "limit"));
        var obsolete = oci("update", "--kernel-memory", "1m", "c").run();
        assertEquals(
                "koker: Kernel memory settings are ignored and will be removed",
                obsolete.errors().strip());
        assertEquals(0, obsolete.status());
    }

    /** Where swap is counted, there can be no limit on memory and swap below that on memory. */
    @Test
    void aLimitOnMemoryIsTakenBack() throws IOException {
        bundle.running("sleep", "1000");
        leaving("run", "-d", "-b", bundle.folder(), "c");
        ok("update", "--memory", "64m", "--memory-swap", "96m", "c");
        ok("update", "--memory", "-1", "c");
        assertTrue(statistics("c", "memory", "usage", "limit") > 1L << 50);
        ok("update", "--memory", "64m", "--memory-swap", "96m", "c");
        assertEquals(64 << 20, statistics("c", "memory", "usage", "limit"));
    }

    /** All but what Intel's resource control and network interfaces count, which is no cgroup's. */
    @Test
    void eventsTellWhatThoseOfRuncTell() throws IOException {
        bundle.running("sleep", "1000")
                .with(
                        "linux",
                        "resources",
                        JsonParser.parseString("{\"memory\": {\"limit\": 20000000}, \"pids\": {\"limit\": 7}}"));
        leaving("run", "-d", "-b", bundle.folder(), "c");
        var runc = List.of("runc", "--root", host.work().resolve("runc").toString());
        var start = "\"$@\" </dev/null >/dev/null 2>&1";
        host.command("sh", "-c", start, "sh", runc, "run", "-d", "-b", bundle.folder(), "c-of-runc")
                .run()
                .succeeded();
        try {
            var theirs =
                    told(host.command(runc, "events", "--stats", "c-of-runc").run());
            var ours = told(oci("events", "--stats", "c").run());
            assertTrue(theirs.size() > 50, theirs::toString);
            for (var same : List.of("memory usage limit", "pids limit", "pids current", "cpuset cpus", "cpuset mems")) {
                assertEquals(theirs.get(same), ours.get(same), same);
            }
            theirs.keySet().removeAll(ours.keySet());
            theirs.keySet().removeIf(name -> name.startsWith("intel_rdt") || name.startsWith("network_interfaces"));
            assertEquals(Map.of(), theirs);
        } finally {
            host.command(runc, "delete", "--force", "c-of-runc").run().succeeded();
        }
    }

    private static Map<String, JsonElement> told(Command.Ended events) {
        var all = new TreeMap<String, JsonElement>();
        var data = JsonParser.parseString(events.succeeded().out())
                .getAsJsonObject()
                .get("data")
                .getAsJsonObject();
        addTo(all, "", data);
        return all;
    }

    private static void addTo(Map<String, JsonElement> all, String path, JsonObject object) {
        object.entrySet().forEach(field -> {
            if (field.getValue() instanceof JsonObject part) {
                addTo(all, path + field.getKey() + " ", part);
            } else {
                all.put(path + field.getKey(), field.getValue());
            }
        });
    }

    @Test
    void idleIsTakenBack() throws IOException {
        bundle.running("sleep", "1000").changed(all -> {
            var cpu = new JsonObject();
            cpu.addProperty("idle", 1);
            var resources = new JsonObject();
            resources.add("cpu", cpu);
            all.getAsJsonObject("linux").add("resources", resources);
            all.getAsJsonObject("linux").addProperty("cgroupsPath", "/koker-idle");
        });
        leaving("run", "-d", "-b", bundle.folder(), "c");
        assertEquals("1", idle());
        oci("update", "--resources", "-", "c")
                .input("{\"cpu\": {\"idle\": 0, \"shares\": 512}}")
                .run()
                .succeeded();
        assertEquals("0", idle());
        ok("update", "--cpu-idle", "1", "c");
        assertEquals("1", idle());
        ok("update", "--cpu-idle", "0", "c");
        assertEquals("0", idle());
    }

    private static String idle() throws IOException {
        var legacy = Path.of("/sys/fs/cgroup/cpu/koker-idle/cpu.idle");
        var unified = Path.of("/sys/fs/cgroup/koker-idle/cpu.idle");
        return Files.readString(Files.exists(legacy) ? legacy : unified).strip();
    }

    private static long statistics(String id, String... path) {
        var object = JsonParser.parseString(ok("events", "--stats", id))
                .getAsJsonObject()
                .getAsJsonObject("data");
        for (var name : List.of(path).subList(0, path.length - 1)) {
            object = object.getAsJsonObject(name);
        }
        return object.get(path[path.length - 1]).getAsLong();
    }

    @Test
    void eventsEndWithTheContainer() throws IOException {
        bundle.running("sleep", "1000");
        leaving("run", "-d", "-b", bundle.folder(), "c");
        var file = host.work().resolve("events");
        var events = host.command(
                        "sh",
                        "-c",
                        "exec \"$@\" >\"$0\"",
                        file,
                        Host.KOKER,
                        "oci",
                        "--root",
                        root(),
                        "events",
                        "--interval",
                        "10ms",
                        "c")
                .start();
        Poll.until("koker has looked", () -> Files.exists(file) && Files.size(file) > 0);
        ok("kill", "c", "KILL");
        events.end().succeeded();
    }

    @Test
    void killOfAllReachesThoseWithoutANamespaceOfTheirOwn() throws IOException {
        bundle.script("sleep 1000 & sleep 2000 & wait").changed(all -> all.getAsJsonObject("linux")
                .getAsJsonArray("namespaces")
                .remove(JsonParser.parseString("{\"type\":\"pid\"}")));
        leaving("run", "-d", "-b", bundle.folder(), "c");
        Poll.until(
                "all run",
                () -> JsonParser.parseString(ok("ps", "-f", "json", "c"))
                                .getAsJsonArray()
                                .size()
                        == 3);
        ok("kill", "--all", "c", "KILL");
        Poll.until("nobody is left", () -> ok("ps", "-f", "json", "c").equals("[]"));
        ok("delete", "c");
    }

    @Test
    void theTerminalGoesToTheConsoleSocket() throws IOException {
        bundle.script("stty size; readlink /proc/self/fd/0; cat").changed(all -> {
            all.getAsJsonObject("process").addProperty("terminal", true);
            all.getAsJsonObject("process").add("consoleSize", JsonParser.parseString("{\"height\":11,\"width\":22}"));
        });
        refused(
                "cannot allocate tty if koker will detach without setting console socket; give --console-socket",
                "create",
                "--bundle",
                bundle.folder(),
                "c");
        var socket = host.work().resolve("console");
        var receiver = host.command("python3", "-c", """
                        import array, os, socket, sys
                        listener = socket.socket(socket.AF_UNIX)
                        listener.bind(sys.argv[1])
                        listener.listen()
                        connection, _ = listener.accept()
                        name, control, _, _ = connection.recvmsg(4096, socket.CMSG_SPACE(4))
                        master = array.array('i', control[0][2])[0]
                        os.write(master, b'typed\\n')
                        text = b''
                        while text.count(b'typed') < 2:
                            text += os.read(master, 100)
                        print(text.decode().replace('\\r', ''), end='')
                        print(len(control), len(name) > 0)
                        """, socket).start();
        Poll.until("somebody listens", () -> Files.exists(socket));
        create("c", "--console-socket", socket);
        ok("start", "c");
        var lines = receiver.end().succeeded().lines();
        assertTrue(lines.containsAll(List.of("11 22", "/dev/pts/0", "typed", "1 True")), lines::toString);
    }

    @Test
    void aConsoleSocketThatNobodyListensToIsAnError() throws IOException {
        bundle.with("process", "terminal", new JsonPrimitive(true));
        var ended = oci(
                        "create",
                        "--bundle",
                        bundle.folder(),
                        "--console-socket",
                        host.work().resolve("none"),
                        "c")
                .run();
        assertTrue(ended.errors().contains("does not take the terminal"), ended.errors());
        assertEquals(List.of(), ids());
    }

    @Test
    void descriptorsArePreserved() throws IOException {
        bundle.script("cat <&3; cat <&4; ls /proc/self/fd");
        var one = Files.writeString(host.work().resolve("one"), "one\n");
        var two = Files.writeString(host.work().resolve("two"), "two\n");
        var words = new ArrayList<>(
                List.of("sh", "-c", "exec 3<$0 4<$1; shift; exec \"$@\"", one.toString(), two.toString()));
        words.addAll(Command.words(
                Host.KOKER, "oci", "--root", root(), "run", "--preserve-fds", "2", "-b", bundle.folder(), "r"));
        var ended = host.command(words).run().succeeded();
        assertEquals("one\ntwo\n0\n1\n2\n3\n4\n5\n", ended.out()); // 5 is what ls has open
        var missing = run("--preserve-fds", "3");
        assertEquals(
                "koker: descriptors that are to be preserved are not open: [3, 4, 5]",
                missing.errors().strip());
    }

    @Test
    void socketsOfActivationReachTheContainer() throws IOException {
        bundle.script("echo $LISTEN_FDS $LISTEN_PID; cat <&3");
        var file = Files.writeString(host.work().resolve("file"), "three\n");
        var words = new ArrayList<>(
                List.of("sh", "-c", "exec 3<$0; export LISTEN_FDS=1 LISTEN_PID=$$; exec \"$@\"", file.toString()));
        words.addAll(Command.words(Host.KOKER, "oci", "--root", root(), "run", "-b", bundle.folder(), "r"));
        assertEquals("1 1\nthree\n", host.command(words).run().succeeded().out());
    }

    @Test
    void socketsThatNobodySaysAreKokersAreNot() throws IOException {
        bundle.script("ls /proc/self/fd; env");
        for (var pid : new String[] {null, "1", "x"}) {
            var ended = oci("run", "-b", bundle.folder(), "r")
                    .env("LISTEN_FDS", "1")
                    .env("LISTEN_PID", pid)
                    .run()
                    .succeeded();
            assertFalse(ended.out().contains("LISTEN"), ended.out());
        }
    }

    @Test
    void nothingElseOfKokersReachesTheContainer() throws IOException {
        bundle.script("ls /proc/self/fd; env; cat /proc/self/status");
        var ended = run().succeeded();
        var lines = ended.lines();
        assertEquals(List.of("0", "1", "2", "3"), lines.subList(0, 4));
        assertFalse(ended.out().contains("KOKER"));
        assertTrue(lines.contains("SigBlk:\t0000000000000000"));
    }

    @Test
    void manyThatComeAndGoLeaveNothing() throws IOException {
        bundle.running("true");
        for (var i = 0; i < MANY; i++) {
            create("c" + i);
            ok("delete", "c" + i);
        }
        host.assertUnchanged();
    }

    /** Whenever koker is killed, a forced delete leaves nothing; the host is compared afterwards. */
    @Test
    void killedAtSomeMoment() throws Exception {
        bundle.running("sleep", "1000");
        for (var i = 0; i < MOMENTS; i++) {
            var creation = host.command(
                            "sh",
                            "-c",
                            "exec \"$@\" </dev/null >/dev/null 2>&1",
                            "sh",
                            Host.KOKER,
                            "oci",
                            "--root",
                            root(),
                            "create",
                            "--bundle",
                            bundle.folder(),
                            "k")
                    .start();
            LockSupport.parkNanos(Duration.ofMillis(5L * i).toNanos());
            creation.process().destroyForcibly().waitFor();
            ok("delete", "--force", "k");
            assertEquals(List.of(), ids());
        }
        host.assertUnchanged();
    }

    @Test
    void tracesAreLeftInAFolder() throws IOException {
        bundle.running("true");
        var traces = host.work().resolve("traces");
        host.command(
                        "sh",
                        "-c",
                        "export KOKER_TRACE_DIR=$1; shift; \"$@\" </dev/null >/dev/null 2>&1",
                        "sh",
                        traces,
                        Host.KOKER,
                        "oci",
                        "--root",
                        root(),
                        "create",
                        "--bundle",
                        bundle.folder(),
                        "c")
                .run()
                .succeeded();
        oci("start", "c").env("KOKER_TRACE_DIR", traces.toString()).run().succeeded();
        oci("delete", "-f", "c").env("KOKER_TRACE_DIR", traces.toString()).run().succeeded();
        for (var verb : List.of("create", "start", "delete")) {
            var shown = host.koker("trace", "show", traces.resolve("c-" + verb + ".jsonl"))
                    .run()
                    .succeeded();
            assertTrue(shown.out().contains("oci"), shown.out());
        }
        Files.setPosixFilePermissions(traces, PosixFilePermissions.fromString("rwx------"));
        bundle.running("nope").changed(all -> annotate(all, traces));
        assertEquals(1, oci("create", "--bundle", bundle.folder(), "n").run().status());
        var shown =
                host.koker("trace", "show", traces.resolve("n-create.jsonl")).run();
        assertTrue(shown.out().contains("Find command"), shown.out());
    }

    @Test
    void anAnnotationNamesOnlyAFolderThatIsMeantForRecordings() throws IOException {
        var folder = host.work().resolve("folder");
        bundle.running("true").changed(all -> annotate(all, folder));
        refusedFolder(folder);
        assertFalse(Files.exists(folder));
        Files.createDirectory(folder);
        refusedFolder(folder);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x---"));
        refusedFolder(folder);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
        Files.setAttribute(folder, "unix:uid", 1);
        refusedFolder(folder);
        Files.setAttribute(folder, "unix:uid", 0);
        // What is there is no link to follow.
        Files.createSymbolicLink(folder.resolve("c-create.jsonl"), host.work().resolve("elsewhere"));
        create("c");
        assertFalse(Files.exists(host.work().resolve("elsewhere")));
        assertEquals(
                "rw-------",
                PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("c-create-2.jsonl"))));
        // Whatever becomes of it: the container can be ended.
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        var ended = oci("delete", "-f", "c").run();
        assertEquals(0, ended.status());
        assertTrue(ended.errors().contains("there is no recording"), ended.errors());
    }

    private void refusedFolder(Path folder) {
        refused(
                "the annotation koker.trace names " + folder + ", which is no folder for recordings: "
                        + "that must be there, belong to koker's user, and be closed to all others; "
                        + "make it by install -d -m 700, or leave the annotation away",
                "create",
                "--bundle",
                bundle.folder(),
                "c");
    }

    private static void annotate(JsonObject all, Path traces) {
        var annotations = new JsonObject();
        annotations.addProperty("koker.trace", traces.toString());
        all.add("annotations", annotations);
    }

    @Test
    void bundlesOfItsOwnRun() throws IOException {
        Files.delete(bundle.config());
        ok("spec", "--bundle", bundle.folder());
        refused("File " + bundle.config() + " exists. Remove it first", "spec", "-b", bundle.folder());
        bundle.script("id").with("process", "terminal", new JsonPrimitive(false));
        assertTrue(run().succeeded().out().startsWith("uid=0 gid=0"));
    }

    /** All that runc 1.1 says of itself, koker has too; but for checkpoints, Intel's resource control, and acl, the file system's own. */
    @Test
    void featuresAreThoseOfRuncAndMore() {
        var features = JsonParser.parseString(ok("features")).getAsJsonObject();
        assertEquals("1.2.0", features.get("ociVersionMax").getAsString());
        var other = JsonParser.parseString(
                        host.command("runc", "features").run().succeeded().out())
                .getAsJsonObject();
        List.of("ociVersionMax", "annotations").forEach(other::remove);
        for (var word : List.of("acl", "noacl")) {
            assertTrue(other.getAsJsonArray("mountOptions").remove(new JsonPrimitive(word)), word);
            assertFalse(features.getAsJsonArray("mountOptions").contains(new JsonPrimitive(word)), word);
        }
        contains("", features, other);
        var linux = features.getAsJsonObject("linux");
        assertTrue(linux.getAsJsonArray("namespaces").contains(new JsonPrimitive("time")));
        assertTrue(linux.getAsJsonObject("mountExtensions")
                .getAsJsonObject("idmap")
                .get("enabled")
                .getAsBoolean());
        assertFalse(linux.getAsJsonObject("intelRdt").get("enabled").getAsBoolean());
    }

    private static void contains(String path, JsonObject whole, JsonObject part) {
        for (var member : part.entrySet()) {
            var mine = whole.get(member.getKey());
            var place = path + "/" + member.getKey();
            assertTrue(mine != null, place);
            switch (member.getValue()) {
                case JsonObject object -> contains(place, mine.getAsJsonObject(), object);
                case JsonArray list ->
                    list.forEach(element -> assertTrue(mine.getAsJsonArray().contains(element), place + " " + element));
                default -> assertEquals(member.getValue(), mine, place);
            }
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            checkpoint c          | checkpoint is not supported: koker keeps no picture of a process
            frobnicate c          | there is no command 'frobnicate'; see: koker oci --help
            state                 | a container ID is required as the first argument
            state a b             | there are more arguments than the command takes: b
            kill --many c         | flag provided but not defined: --many
            create --pid-file     | flag needs an argument: --pid-file
            list --format xml     | invalid format option
            """)
    void whatIsNoCommandLineIsRefused(String words, String reason) {
        refused(reason, List.of(words.split(" ")));
    }
}

package koker.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Hooks of config.json: in their order and namespaces, told the state, and what becomes of the container when one fails. */
@Timeout(120)
class HooksIT {
    @RegisterExtension
    static final Host host = new Host();

    private OciLab lab;
    private Path log;

    @BeforeEach
    void makeBundle() throws IOException {
        lab = OciLab.on(host);
        log = host.work().resolve("log");
        Files.deleteIfExists(log);
        lab.bundle().script("echo command >>/log; exit 7");
    }

    @AfterEach
    void removeAll() throws IOException {
        lab.close();
    }

    /** A hook that runs a script of the shell. */
    private void hook(String moment, String script, String more) throws IOException {
        var hook = JsonParser.parseString("{\"path\": \"/bin/sh\"" + more + "}").getAsJsonObject();
        var args = new JsonArray();
        List.of("sh", "-c", script).forEach(word -> args.add(new JsonPrimitive(word)));
        hook.add("args", args);
        lab.bundle().changed(all -> {
            if (!all.has("hooks")) {
                all.add("hooks", new JsonObject());
            }
            var hooks = all.getAsJsonObject("hooks");
            if (!hooks.has(moment)) {
                hooks.add(moment, new JsonArray());
            }
            hooks.getAsJsonArray(moment).add(hook);
        });
    }

    /** Hooks of all kinds, each of which writes a line: its moment, status and process number from the state, and two of its namespaces. */
    private void logAll() throws IOException {
        for (var moment :
                List.of("prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop")) {
            var file = moment.equals("startContainer") ? "/log" : log;
            hook(
                    moment,
                    "state=$(cat | tr -d ' \\n'); status=${state#*status\\\":\\\"}; pid=${state#*pid\\\":}; echo "
                            + moment
                            + " ${status%%\\\"*} ${pid%%,*} $(readlink /proc/self/ns/mnt) $(readlink /proc/self/ns/pid) $(pwd) $A >>"
                            + file,
                    ", \"env\": [\"A=b\", \"PATH=/usr/bin:/bin\"]");
        }
    }

    /** Those that the container's process runs itself under runc, as it is then. */
    @Test
    void whatIsRunWhenItStartsIsLimitedAsTheCommandIs() throws IOException {
        hook("startContainer", "echo $(umask) $(ulimit -n) $(ulimit -Hn) >/hook", "");
        lab.add("process", """
                        "rlimits": [{"type": "RLIMIT_NOFILE", "soft": 50, "hard": 60}]
                        """).add("process.user", "\"umask\": 63");
        assertEquals(7, lab.run().status());
        assertEquals("0077 50 60\n", Files.readString(lab.bundle().folder().resolve("rootfs/hook")));
    }

    @Test
    void aDryRunShowsThemWhereTheyAreRunAndRunsNone() throws IOException {
        logAll();
        assertEquals(
                List.of(
                        "Run hook moment=prestart",
                        "Run hook moment=createRuntime",
                        "Run hook moment=createContainer",
                        "Execute command=sh"),
                planned("create", "--bundle", lab.bundle().folder(), "c"));
        assertEquals(
                List.of(
                        "Run hook moment=prestart",
                        "Run hook moment=createRuntime",
                        "Run hook moment=createContainer",
                        "Run hook moment=startContainer",
                        "Execute command=sh",
                        "Run hook moment=poststart"),
                planned("run", "--detach", "--bundle", lab.bundle().folder(), "c"));
        assertFalse(Files.exists(log));
        lab.create().run().succeeded();
        Files.delete(log);
        assertEquals(
                List.of("Run hook moment=startContainer", "Let start", "Run hook moment=poststart"),
                planned("start", "c"));
        assertEquals(List.of("Run hook moment=poststop"), planned("delete", "c"));
        assertFalse(Files.exists(log));
        assertEquals("created", lab.status());
    }

    private List<String> planned(Object... words) {
        var shown = Pattern.compile("Run hook moment=\\w+|Execute command=sh|Let start");
        return lab.oci("--dry-run", List.of(words)).run().succeeded().lines().stream()
                .flatMap(line -> shown.matcher(line).results().map(MatchResult::group))
                .toList();
    }

    private List<List<String>> lines() throws IOException {
        return Files.readAllLines(log).stream()
                .map(line -> List.of(line.split(" ")))
                .toList();
    }

    private List<String> moments() throws IOException {
        return Files.exists(log) ? lines().stream().map(List::getFirst).toList() : List.of();
    }

    private static String namespace(String kind) throws IOException {
        return Files.readSymbolicLink(Path.of("/proc/self/ns", kind)).toString();
    }

    @Test
    void allSixComeInTheirOrderAndPlaces() throws IOException {
        logAll();
        assertEquals(7, lab.run().status());
        var inside = Files.readAllLines(lab.bundle().folder().resolve("rootfs/log"));
        assertEquals(2, inside.size(), inside::toString);
        assertTrue(inside.get(0).startsWith("startContainer created 1 "), inside::toString);
        assertTrue(inside.get(0).endsWith(" / b"), inside::toString);
        assertEquals("command", inside.get(1));
        var lines = lines();
        assertEquals(List.of("prestart", "createRuntime", "createContainer", "poststart", "poststop"), moments());
        assertEquals(
                List.of("creating", "creating", "creating", "running", "stopped"),
                lines.stream().map(line -> line.get(1)).toList());
        for (var line : lines) {
            var own = !line.getFirst().equals("createContainer");
            assertEquals(own, line.get(3).equals(namespace("mnt")), line::toString);
            assertEquals(own, line.get(4).equals(namespace("pid")), line::toString);
            assertEquals("b", line.getLast());
        }
        assertEquals("1", lines.get(2).get(2), "as it is seen in the container");
        assertEquals(lines.get(0).get(2), lines.get(3).get(2));
        assertEquals("0", lines.get(4).get(2));
        assertEquals(lab.bundle().folder().toString(), lines.get(0).get(5));
    }

    @Test
    void whatHooksDoHasAPhaseOfItsOwn() throws IOException {
        hook("createRuntime", "true", "");
        hook("createContainer", "true", "");
        lab.bundle().running("true");
        var trace = host.work().resolve("trace");
        lab.oci("--trace", trace, "run", "--bundle", lab.bundle().folder(), "c")
                .run()
                .succeeded();
        var commands = Files.readAllLines(trace).stream()
                .map(line -> JsonParser.parseString(line).getAsJsonObject())
                .filter(line ->
                        line.has("call") && line.get("call").getAsString().equals("execve"))
                .map(line ->
                        line.get("side").getAsString() + " " + line.get("phase").getAsString())
                .distinct()
                .toList();
        Files.delete(trace);
        assertEquals(List.of("hook hooks", "container run"), commands);
    }

    @Test
    void createRunsTheEarlyOnesAndStartTheLateOnes() throws IOException {
        logAll();
        lab.create().run().succeeded();
        assertEquals(List.of("prestart", "createRuntime", "createContainer"), moments());
        assertFalse(Files.exists(lab.bundle().folder().resolve("rootfs/log")));
        lab.oci("start", "c").run().succeeded();
        Poll.until("it has stopped", () -> lab.status().equals("stopped"));
        assertEquals(List.of("prestart", "createRuntime", "createContainer", "poststart"), moments());
        lab.oci("delete", "c").run().succeeded();
        assertEquals("poststop", moments().getLast());
    }

    @Test
    void whatAHookMountsBeforeTheRootChangesIsSeenInTheContainer() throws IOException {
        var source = Files.createDirectories(host.work().resolve("given"));
        Files.writeString(source.resolve("file"), "from the hook");
        var target = lab.bundle().folder().resolve("rootfs/dev/given");
        // As hooks for devices do it: below /dev, which the container has mounted by then.
        hook("createContainer", "mkdir " + target + " && mount --bind " + source + " " + target, "");
        hook("createRuntime", "test ! -e " + target, "");
        lab.bundle().running("cat", "/dev/given/file");
        var ended = lab.run().succeeded();
        assertEquals("from the hook", ended.out());
    }

    @ParameterizedTest
    @ValueSource(strings = {"prestart", "createRuntime", "createContainer", "startContainer"})
    void oneThatFailsEndsTheContainerBeforeItsCommand(String moment) throws IOException {
        hook(moment, "echo one; echo two >&2; exit 3", "");
        hook(moment, "echo never >>" + log, "");
        hook("poststop", "echo poststop >>" + log, "");
        var ended = lab.run();
        assertEquals(1, ended.status());
        assertTrue(
                ended.errors()
                        .contains("error running " + moment + " hook #0 (/bin/sh): exit status 3; it said: one; two"),
                ended.errors());
        assertFalse(Files.exists(lab.bundle().folder().resolve("rootfs/log")), "the command did not run");
        assertEquals(List.of("poststop"), moments());
        assertFalse(Files.exists(host.root().resolve("oci/c")));
    }

    /** As under runc: on the host that of who called the runtime, without what the runtime adds, and in the container that of its command. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            prestart        | none | A=host
            createRuntime   | C    | A=host LC_ALL=C
            poststart       | none | A=host
            poststop        | ''   | A=host LC_ALL=
            createContainer | C    | A=inside
            startContainer  | C    | A=inside HOME=/
            """)
    void theEnvironmentIsThatOfWhoRunsIt(String moment, String locale, String expected) throws IOException {
        var confined = moment.equals("startContainer");
        var file = confined
                ? lab.bundle().folder().resolve("rootfs/env")
                : host.work().resolve("env");
        lab.bundle().running("true").changed(all -> all.getAsJsonObject("process")
                .add("env", Bundle.array("A=inside", "PATH=/bin")));
        hook(moment, (confined ? "/bin" : "/usr/bin") + "/env >" + (confined ? "/env" : file), "");
        lab.oci("run", "--bundle", lab.bundle().folder(), "c")
                .env("A", "host")
                .env("LC_ALL", locale)
                .run()
                .succeeded();
        var environment = Files.readAllLines(file);
        assertEquals(
                List.of(expected.split(" ")),
                environment.stream()
                        .filter(each -> each.startsWith("A=")
                                || each.startsWith("LC_ALL=")
                                || confined && each.startsWith("HOME="))
                        .sorted()
                        .toList());
        assertFalse(environment.stream().anyMatch(each -> each.startsWith("KOKER_LC_ALL=")), "koker's own");
    }

    @Test
    void anEmptyEnvironmentIsEmpty() throws IOException {
        var file = host.work().resolve("env");
        hook("prestart", "/usr/bin/env >" + file, ", \"env\": []");
        lab.oci("run", "--bundle", lab.bundle().folder(), "c").env("A", "host").run();
        assertFalse(Files.readString(file).contains("A="), Files.readString(file));
    }

    @Test
    void aDryRunShowsTheEnvironmentThatItWouldHave() throws IOException {
        hook("prestart", "exit 3", "");
        hook("startContainer", "exit 3", "");
        lab.bundle().with("process", "env", Bundle.array("B=inside"));
        var shown = lab.oci("--dry-run", "run", "--bundle", lab.bundle().folder(), "c")
                .onlyEnv(Map.of("A", "host"))
                .run()
                .succeeded()
                .out();
        var hooks = Pattern.compile("execve\\(\"/bin/sh\", \\[\"sh\", \"-c\", \"exit 3\"], \\[([^]]*)")
                .matcher(shown)
                .results()
                .map(match -> match.group(1))
                .toList();
        assertEquals(2, hooks.size(), shown);
        assertTrue(hooks.get(0).contains("\"A=host\""), shown);
        assertTrue(hooks.get(1).startsWith("\"B=inside\""), shown);
    }

    @Test
    void oneThatFailsAtTheStartEndsTheContainer() throws IOException {
        hook("startContainer", "exit 3", "");
        lab.create().run().succeeded();
        assertEquals(1, lab.oci("start", "c").run().status());
        Poll.until("it has stopped", () -> lab.status().equals("stopped"));
        assertFalse(Files.exists(lab.bundle().folder().resolve("rootfs/log")), "the command did not run");
    }

    @Test
    void afterTheStartOneThatFailsEndsTheContainer() throws IOException {
        lab.bundle().running("sleep", "1000");
        hook("poststart", "exit 3", "");
        lab.create().run().succeeded();
        var ended = lab.oci("start", "c").run();
        assertEquals(1, ended.status());
        assertTrue(ended.errors().contains("error running poststart hook #0"), ended.errors());
        Poll.until("it has stopped", () -> lab.status().equals("stopped"));
    }

    @Test
    void afterTheEndOneThatFailsIsToldAndTheNextIsRun() throws IOException {
        hook("poststop", "exit 3", "");
        hook("poststop", "echo second >>" + log, "");
        var ended = lab.run();
        assertEquals(7, ended.status());
        assertTrue(ended.errors().contains("poststop hook #0"), ended.errors());
        assertEquals(List.of("second"), moments());
    }

    @Test
    void oneThatTakesTooLongIsKilledWithAllItHasStarted() throws IOException {
        hook("createRuntime", "sleep 1234 & sleep 1235", ", \"timeout\": 1");
        var ended = lab.run();
        assertTrue(ended.errors().contains("it did not end within 1 s, and was killed"), ended.errors());
        assertEquals(1, ended.status());
        Poll.until("both are gone", () -> sleeping().isEmpty());
    }

    private static List<String> sleeping() {
        var all = new ArrayList<String>();
        ProcessHandle.allProcesses()
                .map(process -> process.info().commandLine().orElse(""))
                .filter(line -> line.endsWith("sleep 1234") || line.endsWith("sleep 1235"))
                .forEach(all::add);
        return all;
    }

    @Test
    void oneThatIsMissingIsNamed() throws IOException {
        lab.add("hooks", "\"prestart\": [{\"path\": \"/nowhere\"}]");
        var ended = lab.run();
        assertEquals(1, ended.status());
        assertTrue(ended.errors().contains("prestart hook #0 (/nowhere)"), ended.errors());
        assertTrue(ended.errors().contains("ENOENT"), ended.errors());
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"path\": \"sh\"}", "{\"path\": \"/bin/sh\", \"timeout\": 0}", "{\"args\": [\"a\"]}"})
    void whatIsNoHookIsRefused(String hook) throws IOException {
        lab.add("hooks", "\"poststop\": [" + hook + "]");
        var ended = lab.run();
        assertEquals(1, ended.status());
        assertTrue(ended.errors().contains("hooks.poststop[]"), ended.errors());
        assertFalse(Files.exists(host.root().resolve("oci/c")));
    }
}

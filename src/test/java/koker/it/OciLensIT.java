package koker.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import koker.guide.Guide;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code koker oci} with the options by which koker's own commands are looked at. */
@Timeout(300)
class OciLensIT {
    @RegisterExtension
    static final Host host = new Host();

    private OciLab lab;

    @BeforeEach
    void makeLab() throws IOException {
        lab = OciLab.on(host);
        lab.bundle().running("sleep", "1000");
    }

    @AfterEach
    void removeLab() throws IOException {
        lab.close();
    }

    /** The steps of the process, in their order, by what is recorded when they are made. */
    @Test
    void whatIsPlannedIsThenDone() throws IOException {
        var planned =
                lab
                        .oci("--dry-run", "create", "--bundle", lab.bundle().folder(), "c")
                        .run()
                        .succeeded()
                        .lines()
                        .stream()
                        .filter(line -> line.matches("\\d+ +container .*") && !line.contains(" Execute "))
                        .map(line -> line.replaceFirst("\\d+ +container +", ""))
                        .toList();
        assertTrue(planned.size() > 30, planned.toString());
        assertFalse(Files.exists(host.root().resolve("oci")), "something was made");

        var done = new ArrayList<String>();
        for (var event : recorded()) {
            if (event.get("side").getAsString().equals("container")) {
                done.add(event.get("title").getAsString());
            }
        }
        var at = 0;
        for (var step : planned) {
            while (at < done.size() && !step.startsWith(done.get(at))) {
                at++;
            }
            assertTrue(at < done.size(), step + " is not done, or too early: " + done);
        }
    }

    @Test
    void eachStepOfACreationFails() throws IOException {
        lab.bundle().running("/bin/sleep", "1000"); // which is looked for in one place
        var seen = new HashMap<String, Integer>();
        var steps = new HashSet<Integer>();
        var faults = new ArrayList<String>();
        for (var event : recorded()) {
            var name = event.get("name").getAsString();
            // The two halves of a meeting, for which koker is told in between, are recorded apart.
            if (Guide.instance().step(name).isPresent()
                    && !(name.equals("meet") && seen.containsKey(name))
                    && steps.add(event.get("step").getAsInt())) {
                faults.add(name + "#" + seen.merge(name, 1, Integer::sum));
            }
        }
        lab.oci("delete", "--force", "c").run().succeeded();
        assertTrue(faults.size() > 40 && faults.contains("make-gate#1"), faults.toString());
        for (var fault : faults) {
            var ended = lab.create("--quiet", "--fail", fault + "=EIO").run();
            assertEquals(1, ended.status(), fault + ": " + ended.errors());
            assertEquals(1, ended.errors().lines().count(), fault + ": " + ended.errors());
            assertTrue(
                    ended.errors().toLowerCase(Locale.ROOT).contains("input/output error"),
                    fault + ": " + ended.errors());
            assertFalse(Files.exists(host.root().resolve("oci/c")), "what is left of " + fault);
        }
    }

    /** What is recorded of a container that is created. */
    private List<JsonObject> recorded() throws IOException {
        var file = host.work().resolve("trace");
        Files.deleteIfExists(file);
        lab.create("--trace", file).run().succeeded();
        return Files.readAllLines(file).stream()
                .map(line -> JsonParser.parseString(line).getAsJsonObject())
                .filter(line -> line.has("call"))
                .toList();
    }

    @Test
    void aStartThatFailsCanBeTriedAgain() {
        lab.create().run().succeeded();
        for (var fault : List.of("open-gate=EACCES", "let-start=EIO")) {
            var ended = lab.oci("--fail", fault, "start", "c").run();
            assertEquals(1, ended.status());
            assertTrue(ended.errors().contains(fault.substring(fault.indexOf('=') + 1)), ended.errors());
            assertEquals("created", lab.status());
        }
        lab.oci("start", "c").run().succeeded();
        assertEquals("running", lab.status());
    }

    @Test
    void theEndAndFurtherCommandsCanFailToo() {
        lab.create().run().succeeded();
        lab.oci("start", "c").run().succeeded();
        assertFails("--fail", "join-namespaces=EPERM", "exec", "c", "true");
        assertFails("--fail", "send-signal=EPERM", "kill", "c", "KILL");
        assertFails("--fail", "send-signal=EPERM", "kill", "--all", "c", "KILL");
        assertFails("--fail", "remove-state-folder=EPERM", "delete", "--force", "c");
        lab.oci("delete", "--force", "c").run().succeeded();
    }

    private void assertFails(Object... words) {
        var ended = lab.oci(words).run();
        assertTrue(ended.status() != 0, ended.errors());
        assertTrue(ended.errors().contains("(EPERM)"), ended.errors());
    }

    @Test
    void whatIsLeftOutIsToldAndMissing() throws IOException {
        lab.bundle().running("busybox", "hostname");
        var ended = lab.run();
        assertEquals("", ended.errors());
        var without = lab.oci(
                        "--skip",
                        "set-hostname",
                        "run",
                        "--bundle",
                        lab.bundle().folder(),
                        "c")
                .run();
        assertTrue(without.errors().contains("Left out: Set hostname: "), without.errors());
        assertFalse(without.out().equals(ended.out()), without.out());
    }

    /** What {@code koker oci} that stops before each step shows, when {@code typed} is typed. */
    private Command.Ended step(String command, String typed) {
        var words = Host.KOKER + " oci --root " + host.root().resolve("oci") + " --quiet --step " + command;
        return host.command("script", "-qec", words, "/dev/null").input(typed).run();
    }

    @Test
    void eachStepCanBeLookedAt() {
        var made = step("create --bundle " + lab.bundle().folder() + " c", "b make-gate\nb enter-root\nc\n");
        assertTrue(made.out().contains("Make gate") && made.out().contains("Enter root"), made.out());
        assertEquals("created", lab.status());
        var started = step("start c", "\n\n");
        assertTrue(started.out().contains("Open gate") && started.out().contains("Let start"), started.out());
        assertEquals("running", lab.status());
        var ended = step("delete --force c", "b remove-state-folder\nc\n");
        assertTrue(ended.out().contains("Remove folder of container"), ended.out());
    }

    @ParameterizedTest
    @ValueSource(strings = {"make-gate", "clone", "enter-root", "await-start"})
    void whoLeavesLeavesNothing(String step) {
        var ended = step("create --bundle " + lab.bundle().folder() + " c", "b " + step + "\nq\n");
        assertTrue(ended.out().contains("koker: left before step "), ended.out());
        assertEquals(1, ended.status());
        assertFalse(Files.exists(host.root().resolve("oci/c")));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --fail nix=EPERM create c           | invalid value "nix=EPERM" for flag -fail: there is no step 'nix'; did you mean init? See: koker explain --list
            --skip clone create c               | invalid value "clone" for flag -skip: the step clone cannot be left out: all steps after it would be made on the host
            --dry-run list                      | --dry-run is about steps, and list has none; leave it out
            --fail mount=EIO state c            | --fail is about steps, and state has none; leave it out
            --dry-run --trace /nowhere create c | --trace records what is done, and --dry-run does nothing; leave one of them out
            --dry-run start c                   | container does not exist
            """)
    void whatMakesNoSenseIsRefused(String words, String reason) {
        var ended = lab.oci(List.of(words.split(" "))).run();
        assertEquals("koker: " + reason, ended.errors().strip());
        assertEquals(1, ended.status());
    }
}

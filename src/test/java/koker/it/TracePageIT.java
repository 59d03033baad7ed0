package koker.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The page of a recording in a browser: it opens, its steps are played, and what it draws is what the kernel says. */
class TracePageIT {
    @RegisterExtension
    static final Host host = new Host();

    private static final Path SCRIPT =
            Path.of("src/test/java/koker/it/page.mjs").toAbsolutePath();
    private static final Path BROWSER = Host.KOKER.getParent().resolveSibling("target/browser");

    /** What the container says of itself: mounts, links, addresses, gateway, namespaces, limit; a line of equals signs between them. */
    private static final String ASK = """
            cut -d' ' -f5 /proc/self/mountinfo; echo =; ls /sys/class/net; echo =; ip -o addr show | sed 's/.*inet6* \\([^ ]*\\) .*/\\1/';
            echo =; ip route | grep ^default | cut -d' ' -f3; echo =; for n in mnt uts ipc pid net cgroup user time; do readlink /proc/self/ns/$n; done; echo =; hostname""";

    private static JsonObject open(Path trace) throws IOException {
        assertTrue(
                Files.isDirectory(BROWSER.resolve("node_modules/playwright-core")),
                "make deps installs what is missing here");
        var page = host.work().resolve("page.html");
        host.ok("trace", "html", trace, "-o", page);
        var said = host.command("node", SCRIPT, BROWSER, page, host.work().resolve("page.pdf"))
                .within(Duration.ofMinutes(2))
                .run()
                .succeeded()
                .out();
        return JsonParser.parseString(said).getAsJsonObject();
    }

    private static Set<String> texts(JsonObject picture, String name) {
        return picture.getAsJsonArray(name).asList().stream()
                .map(text -> text.getAsString())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> set(String lines) {
        return lines.lines().filter(line -> !line.isBlank()).collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void thePictureIsWhatTheKernelSaysAndTheStepsArePlayed() throws IOException {
        var trace = host.work().resolve("trace");
        Files.writeString(host.work().resolve("a file"), "x");
        var answers = host.koker(
                        "-q",
                        "--trace",
                        trace,
                        "run",
                        "--mem",
                        "64",
                        "--hostname",
                        "lab",
                        "-v",
                        host.work() + ":/mnt/data:ro",
                        "--tmpfs",
                        "/scratch",
                        "busybox",
                        "sh",
                        "-c",
                        ASK)
                .run()
                .succeeded()
                .out()
                .split("=\n");
        var seen = open(trace);
        assertEquals("[]", seen.getAsJsonArray("errors").toString());
        assertEquals("[]", seen.getAsJsonArray("requests").toString());

        var opened = seen.getAsJsonObject("opened");
        assertEquals("Execute", opened.get("step").getAsString());
        agrees(opened.getAsJsonObject("picture"), answers);
        assertFalse(opened.getAsJsonObject("picture").get("ended").getAsBoolean());
        assertTrue(seen.getAsJsonObject("last")
                .getAsJsonObject("picture")
                .get("ended")
                .getAsBoolean());
        assertEquals(
                "[]",
                seen.getAsJsonObject("last")
                        .getAsJsonObject("picture")
                        .getAsJsonArray("cgroups")
                        .toString());
        assertEquals(Set.of(), texts(seen.getAsJsonObject("last").getAsJsonObject("picture"), "folders"));
        for (var kind : List.of("mounts", "links", "namespaces", "process", "cgroups", "layers")) {
            assertEquals(
                    "[]",
                    seen.getAsJsonObject("first")
                            .getAsJsonObject("picture")
                            .getAsJsonArray(kind)
                            .toString(),
                    kind);
        }
        used(seen);
    }

    private static void agrees(JsonObject picture, String... answers) throws IOException {
        assertEquals(set(answers[0]), texts(picture, "mounts"), "mounts");
        assertEquals(set(answers[1]), texts(picture, "links"), "links");
        var addresses = set(answers[2]);
        addresses.removeIf(
                address -> address.startsWith("127.") || address.startsWith("::1") || address.startsWith("fe80"));
        assertTrue(texts(picture, "addresses").containsAll(addresses) && !addresses.isEmpty(), addresses.toString());
        assertEquals(set(answers[3]), texts(picture, "routes"), "routes");
        assertEquals(ownNamespaces(answers[4]), texts(picture, "namespaces"), "namespaces");
        var traits = picture.getAsJsonObject("traits");
        assertEquals(answers[5].strip(), traits.get("hostname").getAsString());
        assertTrue(traits.get("command").getAsString().startsWith("sh -c"));
        assertEquals(Set.of("work", "upper"), texts(picture, "folders"));
        assertTrue(texts(picture, "limitValues").stream().anyMatch(limit -> limit.contains("67108864")), "limits");
    }

    /** Those of which the container has not the same as this process. */
    private static Set<String> ownNamespaces(String links) throws IOException {
        var names = java.util.Map.of("mnt", "mount", "net", "network");
        var own = new TreeSet<String>();
        for (var link : set(links)) {
            var type = link.replaceAll(":.*", "");
            if (!Files.readSymbolicLink(Path.of("/proc/self/ns", type))
                    .toString()
                    .equals(link)) {
                own.add(names.getOrDefault(type, type));
            }
        }
        return own;
    }

    private static void used(JsonObject seen) throws IOException {
        var count = seen.getAsJsonObject("last").get("count").getAsString();
        var steps = Integer.parseInt(count.replaceAll(".* of ", ""));
        assertEquals(steps + " of " + steps, count);
        assertEquals("1 of " + steps, seen.getAsJsonObject("first").get("count").getAsString());
        assertEquals("2 of " + steps, seen.get("next").getAsString());
        assertEquals("3 of " + steps, seen.get("right").getAsString());
        assertEquals("2 of " + steps, seen.get("left").getAsString());
        assertFalse(
                seen.get("phase").getAsString().startsWith("Step 2 "),
                seen.get("phase").getAsString());
        assertEquals("true", seen.get("playing").getAsString());
        var all = IntStream.rangeClosed(1, steps)
                .mapToObj(step -> step + " of " + steps)
                .toList();
        assertEquals(
                all,
                seen.getAsJsonArray("played").asList().stream()
                        .map(text -> text.getAsString())
                        .toList());
        var widest = seen.getAsJsonArray("widest");
        var clicked = widest.get(0).getAsInt();
        var hovered = widest.get(1).getAsInt();
        assertEquals(clicked + " of " + steps, seen.get("clicked").getAsString());
        assertEquals("polite", seen.get("live").getAsString());
        assertTrue(seen.get("slider").getAsString().startsWith("Step " + clicked + " of " + steps + ": "));
        assertTrue(seen.get("hovered").getAsString().startsWith("Step " + hovered + " of " + steps));
        assertEquals(clicked + " of " + steps, seen.get("stays").getAsString());
        assertNotEquals(seen.get("light").getAsString(), seen.get("dark").getAsString());
        assertEquals(seen.get("dark").getAsString(), seen.get("switched").getAsString());
        assertEquals(steps, seen.get("printedSteps").getAsInt());
        assertFalse(seen.get("printedControls").getAsBoolean());
        var pdf = Files.readAllBytes(host.work().resolve("page.pdf"));
        assertEquals("%PDF", new String(Arrays.copyOf(pdf, 4)));
    }

    @Test
    void aContainerThatRunsOnIsThereAtTheEnd() throws IOException {
        var trace = host.work().resolve("trace");
        var id = host.ok("--trace", trace, "run", "-d", "--network", "none", "busybox", "sleep", "1000");
        var mounts = host.ok("exec", id, "cut", "-d ", "-f5", "/proc/1/mountinfo");
        var last = open(trace).getAsJsonObject("last").getAsJsonObject("picture");
        host.ok("rm", "-f", id);
        assertEquals(set(mounts), texts(last, "mounts"));
        assertEquals(Set.of("lo"), texts(last, "links"));
        assertEquals(Set.of("container", "supervisor"), texts(last, "process"));
        assertFalse(last.get("ended").getAsBoolean());
    }

    @Test
    void aRunThatFailsIsShownAsFarAsItCame() throws IOException {
        var trace = host.work().resolve("trace");
        host.koker(
                        "-q",
                        "--trace",
                        trace,
                        "run",
                        "--network",
                        "none",
                        "--fail",
                        "set-hostname=EPERM",
                        "busybox",
                        "true")
                .run();
        var opened = open(trace).getAsJsonObject("opened");
        assertFalse(opened.getAsJsonObject("picture").get("ended").getAsBoolean());
        assertTrue(texts(opened.getAsJsonObject("picture"), "mounts").containsAll(Set.of("/", "/proc", "/dev")));
        assertFalse(opened.getAsJsonObject("picture").getAsJsonObject("traits").has("hostname"));
    }
}

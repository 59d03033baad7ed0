package koker.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import koker.kernel.Calls;
import koker.kernel.Errno;
import koker.kernel.Event;
import koker.kernel.Event.Side;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a recording has of what happened, and which files it replaces. */
class RecordingTest {
    @TempDir
    private Path folder;

    private Path file;

    @BeforeEach
    void choose() {
        file = folder.resolve("trace");
    }

    private Recording begin() {
        return Recording.begin(file, "koker 1", List.of("koker", "run", "a \"b\"\n"));
    }

    private List<JsonObject> lines() throws IOException {
        return Files.readAllLines(file).stream()
                .map(line -> JsonParser.parseString(line).getAsJsonObject())
                .toList();
    }

    private static Event event(Side side, long result) {
        return new Event(
                Calls.mkdir("/a b", 0755).tolerating(Errno.EEXIST), side, result, System.nanoTime(), 7, _ -> 0);
    }

    @Test
    void theFirstLineSaysWhatWasRunAndTheLastHowItEnded() throws IOException {
        begin().end(3, Optional.of("it failed"), Optional.empty());
        var lines = lines();
        assertEquals(2, lines.size());
        assertEquals("koker-trace", lines.getFirst().get("format").getAsString());
        assertEquals(1, lines.getFirst().get("version").getAsInt());
        assertEquals(
                "[\"koker\",\"run\",\"a \\\"b\\\"\\n\"]",
                lines.getFirst().get("command").toString());
        assertEquals("end", lines.getLast().get("event").getAsString());
        assertEquals(3, lines.getLast().get("status").getAsInt());
        assertEquals("it failed", lines.getLast().get("error").getAsString());
    }

    @Test
    void aCallIsThereWithItsSubjectItsArgumentsAndItsResult() throws IOException {
        var trace = new Trace(Trace.Detail.QUIET, Optional.of(begin()));
        trace.heading("Make folder", Trace.fields("path", "/a b", "count", 2));
        trace.accept(event(Side.HOST, -17));
        var call = lines().getLast();
        assertEquals("make-folder", call.get("name").getAsString());
        assertEquals("root", call.get("phase").getAsString());
        assertEquals("host", call.get("side").getAsString());
        assertEquals("{\"path\":\"/a b\",\"count\":2}", call.get("about").toString());
        assertEquals("mkdirat", call.get("call").getAsString());
        assertEquals(
                "[\"AT_FDCWD\",\"\\\"/a b\\\"\",\"0755\"]", call.get("args").toString());
        assertEquals("EEXIST", call.get("errno").getAsString());
        assertTrue(call.get("tolerated").getAsBoolean());
        assertEquals(7, call.get("duration").getAsInt());
        assertTrue(call.get("start").getAsLong() > 0);
    }

    @Test
    void callsOfOneStepHaveItsNumberAndThoseOfAnotherProcessHaveNot() throws IOException {
        var trace = new Trace(Trace.Detail.QUIET, Optional.of(begin()));
        trace.heading("Execute", Map.of());
        trace.accept(event(Side.CONTAINER, 0));
        trace.accept(event(Side.CONTAINER, 0));
        trace.accept(event(Side.HOST, 0));
        trace.heading("Execute", Map.of());
        trace.accept(event(Side.HOST, 0));
        var steps = lines().stream()
                .skip(1)
                .map(line -> line.get("step").getAsInt())
                .toList();
        assertEquals(List.of(1, 1, 2, 3), steps);
    }

    @Test
    void threadsDoNotMixTheirLines() throws Exception {
        var trace = new Trace(Trace.Detail.QUIET, Optional.of(begin()));
        var threads = new ArrayList<Thread>();
        for (var i = 0; i < 8; i++) {
            var title = "Title " + i;
            threads.add(Thread.ofPlatform().start(() -> {
                trace.heading(title, Map.of());
                for (var n = 0; n < 200; n++) {
                    trace.accept(event(Side.HOST, n));
                }
            }));
        }
        for (var thread : threads) {
            thread.join();
        }
        var lines = lines();
        assertEquals(1 + 8 * 200, lines.size());
        var numbers = new TreeSet<Integer>();
        for (var line : lines.subList(1, lines.size())) {
            numbers.add(line.get("seq").getAsInt());
        }
        assertEquals(1600, numbers.size());
        assertEquals(
                8,
                lines.stream().skip(1).map(line -> line.get("step")).distinct().count());
    }

    @Test
    void whatIsToldIsThereThoughNothingIsSaid() throws IOException {
        var trace = new Trace(Trace.Detail.QUIET, Optional.of(begin()));
        trace.debug("HTTP request", Map.of("ms", 3));
        assertEquals("debug", lines().getLast().get("level").getAsString());
        assertEquals("HTTP request", lines().getLast().get("text").getAsString());
    }

    @Test
    void nobodyElseMayReadIt() throws IOException {
        begin();
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    }

    @Test
    void anotherRecordingIsReplaced() throws IOException {
        begin().note("info", "x".repeat(10_000), Map.of());
        begin();
        assertEquals(1, lines().size());
    }

    @Test
    void afterTheEndNothingIsAdded() throws IOException {
        var recording = begin();
        recording.end(0, Optional.empty(), Optional.empty());
        recording.note("info", "late", Map.of());
        assertEquals(2, lines().size());
    }

    @Test
    void whatIsNoRecordingStays() throws IOException {
        Files.writeString(file, "precious");
        assertThrows(TraceException.class, this::begin);
        assertEquals("precious", Files.readString(file));
    }

    @Test
    void whatIsNoFileIsRefused() throws IOException {
        Files.createDirectory(file);
        assertThrows(TraceException.class, this::begin);
    }

    @Test
    void aLinkToNothingIsNotFollowed() throws IOException {
        var aim = folder.resolve("aim");
        Files.createSymbolicLink(file, aim);
        assertThrows(TraceException.class, this::begin);
        assertFalse(Files.exists(aim));
    }
}

package koker.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import koker.kernel.Calls;
import koker.kernel.Event;
import koker.kernel.Event.Side;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read of a recording, what is said of files that are none, and what is made of it. */
class RecordedTraceTest {
    private static final String HEADER =
            "{\"format\":\"koker-trace\",\"version\":1,\"koker\":\"k\",\"kernel\":\"6\",\"date\":\"d\",\"command\":[\"koker\",\"a b\"]}\n";

    @TempDir
    private Path folder;

    private RecordedTrace read(String text) throws IOException {
        return RecordedTrace.read(Files.writeString(folder.resolve("trace"), text));
    }

    @Test
    void whatIsRecordedIsRead() {
        var file = folder.resolve("recording");
        var recording = Recording.begin(file, "koker 1", List.of("koker", "ps"));
        var trace = new Trace(Trace.Detail.QUIET, Optional.of(recording));
        trace.heading("Change folder", Trace.fields("path", "/a b", "n", 3));
        trace.accept(new Event(Calls.chdir("/a b"), Side.CONTAINER, -2, System.nanoTime(), 5, _ -> 0));
        trace.accept(new Event(Calls.chdir("/c"), Side.CONTAINER, 0, System.nanoTime(), 6, _ -> 0));
        trace.warn("Careful", Map.of("a", 1));
        recording.end(125, Optional.of("it failed"), Optional.empty());
        var read = RecordedTrace.read(file);
        assertEquals(List.of("koker", "ps"), read.command());
        assertEquals(1, read.steps().size());
        var step = read.steps().getFirst();
        assertEquals("Change folder path=/a b n=3", step.show());
        assertEquals(11, step.busy());
        assertEquals("chdir(\"/a b\")", step.calls().getFirst().show());
        assertEquals("-1 ENOENT", step.calls().getFirst().showResult());
        assertEquals("Careful", read.notes().getFirst().text());
        assertEquals(
                Optional.of("Change folder path=/a b n=3: chdir: ENOENT"),
                read.failed().map(RecordedTrace.Failed::show));
    }

    @Test
    void aRunThatWentWellHasNoStepThatFailed() {
        var refused = new RecordedCall("execve", List.of(), -1, "ENOENT", false, 0, 1);
        var steps = new Recorded().step("container", "Execute", Map.of(), refused);
        assertEquals(Optional.empty(), steps.ended(0, "").failed());
        assertEquals(Optional.empty(), steps.ended(1, "").failed());
        assertTrue(steps.ended(127, "no such file").failed().isPresent());
    }

    @Test
    void aRecordingWithoutEndIsReadAsFarAsItGoes() throws IOException {
        var trace = read(HEADER
                + "{\"event\":\"note\",\"level\":\"info\",\"text\":\"a\",\"about\":{},\"start\":1}\n{\"event\":\"no");
        assertEquals(1, trace.notes().size());
        assertEquals(Optional.empty(), trace.end());
        assertTrue(trace.ending().contains("killed"));
    }

    @Test
    void aWordThatAShellWouldSplitIsQuoted() throws IOException {
        assertEquals("koker 'a b'", read(HEADER).commandLine());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "hello",
                "{}",
                "[]",
                "{\"format\":\"other\"}",
                "{\"format\":\"koker-trace\",\"version\":2}",
                "{\"format\":\"koker-trace\",\"version\":1}",
                HEADER + "{}\n{}\n",
                HEADER + "{\"event\":\"call\",\"step\":\"x\"}\n{}\n",
                HEADER + "nonsense {\n{}\n",
            })
    void whatIsNoTraceIsToldInOneLine(String text) {
        var message = assertThrows(TraceException.class, () -> read(text)).getMessage();
        assertTrue(message.contains("is no trace that koker can read"), message);
        assertFalse(message.contains("\n"), message);
    }

    @Test
    void thePhasesAddUp() {
        var trace = new Recorded()
                .step("host", "Make cgroup", Map.of(), "mkdirat")
                .step("host", "Write cgroup", Map.of(), "write")
                .step("container", "Let go", Map.of(), new RecordedCall("read", List.of(), 0, "", false, 0, 9_000_000))
                .ended(0, "");
        var overview = new Overview(trace);
        assertEquals(
                List.of("cgroup 2 2 2000", "wait 1 1 9000000"),
                overview.phases().stream()
                        .map(share -> share.phase() + " " + share.steps() + " " + share.calls() + " " + share.nanos())
                        .toList());
        assertEquals(
                List.of("Make cgroup", "Write cgroup"),
                overview.slowest().stream().map(RecordedStep::title).toList());
    }

    @Test
    void chromesFormHasALaneForEachSideAndCallsWithinTheirSteps() throws IOException {
        var out = new StringWriter();
        new ChromeTrace(new Recorded()
                        .step("host", "Make cgroup", Map.of("path", "/x"), "mkdirat", "\"/x\"")
                        .step("container", "Enter root", Map.of(), "chdir")
                        .ended(0, ""))
                .write(out);
        var events =
                JsonParser.parseString(out.toString()).getAsJsonObject().getAsJsonArray("traceEvents").asList().stream()
                        .map(event -> event.getAsJsonObject())
                        .toList();
        var lanes = events.stream()
                .filter(event -> event.get("ph").getAsString().equals("M"))
                .count();
        assertEquals(2, lanes);
        var slices = events.stream()
                .filter(event -> event.get("ph").getAsString().equals("X"))
                .toList();
        assertEquals(4, slices.size());
        for (var i = 0; i < slices.size(); i += 2) {
            var step = slices.get(i);
            var call = slices.get(i + 1);
            assertEquals(step.get("pid"), call.get("pid"));
            assertTrue(begin(step) <= begin(call) && end(call) <= end(step));
        }
    }

    private static double begin(JsonObject slice) {
        return slice.get("ts").getAsDouble();
    }

    private static double end(JsonObject slice) {
        return begin(slice) + slice.get("dur").getAsDouble();
    }
}

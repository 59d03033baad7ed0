package koker.trace;

import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.Writer;
import java.util.List;
import java.util.TreeSet;

/** A recording in the form that Chrome's about:tracing and Perfetto load: a process for each side, a slice for each step and for each call in it. */
public final class ChromeTrace {
    private static final List<String> SIDES = List.of("host", "helper", "hook", "supervisor", "container");
    private static final double NANOS_OF_MICRO = 1000.0;

    private final RecordedTrace trace;

    /** That of {@code trace}. */
    public ChromeTrace(RecordedTrace trace) {
        this.trace = trace;
    }

    /** Writes it to {@code out}. */
    public void write(Writer out) throws IOException {
        var json = new JsonWriter(out);
        json.beginObject().name("displayTimeUnit").value("ns");
        json.name("otherData").beginObject();
        json.name("command").value(trace.commandLine()).name("koker").value(trace.version());
        json.name("kernel")
                .value(trace.kernel())
                .name("date")
                .value(trace.date())
                .endObject();
        json.name("traceEvents").beginArray();
        for (var side :
                new TreeSet<>(trace.steps().stream().map(RecordedStep::side).toList())) {
            name(json, side);
        }
        for (var step : trace.steps()) {
            step(json, step);
        }
        for (var note : trace.notes()) {
            begin(json, note.text(), "note", "i", "host", 0, note.start());
            json.name("s").value("p");
            json.name("args").beginObject();
            for (var field : note.about().entrySet()) {
                json.name(field.getKey()).value(field.getValue());
            }
            json.endObject().endObject();
        }
        json.endArray().endObject();
        out.write('\n');
        out.flush();
    }

    private static void name(JsonWriter json, String side) throws IOException {
        json.beginObject().name("ph").value("M").name("name").value("process_name");
        json.name("pid").value(process(side)).name("args").beginObject();
        json.name("name").value(side).endObject().endObject();
    }

    private static void step(JsonWriter json, RecordedStep step) throws IOException {
        begin(json, step.title(), step.phase(), "X", step.side(), step.thread(), step.start());
        json.name("dur").value((step.end() - step.start()) / NANOS_OF_MICRO);
        json.name("args").beginObject();
        for (var field : step.about().entrySet()) {
            json.name(field.getKey()).value(field.getValue());
        }
        json.endObject().endObject();
        for (var call : step.calls()) {
            begin(json, call.call(), step.phase(), "X", step.side(), step.thread(), call.start());
            json.name("dur").value(call.duration() / NANOS_OF_MICRO);
            json.name("args").beginObject().name("call").value(call.show());
            json.name("ret").value(call.showResult()).endObject().endObject();
        }
    }

    private static void begin(
            JsonWriter json, String name, String category, String kind, String side, long thread, long start)
            throws IOException {
        json.beginObject()
                .name("name")
                .value(name)
                .name("cat")
                .value(category)
                .name("ph")
                .value(kind);
        json.name("pid").value(process(side)).name("tid").value(thread);
        json.name("ts").value(start / NANOS_OF_MICRO);
    }

    /** Numbers that only tell the lanes apart, the host's first. */
    private static int process(String side) {
        return SIDES.indexOf(side) + 1;
    }
}

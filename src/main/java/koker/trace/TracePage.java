package koker.trace;

import com.google.gson.FormattingStyle;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Objects;

/** A recording as one page of HTML that a browser plays, without anything from elsewhere. */
public final class TracePage {
    private final RecordedTrace trace;

    /** That of {@code trace}. */
    public TracePage(RecordedTrace trace) {
        this.trace = trace;
    }

    /** Writes it to {@code out}. */
    public void write(Writer out) throws IOException {
        var template = resource("page.html");
        // In this order: what was recorded is put in last, and nothing is looked for in it.
        var at = template.indexOf("{{data}}");
        out.write(filled(template.substring(0, at)));
        out.write(data());
        out.write(filled(template.substring(at + "{{data}}".length())));
    }

    private static String filled(String part) throws IOException {
        return part.replace("{{style}}", resource("page.css")).replace("{{script}}", resource("page.js"));
    }

    private static String resource(String name) throws IOException {
        try (InputStream in = Objects.requireNonNull(TracePage.class.getResourceAsStream(name), name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** What the page shows, as JSON that no HTML parser takes for anything else. */
    private String data() throws IOException {
        var text = new StringWriter();
        var json = new JsonWriter(text);
        json.setFormattingStyle(FormattingStyle.COMPACT);
        json.setHtmlSafe(true);
        json.beginObject();
        json.name("command").value(trace.commandLine()).name("koker").value(trace.version());
        json.name("kernel").value(trace.kernel()).name("date").value(trace.date());
        json.name("ending").value(trace.ending()).name("length").value(trace.length());
        json.name("error").value(trace.end().map(RecordedTrace.End::error).orElse(""));
        json.name("failed").value(trace.failed().map(RecordedTrace.Failed::show).orElse(""));
        json.name("phases").beginArray();
        for (var phase : Phase.values()) {
            json.beginObject().name("name").value(phase.title());
            json.name("what").value(phase.what()).endObject();
        }
        json.endArray();
        json.name("steps").beginArray();
        var growth = new Growth();
        for (var step : trace.steps()) {
            step(json, step, growth);
        }
        json.endArray().endObject();
        return text.toString();
    }

    private void step(JsonWriter json, RecordedStep step, Growth growth) throws IOException {
        json.beginObject();
        json.name("title").value(step.title()).name("name").value(step.name());
        json.name("phase").value(step.phase()).name("side").value(step.side());
        json.name("about").value(step.showAbout()).name("start").value(step.start());
        json.name("end").value(step.end()).name("busy").value(step.busy());
        json.name("why").value(step.why());
        json.name("calls").beginArray();
        for (var call : step.calls()) {
            json.beginObject().name("call").value(call.show()).name("result").value(call.showResult());
            json.name("refused")
                    .value(call.refused())
                    .name("error")
                    .value(!call.errno().isEmpty());
            json.name("duration").value(call.duration()).endObject();
        }
        json.endArray();
        json.name("changes").beginArray();
        for (var change : growth.of(step)) {
            json.beginArray().value(change.kind().name().toLowerCase(Locale.ROOT));
            json.value(change.key()).value(change.value()).endArray();
        }
        json.endArray().endObject();
    }
}

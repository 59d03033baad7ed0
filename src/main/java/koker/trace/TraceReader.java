package koker.trace;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import koker.trace.RecordedTrace.End;
import koker.trace.RecordedTrace.Failed;
import koker.trace.RecordedTrace.Note;

/** Reads a recording, line by line. */
final class TraceReader {
    private final Path file;
    private final Map<Long, RecordedStep> steps = new LinkedHashMap<>();
    private final List<Note> notes = new ArrayList<>();
    private Optional<End> end = Optional.empty();
    private int line;

    TraceReader(Path file) {
        this.file = file;
    }

    RecordedTrace read() {
        try (var reader = Files.newBufferedReader(file)) {
            var header = header(reader);
            event(reader);
            var inOrder = new ArrayList<>(steps.values());
            inOrder.sort(Comparator.comparingLong(RecordedStep::start));
            return new RecordedTrace(
                    text(header, "koker"),
                    text(header, "kernel"),
                    text(header, "date"),
                    texts(header, "command"),
                    List.copyOf(inOrder),
                    List.copyOf(notes),
                    end);
        } catch (CharacterCodingException e) {
            throw notATrace("it is not text");
        } catch (IOException e) {
            throw new TraceException("read the trace", file, e);
        } catch (JsonParseException | IllegalStateException | UnsupportedOperationException | NumberFormatException e) {
            throw notATrace("line " + line + " is not what a trace has there");
        }
    }

    private TraceException notATrace(String reason) {
        return new TraceException(
                file + " is no trace that koker can read: " + reason + "; make one: koker --trace FILE run IMAGE");
    }

    private JsonObject header(BufferedReader reader) throws IOException {
        line = 1;
        var first = reader.readLine();
        if (first == null) {
            throw notATrace("it is empty");
        }
        var header = JsonParser.parseString(first).getAsJsonObject();
        if (!header.has("format") || !text(header, "format").equals(Recording.FORMAT)) {
            throw notATrace("it does not begin as a trace does");
        }
        if (number(header, "version") != Recording.VERSION) {
            throw notATrace("its format has the version " + number(header, "version") + ", and this koker knows "
                    + Recording.VERSION);
        }
        return header;
    }

    private void event(BufferedReader reader) throws IOException {
        for (var text = reader.readLine(); text != null; text = reader.readLine()) {
            line++;
            JsonObject event;
            try {
                event = JsonParser.parseString(text).getAsJsonObject();
            } catch (JsonParseException e) {
                if (reader.readLine() == null) {
                    return; // koker was killed while it wrote
                }
                throw e;
            }
            switch (text(event, "event")) {
                case "call" -> call(event);
                case "note" ->
                    notes.add(
                            new Note(text(event, "level"), text(event, "text"), about(event), number(event, "start")));
                case "end" ->
                    end = Optional.of(new End(
                            (int) number(event, "status"),
                            event.has("error") ? text(event, "error") : "",
                            event.has("failed")
                                    ? Optional.of(failed(event.getAsJsonObject("failed")))
                                    : Optional.empty(),
                            number(event, "start")));
                default -> {
                    // A later koker may tell more.
                }
            }
        }
    }

    private void call(JsonObject event) {
        var step = steps.computeIfAbsent(
                number(event, "step"),
                _ -> new RecordedStep(
                        text(event, "name"),
                        text(event, "title"),
                        text(event, "phase"),
                        text(event, "side"),
                        event.has("thread") ? number(event, "thread") : 0,
                        about(event),
                        new ArrayList<>()));
        step.calls()
                .add(new RecordedCall(
                        text(event, "call"),
                        texts(event, "args"),
                        number(event, "result"),
                        event.has("errno") ? text(event, "errno") : "",
                        event.has("tolerated") && event.get("tolerated").getAsBoolean(),
                        number(event, "start"),
                        number(event, "duration")));
    }

    private static Failed failed(JsonObject failed) {
        var about = new StringBuilder(text(failed, "title"));
        about(failed)
                .forEach((name, value) ->
                        about.append(' ').append(name).append('=').append(value));
        return new Failed(text(failed, "name"), about.toString(), text(failed, "call"), text(failed, "errno"));
    }

    private static Map<String, String> about(JsonObject event) {
        var about = new LinkedHashMap<String, String>();
        member(event, "about")
                .getAsJsonObject()
                .entrySet()
                .forEach(field -> about.put(field.getKey(), field.getValue().getAsString()));
        return about;
    }

    private static List<String> texts(JsonObject event, String name) {
        return member(event, name).getAsJsonArray().asList().stream()
                .map(JsonElement::getAsString)
                .toList();
    }

    private static String text(JsonObject event, String name) {
        return member(event, name).getAsString();
    }

    private static long number(JsonObject event, String name) {
        return member(event, name).getAsLong();
    }

    private static JsonElement member(JsonObject event, String name) {
        var member = event.get(name);
        if (member == null) {
            throw new JsonParseException("there is no " + name);
        }
        return member;
    }
}

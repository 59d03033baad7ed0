package koker.trace;

import com.google.gson.stream.JsonWriter;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import koker.kernel.Event;

/** A file with all that koker does, one JSON object a line, each written at once. docs/trace-format.md describes it. */
public final class Recording {
    /** What a file of a recording is made with: only its owner may read it. */
    public static final FileAttribute<Set<PosixFilePermission>> PRIVATE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    static final String FORMAT = "koker-trace";
    static final int VERSION = 1;

    private static final String BEGINNING = "{\"format\":\"" + FORMAT + "\"";

    private final Path file;
    private final Writer writer;
    private final long begin = System.nanoTime();
    private int events;
    private int steps;
    private boolean ended;
    private Optional<IOException> failure = Optional.empty();

    private Recording(Path file, Writer writer) {
        this.file = file;
        this.writer = writer;
    }

    /** What made a command fail, as far as it was a step. */
    public record Failure(Subject step, String call, String errno) {}

    /** Writes what a line says. */
    private interface Body {
        void write(JsonWriter json) throws IOException;
    }

    /**
     * Begins to record {@code command} in {@code file}. Only root may read it, as there are environment variables in it. One that is there is
     * replaced if it is a recording.
     *
     * @param version of koker
     * @throws TraceException if the file cannot be written, or is something else; it stays as it is
     */
    public static Recording begin(Path file, String version, List<String> command) {
        try {
            return begin(file, open(file), version, command);
        } catch (IOException e) {
            throw new TraceException("write the trace", file, e);
        }
    }

    /**
     * Begins to record {@code command} by {@code channel}, which leads to {@code file}: a new one, made {@link #PRIVATE}.
     *
     * @param version of koker
     * @throws TraceException if the file cannot be written
     */
    public static Recording begin(Path file, WritableByteChannel channel, String version, List<String> command) {
        try {
            var recording =
                    new Recording(file, new BufferedWriter(Channels.newWriter(channel, StandardCharsets.UTF_8)));
            recording.header(version, command);
            recording.failure.ifPresent(e -> {
                throw new UncheckedIOException(e);
            });
            return recording;
        } catch (IOException e) {
            throw new TraceException("write the trace", file, e);
        } catch (UncheckedIOException e) {
            throw new TraceException("write the trace", file, e.getCause());
        }
    }

    private static FileChannel open(Path file) throws IOException {
        try {
            return FileChannel.open(file, Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW), PRIVATE);
        } catch (FileAlreadyExistsException e) {
            return replace(file);
        }
    }

    private static FileChannel replace(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new TraceException(file + " is no file that a trace can be written to; give another name");
        }
        var channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
        var start = ByteBuffer.allocate(BEGINNING.length());
        if (channel.read(start) > 0 && !new String(start.array(), StandardCharsets.ISO_8859_1).equals(BEGINNING)) {
            channel.close();
            throw new TraceException(file + " is there already, and is no trace; remove it, or give another name");
        }
        return channel.truncate(0).position(0);
    }

    private void header(String version, List<String> command) throws IOException {
        var kernel = Files.readString(Path.of("/proc/sys/kernel/osrelease")).strip();
        line(json -> {
            json.name("format").value(FORMAT).name("version").value(VERSION);
            json.name("koker").value(version).name("kernel").value(kernel);
            json.name("date").value(Instant.now().toString());
            json.name("command").beginArray();
            for (var word : command) {
                json.value(word);
            }
            json.endArray();
        });
    }

    /** A system call was made, for what {@code heading} says. */
    synchronized void call(Heading heading, Event event) {
        if (heading.number(event.side()) == 0) {
            heading.number(event.side(), ++steps);
        }
        line(json -> {
            var subject = heading.subject();
            json.name("event").value("call").name("seq").value(++events);
            json.name("step").value(heading.number(event.side()));
            json.name("name").value(heading.name()).name("title").value(subject.title());
            json.name("phase").value(Phase.of(heading.name(), event.side()).title());
            json.name("side").value(event.side().name().toLowerCase(Locale.ROOT));
            if (event.side() == Event.Side.HOST) {
                json.name("thread").value(Thread.currentThread().threadId());
            }
            about(json, subject.about());
            json.name("call").value(event.call().operation().toString());
            json.name("args").beginArray();
            for (var argument : event.showArguments()) {
                json.value(argument);
            }
            json.endArray();
            json.name("result").value(event.failed() ? -1 : event.result());
            if (event.errno().isPresent()) {
                var errno = event.errno().get();
                json.name("errno").value(errno.toString());
                json.name("tolerated").value(event.call().tolerated().contains(errno));
            }
            json.name("start").value(event.start() - begin).name("duration").value(event.nanos());
        });
    }

    /** Something was said. */
    synchronized void note(String level, String text, Map<String, ?> about) {
        line(json -> {
            json.name("event").value("note").name("seq").value(++events);
            json.name("level").value(level).name("text").value(text);
            about(json, about);
            json.name("start").value(System.nanoTime() - begin);
        });
    }

    /**
     * koker ends with {@code status}; what comes later is left out.
     *
     * @return what is to be said if the recording is not complete
     */
    public synchronized Optional<String> end(int status, Optional<String> error, Optional<Failure> failed) {
        line(json -> {
            json.name("event")
                    .value("end")
                    .name("seq")
                    .value(++events)
                    .name("status")
                    .value(status);
            if (error.isPresent()) {
                json.name("error").value(error.get());
            }
            if (failed.isPresent()) {
                var step = failed.get().step();
                json.name("failed").beginObject();
                json.name("name").value(step.name()).name("title").value(step.title());
                about(json, step.about());
                json.name("call").value(failed.get().call());
                json.name("errno").value(failed.get().errno()).endObject();
            }
            json.name("start").value(System.nanoTime() - begin);
        });
        ended = true;
        return failure.map(e -> "the trace " + file + " is not complete: " + TraceException.reason(e));
    }

    private static void about(JsonWriter json, Map<String, ?> fields) throws IOException {
        json.name("about").beginObject();
        for (var field : fields.entrySet()) {
            json.name(field.getKey());
            switch (field.getValue()) {
                case Number number -> json.value(number);
                case Boolean truth -> json.value(truth);
                case Object other -> json.value(other.toString());
            }
        }
        json.endObject();
    }

    /** What cannot be written is no reason to stop half-way with a container: it is told at the end. */
    private void line(Body body) {
        if (ended || failure.isPresent()) {
            return;
        }
        var text = new StringWriter();
        try (var json = new JsonWriter(text)) {
            json.beginObject();
            body.write(json);
            json.endObject();
            writer.append(text.getBuffer()).append('\n').flush();
        } catch (IOException e) {
            failure = Optional.of(e);
        }
    }
}

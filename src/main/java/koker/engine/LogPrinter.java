package koker.engine;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.ArrayDeque;
import java.util.Deque;

/** Prints pieces of a log, each to the stream that it came from: byte by byte, or line by line where something is asked of lines. */
final class LogPrinter {
    private static final DateTimeFormatter NANOSECONDS =
            new DateTimeFormatterBuilder().appendInstant(9).toFormatter();

    private final LogOptions options;
    private final OutputStream[] streams;
    private final Line[] unfinished = {new Line(1), new Line(2)};
    private final Deque<Line> last = new ArrayDeque<>();
    private boolean holding;

    /** A line, or what is there of it. */
    private static final class Line {
        private final int stream;
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private Instant time;

        Line(int stream) {
            this.stream = stream;
        }
    }

    LogPrinter(LogOptions options, OutputStream out, OutputStream errors) {
        this.options = options;
        this.streams = new OutputStream[] {out, errors};
        this.holding = options.tail().isPresent();
    }

    /** Takes one piece. */
    void add(LogFile.Piece piece) throws IOException {
        if (!options.byLine()) {
            stream(piece.stream()).write(piece.bytes());
            return;
        }
        for (var b : piece.bytes()) {
            var line = unfinished[piece.stream() - 1];
            if (line.time == null) {
                line.time = piece.time();
            }
            line.bytes.write(b);
            if (b == '\n') {
                end(piece.stream());
            }
        }
    }

    /** What is there so far is all for the moment: shows the last lines, and what has no end yet. */
    void flush() throws IOException {
        if (holding) {
            end(1);
            end(2);
            holding = false;
            while (!last.isEmpty()) {
                print(last.removeFirst());
            }
        }
        for (var stream : streams) {
            stream.flush();
        }
    }

    /** There is no more. */
    void finish() throws IOException {
        end(1);
        end(2);
        flush();
    }

    private void end(int stream) throws IOException {
        var line = unfinished[stream - 1];
        unfinished[stream - 1] = new Line(stream);
        if (line.time == null
                || options.since().filter(line.time::isBefore).isPresent()
                || options.until().filter(line.time::isAfter).isPresent()) {
            return;
        }
        if (!holding) {
            print(line);
            return;
        }
        last.addLast(line);
        if (last.size() > options.tail().orElseThrow()) {
            last.removeFirst();
        }
    }

    private void print(Line line) throws IOException {
        var stream = stream(line.stream);
        if (options.timestamps()) {
            stream.write((NANOSECONDS.format(line.time) + " ").getBytes(StandardCharsets.US_ASCII));
        }
        line.bytes.writeTo(stream);
    }

    private OutputStream stream(int number) {
        return streams[number - 1];
    }
}

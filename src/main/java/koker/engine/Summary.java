package koker.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a list shows of a container: the part of its state that is kept in one line, as two hundred files of JSON take a while to read.
 *
 * @param name empty if it has none
 * @param created milliseconds since 1970, as are the other times
 * @param started 0 if it never was
 * @param ended 0 if it has not
 * @param exitStatus -1 if it has not ended
 * @param pid its first process, 0 if it has none
 * @param paused whether koker may have stopped its processes
 * @param checked whether somebody looks how it is
 * @param published whether ports of the host lead to it while it runs
 * @param removing whether somebody has begun to remove it
 */
record Summary(
        String id,
        String name,
        String image,
        List<String> command,
        long created,
        long started,
        long ended,
        int exitStatus,
        int pid,
        boolean paused,
        boolean checked,
        boolean published,
        boolean removing) {
    static final char SEPARATOR = '\u001f';
    private static final int FIXED = 12;

    static Summary of(State state) {
        var run = state.run();
        var end = state.end();
        return new Summary(
                state.id(),
                state.name() == null ? "" : state.name(),
                state.image(),
                state.command(),
                state.created(),
                run != null ? run.started() : end != null ? end.started() : 0,
                end == null ? 0 : end.ended(),
                end == null ? -1 : end.status(),
                run == null ? 0 : run.process().pid(),
                run != null && run.paused(),
                state.settings().healthCheck() != null,
                state.settings().network().publishes(),
                state.removing());
    }

    /** Reads what {@link #line} wrote; empty if it is something else. */
    static Optional<Summary> parse(String line) {
        var fields = new ArrayList<String>();
        for (int from = 0, to; from <= line.length(); from = to + 1) {
            to = line.indexOf(SEPARATOR, from);
            to = to < 0 ? line.length() : to;
            fields.add(line.substring(from, to));
        }
        if (fields.size() < FIXED) {
            return Optional.empty();
        }
        return Optional.of(new Summary(
                fields.get(0),
                fields.get(1),
                fields.get(2),
                fields.subList(FIXED, fields.size()),
                Long.parseLong(fields.get(3)),
                Long.parseLong(fields.get(4)),
                Long.parseLong(fields.get(5)),
                Integer.parseInt(fields.get(6)),
                Integer.parseInt(fields.get(7)),
                fields.get(8).equals("true"),
                fields.get(9).equals("true"),
                fields.get(10).equals("true"),
                fields.get(11).equals("true")));
    }

    /** All of it in one line; empty if it has characters that cannot be in one. */
    Optional<String> line() {
        var line = new StringBuilder();
        line.append(id).append(SEPARATOR).append(name).append(SEPARATOR).append(image);
        for (var number : new long[] {created, started, ended, exitStatus, pid}) {
            line.append(SEPARATOR).append(number);
        }
        line.append(SEPARATOR)
                .append(paused)
                .append(SEPARATOR)
                .append(checked)
                .append(SEPARATOR)
                .append(published)
                .append(SEPARATOR)
                .append(removing);
        var separators = FIXED - 1 + command.size();
        for (var word : command) {
            line.append(SEPARATOR).append(word);
        }
        var found = 0;
        for (var i = 0; i < line.length(); i++) {
            found += line.charAt(i) == SEPARATOR ? 1 : 0;
            if (line.charAt(i) == '\n') {
                return Optional.empty();
            }
        }
        return found == separators ? Optional.of(line.toString()) : Optional.empty();
    }
}

package koker.engine;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * A user of the container, by numbers.
 *
 * @param groups the supplementary groups
 * @param home the home folder
 */
record Account(long uid, long gid, List<Long> groups, String home) {
    private static final long LARGEST = Integer.MAX_VALUE;

    /**
     * Whom {@code user} means, {@code NAME|UID[:GROUP|GID]}, to the container whose root is the folder {@code root}: names are looked up
     * in its own /etc/passwd and /etc/group (passwd(5), group(5)).
     *
     * @throws EngineException if there is no such user or group
     */
    static Account find(Path root, String user) {
        return find(ImageFiles.of(root), user);
    }

    /** The same in the container whose image has {@code root}. */
    static Account find(ImageFiles root, String user) {
        var parts = user.split(":", 2);
        var name = parts[0].isEmpty() ? "0" : parts[0];
        var passwd = rows(root, "/etc/passwd", 7);
        var groups = rows(root, "/etc/group", 4);

        var entry = find(passwd, row -> row[0].equals(name)).or(() -> find(passwd, row -> row[2].equals(name)));
        if (entry.isEmpty() && !isNumber(name)) {
            throw new EngineException(
                    "no user '" + name + "' in the image's /etc/passwd; name one that is, or give a number");
        }
        var uid = number(entry.map(row -> row[2]).orElse(name));
        if (parts.length == 2 && !parts[1].isEmpty()) {
            var group = parts[1];
            var row = find(groups, each -> each[0].equals(group)).or(() -> find(groups, each -> each[2].equals(group)));
            if (row.isEmpty() && !isNumber(group)) {
                throw new EngineException(
                        "no group '" + group + "' in the image's /etc/group; name one that is, or give a number");
            }
            var gid = number(row.map(each -> each[2]).orElse(group));
            return new Account(uid, gid, List.of(), home(entry));
        }
        var gid = entry.map(row -> number(row[3])).orElse(0L);
        var login = entry.map(row -> row[0]).orElse("");
        var supplementary = groups.stream()
                .filter(row ->
                        !login.isEmpty() && Arrays.asList(row[3].split(",")).contains(login))
                .map(row -> number(row[2]))
                .toList();
        return new Account(uid, gid, supplementary, home(entry));
    }

    private static String home(Optional<String[]> entry) {
        return entry.map(row -> row[5]).filter(home -> !home.isEmpty()).orElse("/");
    }

    private static Optional<String[]> find(List<String[]> rows, Predicate<String[]> wanted) {
        return rows.stream().filter(wanted).findFirst();
    }

    /** The rows of {@code file} that have {@code columns} columns; none if it does not exist. */
    private static List<String[]> rows(ImageFiles root, String file, int columns) {
        try {
            var path = root.file(file);
            if (!Files.isRegularFile(path)) {
                return List.of();
            }
            // Latin-1 reads any bytes; the fields that matter are ASCII.
            try (Stream<String> lines = Files.lines(path, StandardCharsets.ISO_8859_1)) {
                return lines.map(line -> line.split(":", -1))
                        .filter(row -> row.length >= columns)
                        .toList();
            }
        } catch (IOException e) {
            throw new EngineException("the image's " + file + " cannot be read: " + e.getMessage());
        }
    }

    private static boolean isNumber(String text) {
        return text.matches("[0-9]{1,19}");
    }

    private static long number(String text) {
        if (!isNumber(text) || text.length() > 10 || Long.parseLong(text) > LARGEST) {
            throw new EngineException("a user or group number must be from 0 to " + LARGEST + ", not '" + text + "'");
        }
        return Long.parseLong(text);
    }
}

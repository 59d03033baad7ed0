package koker.cgroup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Reads the files of a cgroup that hold numbers. What is not there is -1. */
record Counters(String folder) {
    /** The lines of a file; none if it is not there. */
    private List<String> lines(String file) {
        try {
            return Files.readAllLines(Path.of(folder, file));
        } catch (IOException e) {
            return List.of();
        }
    }

    /** The one number in a file; {@link Long#MAX_VALUE} for "max". */
    long number(String file) {
        var lines = lines(file);
        return lines.isEmpty() ? -1 : parse(lines.getFirst().strip());
    }

    /** The number behind {@code key} in a file of keys and numbers. */
    long number(String file, String key) {
        for (var line : lines(file)) {
            if (line.startsWith(key + " ")) {
                return parse(line.substring(key.length()).strip());
            }
        }
        return -1;
    }

    /** The sum over all devices of what is said as {@code key=1} or {@code key 1}; 0 if nothing is. */
    long sum(String file, String key) {
        var sum = 0L;
        for (var line : lines(file)) {
            var words = line.split("[ =]");
            for (var i = 0; i + 1 < words.length; i++) {
                sum += words[i].equals(key) ? parse(words[i + 1]) : 0;
            }
        }
        return sum;
    }

    private static long parse(String digits) {
        try {
            return digits.equals("max") ? Long.MAX_VALUE : Long.parseLong(digits);
        } catch (NumberFormatException e) {
            return -1;
        }
    }
}

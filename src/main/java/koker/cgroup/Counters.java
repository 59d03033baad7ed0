package koker.cgroup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

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

    /** Whether there is such a file. */
    boolean has(String file) {
        return Files.exists(Path.of(folder, file));
    }

    /** The words of each line of a file that has any. */
    List<List<String>> words(String file) {
        return lines(file).stream()
                .map(line -> Arrays.asList(line.strip().split("\\s+")))
                .filter(words -> !words.getFirst().isEmpty())
                .toList();
    }

    /** The numbers in the one line of a file. */
    List<Long> numbers(String file) {
        return words(file).stream()
                .limit(1)
                .flatMap(List::stream)
                .map(Counters::parse)
                .toList();
    }

    /** All numbers of a file of keys and numbers, by their keys. */
    Map<String, Long> table(String file) {
        var all = new TreeMap<String, Long>();
        for (var words : words(file)) {
            if (words.size() == 2) {
                all.put(words.getFirst(), parse(words.getLast()));
            }
        }
        return all;
    }

    /** Each number of a list with ranges, as 0-2,7 (cpuset(7), "List format"). */
    List<Long> list(String file) {
        var all = new ArrayList<Long>();
        for (var words : words(file)) {
            for (var range : words.getFirst().split(",")) {
                var ends = range.split("-");
                for (var number = parse(ends[0]); number <= parse(ends[ends.length - 1]); number++) {
                    all.add(number);
                }
            }
        }
        return all;
    }

    /** What stands between {@code prefix} and {@code suffix} in the names of files, where there are such. */
    TreeSet<String> between(String prefix, String suffix) {
        var found = new TreeSet<String>();
        var names = Path.of(folder).toFile().list();
        for (var name : names == null ? new String[0] : names) {
            if (name.startsWith(prefix) && name.endsWith(suffix) && name.length() > prefix.length() + suffix.length()) {
                found.add(name.substring(prefix.length(), name.length() - suffix.length()));
            }
        }
        return found;
    }

    /** How many processes there are, and may be: the same files in both versions. */
    Map<String, Object> processes() {
        var limit = number("pids.max");
        return new Account()
                .number("current", number("pids.current"))
                .number("limit", limit == Long.MAX_VALUE ? -1 : limit)
                .entries();
    }

    /** What is counted of a device, {@code major:minor}, for one kind of operation. */
    static Map<String, Object> device(String device, String operation, String value) {
        var colon = device.indexOf(':');
        return new Account()
                .number("major", parse(device.substring(0, colon)))
                .number("minor", parse(device.substring(colon + 1)))
                .part("op", operation)
                .number("value", parse(value))
                .entries();
    }

    private static long parse(String digits) {
        try {
            return digits.equals("max") ? Long.MAX_VALUE : Long.parseLong(digits);
        } catch (NumberFormatException e) {
            return -1;
        }
    }
}

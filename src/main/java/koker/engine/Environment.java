package koker.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Environment variables: in the order in which they were first set, each with its last value. */
public final class Environment {
    private final Map<String, String> variables = new LinkedHashMap<>();

    /** Sets each of {@code assignments}, {@code NAME=VALUE}. */
    Environment set(List<String> assignments) {
        for (var assignment : assignments) {
            var pair = assignment.split("=", 2);
            variables.put(pair[0], pair.length == 2 ? pair[1] : "");
        }
        return this;
    }

    /** Sets a variable that nobody else has set. */
    Environment setDefault(String name, String value) {
        variables.putIfAbsent(name, value);
        return this;
    }

    /** The variables as {@code NAME=VALUE}. */
    List<String> list() {
        var list = new ArrayList<String>();
        variables.forEach((name, value) -> list.add(name + "=" + value));
        return list;
    }

    /**
     * What {@code --env} stands for: {@code NAME=VALUE} itself; {@code NAME} the host's value, or nothing if it has none.
     *
     * @throws IllegalArgumentException if it has no name
     */
    public static List<String> assignments(String option) {
        if (option.isEmpty() || option.startsWith("=") || option.contains("\0")) {
            throw new IllegalArgumentException("expected NAME=VALUE, or NAME to pass on the host's value");
        }
        if (option.contains("=")) {
            return List.of(option);
        }
        var value = System.getenv(option);
        return value == null ? List.of() : List.of(option + "=" + value);
    }

    /**
     * What the lines of an {@code --env-file} stand for; empty lines and those that start with # for nothing.
     *
     * @throws IllegalArgumentException if the file cannot be read, or has a line that is no variable
     */
    public static List<String> file(Path file) {
        try {
            var assignments = new ArrayList<String>();
            for (var line : Files.readAllLines(file)) {
                var start = line.stripLeading();
                if (!start.isEmpty() && !start.startsWith("#")) {
                    if (start.split("=", 2)[0].contains(" ")) {
                        throw new IllegalArgumentException(file + ": a variable's name has a space in it: " + line);
                    }
                    assignments.addAll(assignments(start));
                }
            }
            return assignments;
        } catch (IOException e) {
            throw new IllegalArgumentException("the file " + file + " cannot be read", e);
        }
    }
}

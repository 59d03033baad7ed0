package koker.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import koker.oci.OciException;

/**
 * The words of {@code koker oci}, taken apart as runc does: an option has one dash or two, and its value behind an equals sign or in the next
 * word. (picocli would need longer than the rest of the command.)
 *
 * @param options the values of those that were given, in their order; of one without a value, {@code true} or {@code false}
 * @param arguments what is no option
 */
record OciWords(Map<String, List<String>> options, List<String> arguments) {
    /** What Go takes for true, and for false: runc is written in it. */
    private static final List<String> TRUE = List.of("true", "1", "t", "T", "TRUE", "True");

    private static final List<String> FALSE = List.of("false", "0", "f", "F", "FALSE", "False");

    /**
     * Takes {@code words} apart.
     *
     * @param stopping whether what stands behind the first argument is left as it is
     * @throws OciException if there is an option that is not {@code known}
     */
    static OciWords parse(List<OciOption> known, List<String> words, boolean stopping) {
        var options = new HashMap<String, List<String>>();
        var arguments = new ArrayList<String>();
        for (var i = 0; i < words.size(); i++) {
            var word = words.get(i);
            if (word.equals("--")) {
                arguments.addAll(words.subList(i + 1, words.size()));
                break;
            }
            if (!word.startsWith("-") || word.equals("-")) {
                if (stopping) {
                    arguments.addAll(words.subList(i, words.size()));
                    break;
                }
                arguments.add(word);
                continue;
            }
            var equals = word.indexOf('=');
            var option = find(known, equals < 0 ? word : word.substring(0, equals));
            String value;
            if (equals >= 0) {
                value = word.substring(equals + 1);
                check(option, value);
            } else if (!option.isValued()) {
                value = "true";
            } else if (++i < words.size()) {
                value = words.get(i);
            } else {
                throw new OciException("flag needs an argument: " + word);
            }
            options.computeIfAbsent(option.name(), _ -> new ArrayList<>()).add(value);
        }
        return new OciWords(options, arguments);
    }

    private static void check(OciOption option, String value) {
        if (!option.isValued() && !TRUE.contains(value) && !FALSE.contains(value)) {
            throw new OciException(
                    "invalid boolean value \"" + value + "\" for -" + option.name() + ": it is neither true nor false");
        }
    }

    private static OciOption find(List<OciOption> known, String word) {
        var name = word.substring(word.startsWith("--") ? 2 : 1);
        for (var option : known) {
            if (option.names().contains(name)) {
                return option;
            }
        }
        throw new OciException("flag provided but not defined: " + word);
    }

    /** Whether an option without a value was given. */
    boolean has(String name) {
        return value(name).filter(value -> !FALSE.contains(value)).isPresent();
    }

    /** The value of an option; the last one counts. */
    Optional<String> value(String name) {
        var values = options.get(name);
        return values == null ? Optional.empty() : Optional.of(values.getLast());
    }

    /** The value of an option that is a file; an empty one is none. */
    Optional<Path> path(String name) {
        return value(name).filter(file -> !file.isEmpty()).map(file -> Path.of(file)
                .toAbsolutePath());
    }

    /** All values of an option. */
    List<String> values(String name) {
        return options.getOrDefault(name, List.of());
    }

    /** The value of an option that is a number. */
    int number(String name, int absent) {
        var value = value(name);
        try {
            return value.isEmpty() ? absent : Integer.parseInt(value.get());
        } catch (NumberFormatException e) {
            throw new OciException("invalid value \"" + value.get() + "\" for flag -" + name + ": it is no number");
        }
    }

    /** The first argument. */
    String id() {
        if (arguments.isEmpty()) {
            throw new OciException("a container ID is required as the first argument");
        }
        return arguments.getFirst();
    }

    /** Refuses more arguments than {@code most}. */
    OciWords atMost(int most) {
        if (arguments.size() > most) {
            throw new OciException("there are more arguments than the command takes: " + arguments.get(most));
        }
        return this;
    }
}

package koker.engine;

import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Pattern;
import koker.kernel.Resource;
import koker.spec.Spec;

/** Reads {@code --ulimit}. */
public final class Ulimit {
    private static final Pattern FORM = Pattern.compile("([a-z]+)=(-1|[0-9]{1,18})(?::(-1|[0-9]{1,18}))?");

    private Ulimit() {}

    /**
     * Reads {@code NAME=SOFT[:HARD]}, such as {@code nofile=1024:2048}; -1 is no limit.
     *
     * @throws IllegalArgumentException if it is not of that form, or no such limit exists
     */
    public static Spec.Rlimit parse(String text) {
        var match = FORM.matcher(text);
        if (!match.matches()) {
            throw new IllegalArgumentException("expected NAME=SOFT[:HARD], such as nofile=1024:2048");
        }
        var type = "RLIMIT_" + match.group(1).toUpperCase(Locale.ROOT);
        if (Arrays.stream(Resource.values())
                .noneMatch(resource -> resource.name().equals(type))) {
            throw new IllegalArgumentException(
                    "unknown limit '" + match.group(1) + "'; see getrlimit(2) for the names");
        }
        var soft = Long.parseLong(match.group(2));
        var hard = match.group(3) == null ? soft : Long.parseLong(match.group(3));
        if (hard != -1 && (soft == -1 || soft > hard)) {
            throw new IllegalArgumentException("the soft limit is above the hard limit");
        }
        return new Spec.Rlimit(type, soft, hard);
    }
}

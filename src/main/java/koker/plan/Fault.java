package koker.plan;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.regex.Pattern;
import koker.kernel.Errno;

/**
 * A step that is to fail without being made, to see what happens then.
 *
 * @param step the name of the step, such as {@code enter-root}
 * @param nth which one of that name, from 1
 * @param errno how its first call fails
 */
public record Fault(String step, int nth, Errno errno) {
    /**
     * Reads {@code STEP[#N]=ERRNO}, such as {@code mount#2=EINVAL}.
     *
     * @throws IllegalArgumentException if it is not of that form
     */
    public static Fault parse(String text) {
        var match = Pattern.compile("([a-z0-9-]+)(?:#([1-9][0-9]{0,3}))?=([A-Z0-9]+)")
                .matcher(text);
        if (!match.matches()) {
            throw new IllegalArgumentException("expected STEP[#N]=ERRNO, such as mount#2=EINVAL");
        }
        var errno = Arrays.stream(Errno.values())
                .filter(value -> value.name().equals(match.group(3)))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("unknown error " + match.group(3)));
        return new Fault(match.group(1), match.group(2) == null ? 1 : Integer.parseInt(match.group(2)), errno);
    }

    /**
     * Makes sure that the step is there.
     *
     * @param names the names of the steps, in order
     * @throws IllegalArgumentException if it is not
     */
    void check(List<String> names) {
        var found = Collections.frequency(names, step);
        if (found == 0) {
            throw new IllegalArgumentException("there is no step '" + step + "' to fail; there are: "
                    + String.join(" ", new LinkedHashSet<>(names)));
        }
        if (found < nth) {
            throw new IllegalArgumentException(
                    "there are only " + found + " steps '" + step + "', so #" + nth + " cannot fail");
        }
    }
}

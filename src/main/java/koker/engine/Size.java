package koker.engine;

import java.util.Locale;

/** Sizes as users write them: {@code 512k}, {@code 10m}, {@code 1.5g}. */
final class Size {
    /** What an int can hold in MiB; no machine has more. */
    private static final long MOST = 1L << 31 << 20;

    private Size() {}

    /**
     * The bytes that {@code text} stands for; a number without a unit counts in {@code unit} bytes.
     *
     * @throws IllegalArgumentException if it is no size, or one too large
     */
    static long parse(String text, long unit) {
        var words = text.strip().toLowerCase(Locale.ROOT);
        var end = 0;
        while (end < words.length() && (words.charAt(end) == '.' || Character.isDigit(words.charAt(end)))) {
            end++;
        }
        var suffix = words.substring(end);
        var factor =
                switch (suffix.startsWith(" ") ? suffix.substring(1) : suffix) {
                    case "" -> unit;
                    case "b" -> 1L;
                    case "k", "kb", "kib" -> 1L << 10;
                    case "m", "mb", "mib" -> 1L << 20;
                    case "g", "gb", "gib" -> 1L << 30;
                    case "t", "tb", "tib" -> 1L << 40;
                    default -> throw refusal(text);
                };
        try {
            var bytes = Numbers.times(words.substring(0, end), factor);
            if (bytes >= MOST) {
                throw new IllegalArgumentException("'" + text + "' is more memory than any machine has");
            }
            return bytes;
        } catch (NumberFormatException e) {
            throw refusal(text);
        }
    }

    private static IllegalArgumentException refusal(String text) {
        return new IllegalArgumentException(
                "'" + text + "' is no size; expected a number and a unit, such as 512k, 10m or 1g");
    }
}

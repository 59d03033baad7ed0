package koker.engine;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.regex.Pattern;

/** Sizes as users write them: {@code 512k}, {@code 10m}, {@code 1.5g}. */
final class Size {
    private static final Pattern FORM =
            Pattern.compile("([0-9]+(?:\\.[0-9]+)?) ?([bkmgt]?)(?:i?b)?", Pattern.CASE_INSENSITIVE);

    /** What an int can hold in MiB; no machine has more. */
    private static final BigDecimal MOST = BigDecimal.valueOf(1L << 31 << 20);

    private Size() {}

    /**
     * The bytes that {@code text} stands for; a number without a unit counts in {@code unit} bytes.
     *
     * @throws IllegalArgumentException if it is no size, or one too large
     */
    static long parse(String text, long unit) {
        var match = FORM.matcher(text.strip());
        if (!match.matches()) {
            throw new IllegalArgumentException(
                    "'" + text + "' is no size; expected a number and a unit, such as 512k, 10m or 1g");
        }
        var factor =
                switch (match.group(2).toLowerCase(Locale.ROOT)) {
                    case "b" -> 1L;
                    case "k" -> 1L << 10;
                    case "m" -> 1L << 20;
                    case "g" -> 1L << 30;
                    case "t" -> 1L << 40;
                    default -> unit;
                };
        var bytes = new BigDecimal(match.group(1)).multiply(BigDecimal.valueOf(factor));
        if (bytes.compareTo(MOST) >= 0) {
            throw new IllegalArgumentException("'" + text + "' is more memory than any machine has");
        }
        return bytes.longValue();
    }
}

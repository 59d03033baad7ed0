package koker.engine;

/** Numbers as users write them. Not by BigDecimal: the first of those costs a start some 10 ms. */
final class Numbers {
    private Numbers() {}

    /**
     * The number that {@code text} stands for.
     *
     * @throws IllegalArgumentException if it is none from {@code least} to {@code most}
     */
    static long between(String text, long least, long most) {
        try {
            var number = Long.parseLong(text.strip());
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // falls through: the same words for every bad number
        }
        throw new IllegalArgumentException("'" + text + "' is no number from " + least + " to " + most);
    }

    /**
     * How many whole units are in {@code text}, such as 1.5, where one has {@code factor} of them; {@link Long#MAX_VALUE} if that is too large a number.
     *
     * @throws NumberFormatException if it is no number without a sign
     */
    static long times(String text, long factor) {
        var point = text.indexOf('.');
        var whole = point < 0 ? text : text.substring(0, point);
        var fraction = point < 0 ? "" : text.substring(point + 1);
        if (!areDigits(whole) || point >= 0 && !areDigits(fraction)) {
            throw new NumberFormatException(text);
        }
        // From the last digit on, so that what is cut off each time makes no difference.
        var part = 0L;
        for (var i = fraction.length() - 1; i >= 0; i--) {
            part = ((fraction.charAt(i) - '0') * factor + part) / 10;
        }
        try {
            return Math.addExact(Math.multiplyExact(Long.parseLong(whole), factor), part);
        } catch (ArithmeticException | NumberFormatException e) {
            return Long.MAX_VALUE;
        }
    }

    /** Whether there are only digits from 0 to 9, and at least one. */
    static boolean areDigits(String text) {
        for (var i = 0; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return !text.isEmpty();
    }
}

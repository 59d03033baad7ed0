package koker.engine;

/** Whole numbers as users write them. */
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
}

package koker.engine;

/** In which a plan is written down. */
public enum Language {
    /** A POSIX shell script. */
    SH,
    /** A program in C. */
    C;

    /**
     * The language of that name.
     *
     * @throws IllegalArgumentException if koker writes none
     */
    public static Language parse(String text) {
        return switch (text) {
            case "sh" -> SH;
            case "c" -> C;
            default ->
                throw new IllegalArgumentException(
                        "'" + text + "' is no language that koker writes; there are sh and c");
        };
    }
}

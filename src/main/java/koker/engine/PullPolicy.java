package koker.engine;

/** When an image is pulled before it is run. */
public enum PullPolicy {
    /** Even if it is here: there may be a newer one of that name. */
    ALWAYS,
    /** If it is not here. */
    MISSING,
    /** Not at all. */
    NEVER;

    /**
     * Reads {@code always}, {@code missing} or {@code never}.
     *
     * @throws IllegalArgumentException if it is none of these
     */
    public static PullPolicy parse(String text) {
        return switch (text) {
            case "always" -> ALWAYS;
            case "missing" -> MISSING;
            case "never" -> NEVER;
            default -> throw new IllegalArgumentException("'" + text + "' is not one of always, missing and never");
        };
    }
}

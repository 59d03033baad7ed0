package koker.cgroup;

/** What counts as not said in a config.json: engines that are written in Go leave zeros where nothing is meant. */
final class Unset {
    static final String NO_LEAF_WEIGHT =
            "leafWeight is not supported: it was CFQ's alone, a scheduler of disks that Linux had until 5.0";

    private Unset() {}

    /** The number, null for 0. */
    static Long ifZero(Long number) {
        return number != null && number == 0 ? null : number;
    }

    /** The text, null for none. */
    static String ifEmpty(String text) {
        return text != null && text.isEmpty() ? null : text;
    }
}

package koker.cli;

import java.util.List;

/**
 * An option of {@code koker oci}.
 *
 * @param names without dashes, the long one first
 * @param label what its value is called; empty if it has none
 */
record OciOption(List<String> names, String label, String description) {
    /** One without a value. */
    static OciOption flag(String description, String... names) {
        return new OciOption(List.of(names), "", description);
    }

    /** One with a value. */
    static OciOption value(String label, String description, String... names) {
        return new OciOption(List.of(names), label, description);
    }

    /** What it is known by. */
    String name() {
        return names.getFirst();
    }

    /** Whether it has a value. */
    boolean isValued() {
        return !label.isEmpty();
    }
}

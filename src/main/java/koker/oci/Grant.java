package koker.oci;

import java.io.UncheckedIOException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import koker.kernel.Capability;
import koker.kernel.Credentials;
import koker.spec.RecordCopy;
import koker.spec.Spec;

/**
 * Capabilities as they can be given: koker may run where it lacks some, and then leaves them out (config.md, "Linux Process").
 *
 * @param process with what koker itself has of its capabilities
 * @param warnings what is left out, in a line
 */
record Grant(Spec.Process process, List<String> warnings) {
    /**
     * What can be granted of all that {@code process} asks for.
     *
     * @throws UncheckedIOException if the kernel does not say what koker has
     */
    static Grant of(Spec.Process process) {
        var asked = process.capabilities();
        if (asked == null || !Credentials.own().isRoot()) { // who has all of them in a user namespace of his own
            return new Grant(process, List.of());
        }
        var missing = new TreeSet<String>();
        for (var capability : Capability.values()) {
            missing.add(capability.name());
        }
        for (var capability : Credentials.own().permitted()) {
            missing.remove(capability.name());
        }
        var lacking = new TreeSet<String>();
        var given = new Spec.Capabilities(
                given(asked.bounding(), missing, lacking),
                given(asked.effective(), missing, lacking),
                given(asked.inheritable(), missing, lacking),
                given(asked.permitted(), missing, lacking),
                given(asked.ambient(), missing, lacking));
        return lacking.isEmpty()
                ? new Grant(process, List.of())
                : new Grant(
                        RecordCopy.with(process, "capabilities", given),
                        List.of("process.capabilities: koker itself has no " + String.join(", ", lacking)
                                + "; what it has not it cannot give, and leaves out"));
    }

    /** Those of {@code asked} that koker has, and those that nobody knows, which the planner speaks of. */
    private static Set<String> given(Set<String> asked, Set<String> missing, Set<String> lacking) {
        var given = new TreeSet<>(asked);
        for (var capability : missing) {
            if (given.remove(capability)) {
                lacking.add(capability);
            }
        }
        return given;
    }
}

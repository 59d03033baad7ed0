package koker.oci;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import koker.kernel.Capability;
import koker.spec.RecordCopy;
import koker.spec.Spec;

/** Capabilities as they can be given: koker may run where it lacks some, and then leaves them out (config.md, "Linux Process"). */
final class Grant {
    private final Set<String> held = new TreeSet<>();
    private final Set<String> lacking = new TreeSet<>();

    private Grant() throws IOException {
        for (var capability : Capability.permitted(Files.readString(Path.of("/proc/self/status")))) {
            held.add(capability.name());
        }
    }

    /** {@code process} with what koker itself has of its capabilities. */
    static Spec.Process of(Spec.Process process) throws IOException {
        var asked = process.capabilities();
        if (asked == null) {
            return process;
        }
        var grant = new Grant();
        var given = new Spec.Capabilities(
                grant.given(asked.bounding()),
                grant.given(asked.effective()),
                grant.given(asked.inheritable()),
                grant.given(asked.permitted()),
                grant.given(asked.ambient()));
        return grant.lacking.isEmpty() ? process : RecordCopy.with(process, "capabilities", given);
    }

    /** Those of {@code asked} that koker has, and those that nobody knows, which the planner speaks of. */
    private Set<String> given(Set<String> asked) {
        var given = new TreeSet<>(asked);
        for (var capability : Capability.values()) {
            if (!held.contains(capability.name()) && given.remove(capability.name())) {
                lacking.add(capability.name());
            }
        }
        return given;
    }
}

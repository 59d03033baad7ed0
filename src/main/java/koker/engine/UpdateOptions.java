package koker.engine;

import java.util.Optional;

/** What the user wants to be different about a container that is there; what is absent stays. */
public record UpdateOptions(Optional<RestartPolicy> restart, Limits limits) {
    /** Whether nothing is to be different. */
    public boolean isEmpty() {
        return restart.isEmpty() && limits.isEmpty();
    }
}

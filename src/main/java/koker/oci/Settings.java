package koker.oci;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import koker.runtime.Caller;

/**
 * What holds for all that is asked of the runtime.
 *
 * @param root where the containers' state is kept
 * @param systemdCgroup whether systemd makes the cgroups
 * @param traces the folder that gets a recording of each command; a container's annotation {@value #TRACES} names one, too
 * @param recording the file that gets a recording of this command
 * @param dryRun whether nothing is done, and only taken down what would be done
 * @param version koker's
 * @param command the words of the command
 */
public record Settings(
        Path root,
        boolean systemdCgroup,
        Optional<Path> traces,
        Optional<Path> recording,
        boolean dryRun,
        String version,
        List<String> command) {
    /** The annotation that names a folder for recordings. */
    public static final String TRACES = "koker.trace";

    /** Where state is kept if nothing is said: it does not survive a start of the machine, as the containers do not. */
    public static Path defaultRoot() {
        var own = System.getenv("XDG_RUNTIME_DIR");
        var root = Caller.self() == Caller.ROOT
                || Caller.self() == Caller.ROOT_INSIDE && "root".equals(System.getenv("USER"));
        return own == null || own.isEmpty() || root ? Path.of("/run/koker-oci") : Path.of(own, "koker-oci");
    }
}

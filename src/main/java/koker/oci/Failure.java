package koker.oci;

import java.util.Locale;
import koker.kernel.Errno;
import koker.plan.ProcessStep;
import koker.plan.StepException;

/** What is said of a process that cannot be started. Engines tell by these words what exit status they give. */
final class Failure {
    private Failure() {}

    /** Worded as runc does, where engines look for that. */
    static OciException of(String verb, StepException e) {
        var prefix = verb + "unable to start container process: ";
        if (e.errno().isEmpty()) {
            return new OciException(prefix + e.getMessage(), e);
        }
        var errno = e.errno().get();
        return switch (e.step()) {
            case ProcessStep.FindCommand find -> new OciException(prefix + command(find.command(), errno), e);
            case ProcessStep.Exec exec ->
                new OciException(prefix + command(exec.arguments().getFirst(), errno), e);
            case ProcessStep.ChangeFolder folder ->
                new OciException(
                        prefix + "chdir to cwd (\"" + folder.path() + "\") set in config.json failed: "
                                + meaning(errno),
                        e);
            default -> new OciException(prefix + e.getMessage(), e);
        };
    }

    private static String command(String command, Errno errno) {
        var missing = errno == Errno.ENOENT || errno == Errno.ENOTDIR;
        if (missing && !command.contains("/")) {
            return "exec: \"" + command + "\": executable file not found in $PATH";
        }
        return "exec: \"" + command + "\": " + (missing ? "stat " + command + ": " : "") + meaning(errno);
    }

    private static String meaning(Errno errno) {
        return errno.meaning().toLowerCase(Locale.ROOT);
    }
}

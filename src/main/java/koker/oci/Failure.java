package koker.oci;

import java.util.Locale;
import koker.kernel.Errno;
import koker.plan.ProcessStep;
import koker.plan.StepException;
import koker.spec.SpecException;

/** What is said of a process that cannot be started. Engines tell by these words what exit status they give. */
final class Failure {
    private Failure() {}

    /** Worded as runc does, where engines look for that. */
    static OciException of(StepException e) {
        return new OciException(SpecException.line("unable to start container process: " + reason(e)), e);
    }

    private static String reason(StepException e) {
        if (e.errno().isEmpty()) {
            return e.getMessage();
        }
        var errno = e.errno().get();
        return switch (e.step()) {
            case ProcessStep.FindCommand find -> command(find.command(), errno);
            case ProcessStep.Exec exec -> command(exec.arguments().getFirst(), errno);
            case ProcessStep.ChangeFolder folder -> folder(folder.path(), errno);
            case ProcessStep.ChangeFolderAsUser folder -> folder(folder.path(), errno);
            default -> e.getMessage();
        };
    }

    private static String folder(String path, Errno errno) {
        return "chdir to cwd (\"" + path + "\") set in config.json failed: " + meaning(errno);
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

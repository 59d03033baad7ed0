package koker.engine;

import java.util.List;
import java.util.Optional;

/**
 * A further command for a container that runs, and how the user wants it.
 *
 * @param environment {@code NAME=VALUE}, beside the container's
 * @param workdir absent for the container's
 * @param user as in {@code --user}; absent for the container's
 * @param privileged whether it has all capabilities that koker has
 * @param detached whether nobody waits for it
 */
public record ExecOptions(
        List<String> command,
        boolean interactive,
        boolean terminal,
        boolean detached,
        List<String> environment,
        Optional<String> workdir,
        Optional<String> user,
        boolean privileged) {}

package koker.oci;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import koker.cgroup.Subgroups;

/**
 * A further command in a container.
 *
 * @param process a file that describes it as config.json does; the container's own process is the model where there is none, or it does
 *     not say what the process may do
 * @param command it and its arguments
 * @param environment variables to add, as NAME=VALUE
 * @param user as UID[:GID]
 * @param capabilities to add
 * @param cgroups where it runs
 * @param pidFile gets the number of the process
 * @param consoleSocket gets the outer end of its terminal
 * @param pidfdSocket gets a descriptor of the process
 * @param preserved how many open files from 3 on are for it
 */
public record ExecOptions(
        Optional<Path> process,
        List<String> command,
        boolean terminal,
        boolean detached,
        Optional<String> folder,
        List<String> environment,
        Optional<String> user,
        List<Long> groups,
        List<String> capabilities,
        boolean noNewPrivileges,
        Optional<String> apparmor,
        Optional<String> label,
        Subgroups cgroups,
        boolean ignorePaused,
        Optional<Path> pidFile,
        Optional<Path> consoleSocket,
        Optional<Path> pidfdSocket,
        int preserved) {}

package koker.oci;

import java.nio.file.Path;
import java.util.Optional;

/**
 * How a container is created.
 *
 * @param bundle the folder with its config.json
 * @param pidFile gets the number of its first process
 * @param consoleSocket gets the outer end of its terminal
 * @param pidfdSocket gets a descriptor of its first process
 * @param preserved how many open files from 3 on are for the container
 * @param keyring whether its processes have a session keyring of their own, and not that of whoever starts them
 */
public record CreateOptions(
        Path bundle,
        Optional<Path> pidFile,
        Optional<Path> consoleSocket,
        Optional<Path> pidfdSocket,
        int preserved,
        boolean keyring) {}

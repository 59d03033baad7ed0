package koker.oci;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import koker.plan.Launch;
import koker.process.Foreground;

/**
 * What a process and koker do on the way to their last meeting.
 *
 * @param terminal whether the process opens a terminal
 * @param socket where that goes
 */
record Handover(Means means, boolean terminal, Optional<Path> socket) {
    /**
     * Makes sure that somebody is going to have the other end of a terminal.
     *
     * @param detached whether koker does not wait for the process
     * @throws OciException if nobody is
     */
    static void check(boolean terminal, boolean detached, Optional<Path> socket) {
        if (terminal && detached && socket.isEmpty()) {
            throw new OciException(
                    "cannot allocate tty if koker will detach without setting console socket; give --console-socket");
        }
        if (socket.isPresent() && !(terminal && detached)) {
            throw new OciException("cannot use console socket if koker will not detach or allocate tty");
        }
    }

    /** Goes with {@code launch}, until it waits for the record of it. */
    void meet(Launch launch) {
        if (terminal) {
            launch.meet();
            var master = Foreground.takeTerminal(means.kernel(), means.trace(), launch);
            var path = socket.orElseThrow().toString();
            means.trace().heading("Send terminal", Map.of("path", path));
            new UnixSocket(means.kernel(), "the console socket", path).send("terminal", "/dev/ptmx", master);
            launch.proceed();
        }
        launch.meet();
    }
}

package koker.it;

import java.io.IOException;
import java.util.List;

/**
 * A place for engines of a test's own: with links, mounts, {@code /run} and processes that no other has. All that is there ends when it is
 * closed.
 */
final class Apart implements AutoCloseable {
    private final Process unshare;
    private final long first;

    /** A new one, in which a shell first does what {@code prepare} says. */
    Apart(String prepare) throws IOException {
        unshare = new ProcessBuilder(
                        "unshare",
                        "--net",
                        "--mount",
                        "--pid",
                        "--fork",
                        "--kill-child",
                        "--mount-proc",
                        "sh",
                        "-ec",
                        // What loses its parent there is to be reaped.
                        "mount -t tmpfs tmpfs /run\nip link set lo up\n" + prepare
                                + "\necho ready\nexec tini-static sleep infinity")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        if (!"ready".equals(unshare.inputReader().readLine())) {
            throw new IOException("cannot prepare a place for engines");
        }
        first = Poll.get(
                "the first process",
                () -> unshare.children().map(ProcessHandle::pid).findFirst());
    }

    /** The words of a command line that runs another one there. */
    List<String> words(Object... words) {
        return Command.words("nsenter", "--target=" + first, "--net", "--mount", "--pid", "--", Command.words(words));
    }

    @Override
    public void close() {
        unshare.destroyForcibly(); // and with it, the kernel ends the first process, and with that, all the others
        unshare.onExit().join();
        Poll.until("all that was apart has ended", () -> ProcessHandle.of(first).isEmpty());
    }
}

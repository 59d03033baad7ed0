package koker.oci;

import java.nio.file.Path;
import java.util.Map;
import koker.kernel.Calls;

/** The socket at which an engine waits for a descriptor of a process, by which no later process of its number can be taken for it (pidfd_open(2)). */
record PidfdSocket(Path path) {
    /** What runc says with that of a container's first process. */
    static final String FIRST = "standard";

    /** What runc says with that of a further one. */
    static final String FURTHER = "setns";

    /**
     * Sends that of the process {@code pid}.
     *
     * @param kind which one of a container's it is
     * @throws OciException if nobody takes it
     */
    void send(Means means, int pid, String kind) {
        means.trace().heading("Send process", Map.of("pid", pid, "path", path));
        var process = (int) means.kernel().call(Calls.pidfdOpen(pid));
        new UnixSocket(means.kernel(), "the pidfd socket", path.toString()).send("process", kind, process);
    }
}

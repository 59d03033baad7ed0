package koker.oci;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import koker.plan.Step;

/**
 * The open files beside the standard streams that koker was given for a container: those of socket activation, sd_listen_fds(3), from 3 on,
 * and behind them as many as the engine says.
 *
 * @param listening how many sockets there are
 * @param preserved how many other files there are
 */
record Inheritance(int listening, int preserved) {
    private static final int CLOSE_ON_EXEC = 02000000;

    /** What the variables of that name say of sockets, which are koker's only if it is the process that is named; and {@code preserved} files. */
    static Inheritance of(String listenFds, String listenPid, int preserved) {
        if (listenFds == null || listenPid == null) {
            return new Inheritance(0, preserved);
        }
        var own = Long.toString(ProcessHandle.current().pid());
        return new Inheritance(listenPid.equals(own) ? parse(listenFds) : 0, preserved);
    }

    /** How many there are together. */
    int count() {
        return listening + preserved;
    }

    /** The variables that tell the container of them. */
    List<String> environment() {
        return listening == 0 ? List.of() : List.of("LISTEN_FDS=" + listening, "LISTEN_PID=1");
    }

    /**
     * Makes sure that they are all open.
     *
     * @throws OciException if one is not: Java may have a file of its own there by now
     */
    void check() throws IOException {
        var most = Step.MEETING_POINT - 4;
        if (preserved < 0 || count() > most) {
            throw new OciException("a container can be given at most " + most + " descriptors, not " + count());
        }
        var missing = new ArrayList<Integer>();
        for (var descriptor = 3; descriptor < 3 + count(); descriptor++) {
            if (!isGiven(descriptor)) {
                missing.add(descriptor);
            }
        }
        if (!missing.isEmpty()) {
            throw new OciException("descriptors that are to be preserved are not open: " + missing);
        }
    }

    /** What Java itself has opened is a file of its own, or is closed when another program is executed; what koker was given is neither. */
    private static boolean isGiven(int descriptor) throws IOException {
        var info = Path.of("/proc/self/fdinfo/" + descriptor);
        var link = Path.of("/proc/self/fd/" + descriptor);
        var home = System.getProperty("koker.home", System.getProperty("java.home"));
        if (!Files.exists(info) || Files.readSymbolicLink(link).startsWith(home)) {
            return false;
        }
        for (var line : Files.readAllLines(info)) {
            if (line.startsWith("flags:")) {
                return (Integer.parseInt(line.substring("flags:".length()).strip(), 8) & CLOSE_ON_EXEC) == 0;
            }
        }
        return false;
    }

    private static int parse(String number) {
        try {
            return Math.max(0, Integer.parseInt(number));
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}

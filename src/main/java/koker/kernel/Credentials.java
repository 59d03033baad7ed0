package koker.kernel;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/** Who koker runs as, and what it may do (credentials(7)), by what the kernel says of it in /proc/self/status. */
public final class Credentials {
    /** The effective one of the four numbers of a line. */
    private static final int EFFECTIVE = 1;

    private final String status;

    private Credentials(String status) {
        this.status = status;
    }

    /** Read once, and by those alone that ask: it does not change. */
    private static final class Own {
        private static final Credentials CREDENTIALS = read();

        private static Credentials read() {
            try {
                return new Credentials(Files.readString(Path.of("/proc/self/status")));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /**
     * koker's.
     *
     * @throws UncheckedIOException if /proc does not tell
     */
    public static Credentials own() {
        return Own.CREDENTIALS;
    }

    /** Those of which {@code status} tells, which is what /proc/PID/status holds. */
    static Credentials of(String status) {
        return new Credentials(status);
    }

    /** The effective user ID. */
    public long uid() {
        return number("Uid:");
    }

    /** The effective group ID. */
    public long gid() {
        return number("Gid:");
    }

    /** Whether that is root, by whatever name, of the user namespace that koker runs in. */
    public boolean isRoot() {
        return uid() == 0;
    }

    /** The permitted capabilities. */
    public Set<Capability> permitted() {
        return Capability.of(Long.parseUnsignedLong(value("CapPrm:"), 16));
    }

    private long number(String name) {
        return Long.parseLong(value(name).split("\t")[EFFECTIVE]);
    }

    private String value(String name) {
        var at = status.indexOf('\n' + name) + 1 + name.length();
        return status.substring(at, status.indexOf('\n', at)).strip();
    }
}

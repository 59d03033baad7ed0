package koker.kernel;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** Who koker runs as, and what it may do (credentials(7)), by what the kernel says of it in /proc/self/status. */
public final class Credentials {
    /** The number of the user namespace that the kernel begins with (PROC_USER_INIT_INO). */
    private static final String FIRST = "user:[4026531837]";

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

    /** Whether koker runs in a user namespace that somebody has made (user_namespaces(7)). */
    public static boolean areInside() {
        try {
            return !Files.readSymbolicLink(Path.of("/proc/self/ns/user"))
                    .toString()
                    .equals(FIRST);
        } catch (NoSuchFileException e) {
            return false; // the kernel has none
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether the user namespace that koker runs in takes it that nobody in it changes further groups. */
    public static boolean keepGroups() {
        try {
            return Files.readString(Path.of("/proc/self/setgroups")).strip().equals("deny");
        } catch (NoSuchFileException e) {
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Those of which {@code status} tells, which is what /proc/PID/status holds. */
    static Credentials of(String status) {
        return new Credentials(status);
    }

    /** The effective user ID. */
    public long uid() {
        return number("Uid:");
    }

    /**
     * The effective user ID as it is outside of the user namespace that koker runs in (user_namespaces(7)).
     *
     * @throws UncheckedIOException if /proc does not tell
     */
    public long uidOutside() {
        try {
            return outside(uid(), Files.readAllLines(Path.of("/proc/self/uid_map")));
        } catch (NoSuchFileException e) {
            return uid();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static long outside(long id, List<String> mappings) {
        for (var mapping : mappings) {
            var numbers = mapping.strip().split(" +");
            var first = Long.parseLong(numbers[0]);
            if (id >= first && id - first < Long.parseLong(numbers[2])) {
                return Long.parseLong(numbers[1]) + id - first;
            }
        }
        return id;
    }

    /** The effective group ID. */
    public long gid() {
        return number("Gid:");
    }

    /** Whether that is root, by whatever name, of the user namespace that koker runs in; see {@link #areInside}. */
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

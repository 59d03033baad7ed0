package koker.it;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What cgroups a command sees: those that the machine has; or those of version 2 alone, without the controllers that are in use in version 1. */
enum CgroupMode {
    HOST,
    UNIFIED;

    static final Path TOP = Path.of("/sys/fs/cgroup");

    private static final String SEE_VERSION_2 = """
            if ! [ -e /sys/fs/cgroup/cgroup.controllers ]; then
                umount -R /sys/fs/cgroup && mount -t cgroup2 cgroup2 /sys/fs/cgroup || exit
            fi
            exec "$@\"""";

    /** The words of a command line that runs another one so. */
    List<String> words(List<String> command) {
        return this == HOST ? command : Command.words("unshare", "--mount", "sh", "-c", SEE_VERSION_2, "sh", command);
    }

    /** Makes sure that the machine has them, or the test is not for it. */
    CgroupMode there() {
        assumeTrue(this == HOST || Files.exists(unified()), "the machine has no cgroups of version 2");
        return this;
    }

    /** Where the hierarchy of version 2 is mounted here. */
    static Path unified() {
        return Files.exists(TOP.resolve("cgroup.controllers")) ? TOP : TOP.resolve("unified");
    }
}

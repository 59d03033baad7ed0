package koker.cgroup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Who decides which process gets a disk next: {@code folder}, /sys/block, has a folder for each disk. */
record DiskSchedulers(Path folder) {
    static final DiskSchedulers OF_HOST = new DiskSchedulers(Path.of("/sys/block"));

    /** Whether a disk has the scheduler {@code name}. */
    boolean anyIs(String name) {
        try (var disks = Files.newDirectoryStream(folder)) {
            for (var disk : disks) {
                if (scheduler(disk).contains("[" + name + "]")) {
                    return true;
                }
            }
            return false;
        } catch (IOException e) {
            return false;
        }
    }

    /** As in "mq-deadline kyber [bfq] none"; empty where there is nothing to decide. */
    private static String scheduler(Path disk) {
        try {
            return Files.readString(disk.resolve("queue/scheduler"));
        } catch (IOException e) {
            return "";
        }
    }
}

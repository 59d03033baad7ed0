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
                // mq-deadline kyber [bfq] none
                if (Files.readString(disk.resolve("queue/scheduler")).contains("[" + name + "]")) {
                    return true;
                }
            }
            return false;
        } catch (IOException e) {
            return false;
        }
    }
}

package koker.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A device node of the host.
 *
 * @param type "c" or "b"
 * @param mode permissions
 */
public record HostDevice(String path, String type, long major, long minor, int mode, long uid, long gid) {
    private static final int TYPE = 0170000;
    private static final int CHARACTER = 0020000;
    private static final int BLOCK = 0060000;
    private static final int PERMISSIONS = 0777;

    /**
     * The node at {@code path}.
     *
     * @throws IllegalArgumentException if there is none
     */
    static HostDevice of(String path) {
        try {
            var status = Files.readAttributes(Path.of(path), "unix:mode,rdev,uid,gid");
            var mode = (int) status.get("mode");
            if ((mode & TYPE) != CHARACTER && (mode & TYPE) != BLOCK) {
                throw new IllegalArgumentException(path + " is no device");
            }
            var number = (long) status.get("rdev");
            return new HostDevice(
                    path,
                    (mode & TYPE) == BLOCK ? "b" : "c",
                    // As glibc packs them into one number, makedev(3).
                    number >> 8 & 0xfff | number >> 32 & ~0xfffL,
                    number & 0xff | number >> 12 & ~0xffL,
                    mode & PERMISSIONS,
                    (int) status.get("uid"),
                    (int) status.get("gid"));
        } catch (IOException e) {
            throw new IllegalArgumentException("there is no device " + path + " on this host");
        }
    }
}

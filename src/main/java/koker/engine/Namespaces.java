package koker.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A namespace of a container beside the host's: the numbers by which the kernel tells them apart, namespaces(7).
 *
 * @param type as in /proc/PID/ns: mnt, pid and so on
 */
public record Namespaces(String type, String container, String host) {
    /** Whether the container has none of its own. */
    public boolean shared() {
        return container.equals(host);
    }

    /** Those of the process {@code pid}, beside those of this one. */
    static List<Namespaces> of(int pid) throws IOException {
        var all = new ArrayList<Namespaces>();
        var types = Path.of("/proc/self/ns").toFile().list();
        for (var type : types == null ? new String[0] : types) {
            if (!type.endsWith("_for_children")) {
                all.add(new Namespaces(type, inode("/proc/" + pid + "/ns/" + type), inode("/proc/self/ns/" + type)));
            }
        }
        all.sort((one, other) -> one.type().compareTo(other.type()));
        return all;
    }

    /** As the link reads: pid:[4026531836]. */
    private static String inode(String link) throws IOException {
        return Files.readSymbolicLink(Path.of(link)).toString().replaceAll("[^0-9]", "");
    }
}

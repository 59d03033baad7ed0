package koker.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a process has for itself at a moment, as the kernel tells it below /proc, in lines for a reader.
 *
 * @param namespaces {@code pid pid:[4026531836]}, and whether it is the host's
 * @param mounts in their order: {@code /proc proc proc rw,nosuid}
 * @param network its links and addresses
 * @param files those of cgroups that were written to, and what is in them
 */
record Snapshot(List<String> namespaces, List<String> mounts, List<String> network, List<String> files) {
    private static final List<String> NAMESPACES = List.of("mnt", "pid_for_children", "net", "uts", "ipc", "cgroup");
    private static final int TARGET = 4;
    private static final int OPTIONS = 5;

    /** That of the process {@code pid}, or of koker itself if that is 0, and of the files {@code watched}. */
    static Snapshot of(int pid, Set<String> watched) {
        var process = Path.of("/proc", pid == 0 ? "self" : Integer.toString(pid));
        var files = new ArrayList<String>();
        for (var file : watched) {
            files.add(file + " " + String.join(" ", lines(Path.of(file))));
        }
        return new Snapshot(namespaces(process), mounts(process), network(process), files);
    }

    /** What has come since {@code earlier}, and what has gone. */
    List<String> since(Snapshot earlier) {
        var changes = new ArrayList<String>();
        compare("namespace", earlier.namespaces, namespaces, changes);
        compare("mount", earlier.mounts, mounts, changes);
        compare("network", earlier.network, network, changes);
        compare("file", earlier.files, files, changes);
        return changes;
    }

    private static void compare(String kind, List<String> before, List<String> after, List<String> changes) {
        for (var line : before) {
            if (!after.contains(line)) {
                changes.add("- " + kind + " " + line);
            }
        }
        for (var line : after) {
            if (!before.contains(line)) {
                changes.add("+ " + kind + " " + line);
            }
        }
    }

    private static List<String> namespaces(Path process) {
        var namespaces = new ArrayList<String>();
        for (var name : NAMESPACES) {
            var own = link(process.resolve("ns/" + name));
            var hosts = link(Path.of("/proc/self/ns", name));
            namespaces.add(name.replace("_for_children", "") + " " + own + (own.equals(hosts) ? ", the host's" : ""));
        }
        return namespaces;
    }

    /** The fields that tell mounts from each other, proc_pid_mountinfo(5). */
    private static List<String> mounts(Path process) {
        var mounts = new ArrayList<String>();
        for (var line : lines(process.resolve("mountinfo"))) {
            var parts = line.split(" - ", 2);
            var place = parts[0].split(" ");
            var what = parts[1].split(" ");
            mounts.add(place[TARGET] + " " + what[0] + " " + what[1] + " " + place[OPTIONS]);
        }
        return mounts;
    }

    private static List<String> network(Path process) {
        var network = new ArrayList<String>();
        for (var line : lines(process.resolve("net/dev"))) {
            var colon = line.indexOf(':');
            if (colon > 0) {
                network.add("link " + line.substring(0, colon).strip());
            }
        }
        var addresses = new TreeSet<String>();
        var address = "";
        for (var line : lines(process.resolve("net/fib_trie"))) {
            var words = line.strip();
            if (words.startsWith("|-- ")) {
                address = words.substring("|-- ".length());
            } else if (words.equals("/32 host LOCAL")) {
                addresses.add("address " + address);
            }
        }
        network.addAll(addresses);
        return network;
    }

    private static String link(Path link) {
        try {
            return Files.readSymbolicLink(link).toString();
        } catch (IOException e) {
            return "none";
        }
    }

    /** Of a file that is not there, or whose process has gone, none. */
    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            return List.of();
        }
    }
}

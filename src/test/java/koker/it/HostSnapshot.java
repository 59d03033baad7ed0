package koker.it;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * What a container could leave on a host: mounts, links, firewall rules, cgroups, processes (and with them namespaces), and files of koker's
 * own. Two snapshots are equal if nothing is left between them. Others' links, rules and cgroups are not seen (src/test/jvm).
 *
 * @param processes of koker or of containers below its root: others may come and go
 */
record HostSnapshot(
        List<String> mounts,
        Set<String> links,
        List<String> rules,
        Set<String> cgroups,
        Set<String> processes,
        Set<String> files) {
    private static final Path PROC = Path.of("/proc");

    /** The host as it is now, seen from a koker with the state folder {@code root} that is unpacked below {@code cache}. */
    static HostSnapshot take(Path root, Path cache) throws IOException {
        return new HostSnapshot(
                Files.readAllLines(Path.of("/proc/self/mountinfo")),
                devices(),
                firewall(),
                cgroupFolders(),
                processes(root, cache),
                files(root));
    }

    /** What this snapshot has and {@code before} has not, or the other way round; empty if they are equal. */
    String difference(HostSnapshot before) {
        var all = new ArrayList<String>();
        compare(all, "mount", before.mounts, mounts);
        compare(all, "link", before.links, links);
        compare(all, "rule", before.rules, rules);
        compare(all, "cgroup", before.cgroups, cgroups);
        compare(all, "process", before.processes, processes);
        compare(all, "file", before.files, files);
        return String.join("\n", all);
    }

    private static void compare(List<String> all, String kind, Iterable<String> before, Iterable<String> after) {
        var gone = new TreeSet<String>();
        var come = new TreeSet<String>();
        before.forEach(gone::add);
        after.forEach(come::add);
        var kept = new TreeSet<>(come);
        kept.retainAll(gone);
        come.removeAll(kept);
        gone.removeAll(kept);
        come.forEach(each -> all.add(kind + " left: " + each));
        gone.forEach(each -> all.add(kind + " gone: " + each));
    }

    /** The processes of containers below {@code root}, and of koker, whose files are below {@code cache}. */
    static Set<String> processes(Path root, Path cache) throws IOException {
        var found = new TreeSet<String>();
        for (var pid : pids()) {
            if (program(pid).startsWith(cache.toString() + "/") || mounts(pid).contains(root + "/")) {
                found.add(pid + " " + read(PROC.resolve(pid).resolve("comm")).strip());
            }
        }
        return found;
    }

    /** The numbers of all processes. */
    static Set<String> pids() throws IOException {
        var all = names(PROC, "");
        all.removeIf(name -> !name.chars().allMatch(Character::isDigit));
        return all;
    }

    /** The mountinfo of a process, empty if it is gone. */
    static String mounts(String pid) {
        return read(PROC.resolve(pid).resolve("mountinfo"));
    }

    /** Which namespace of a type a process is in, empty if it is gone. */
    static String namespace(String pid, String type) {
        try {
            return Files.readSymbolicLink(PROC.resolve(pid).resolve("ns").resolve(type))
                    .toString();
        } catch (IOException e) {
            return "";
        }
    }

    private static String program(String pid) {
        try {
            return Files.readSymbolicLink(PROC.resolve(pid).resolve("exe")).toString();
        } catch (IOException e) {
            return "";
        }
    }

    /** Those of this network namespace: /sys shows those of the one in which it was mounted. */
    static Set<String> devices() throws IOException {
        var links = new TreeSet<String>();
        for (var line : Files.readAllLines(PROC.resolve("self/net/dev"))) {
            if (line.contains(":")) {
                links.add(line.substring(0, line.indexOf(':')).strip());
            }
        }
        return links;
    }

    /** Those of both kinds of iptables, and of nf_tables, which has the newer one's as well. */
    private static List<String> firewall() throws IOException {
        var rules = new ArrayList<String>();
        for (var words : List.of(
                List.of("/usr/sbin/iptables-nft-save"),
                List.of("/usr/sbin/iptables-legacy-save"),
                List.of("/usr/sbin/nft", "-s", "list", "ruleset"))) {
            if (!Files.exists(Path.of(words.getFirst()))) {
                continue;
            }
            var process = new ProcessBuilder(words)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try (var lines = process.inputReader()) {
                lines.lines()
                        .filter(line -> !line.startsWith("#"))
                        // Those of iptables stay when they are empty.
                        .filter(line -> !line.matches("table ip6? (filter|nat|raw) \\{"))
                        .map(line -> line.replaceAll("\\[[0-9:]*]", ""))
                        .forEach(rules::add);
            }
        }
        return rules;
    }

    private static Set<String> cgroupFolders() throws IOException {
        var found = new TreeSet<String>();
        var top = Path.of("/sys/fs/cgroup");
        for (var hierarchy : names(top, "")) {
            for (var name : names(top.resolve(hierarchy), "koker")) {
                found.add(hierarchy + "/" + name);
            }
        }
        names(top, "koker").forEach(found::add);
        return found;
    }

    private static Set<String> files(Path root) throws IOException {
        var found = new TreeSet<String>();
        for (var folder : List.of("containers", "names")) {
            names(root.resolve(folder), "")
                    .forEach(
                            name -> found.add(root.resolve(folder).resolve(name).toString()));
        }
        var run = Path.of("/run/koker").resolve(root.toString().substring(1));
        if (Files.exists(run)) {
            try (Stream<Path> all = Files.walk(run)) {
                all.filter(path -> !Files.isDirectory(path)).forEach(path -> found.add(path.toString()));
            }
        }
        return found;
    }

    private static Set<String> names(Path folder, String beginning) throws IOException {
        var names = new TreeSet<String>();
        // Not java.nio, which gives up when an entry of /proc goes while it is read.
        var list = folder.toFile().list();
        for (var name : list == null ? new String[0] : list) {
            if (name.startsWith(beginning)) {
                names.add(name);
            }
        }
        return names;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "";
        }
    }
}

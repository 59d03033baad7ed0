package koker.oci;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import koker.spec.Spec;

/** Who the users of a container are on the host, by the lines that its user namespace has of them (user_namespaces(7)). */
final class Owners {
    private static final String NAMESPACE = "/ns/user";

    private Owners() {}

    /**
     * Who the user {@code uid} of a container in a user namespace is outside; 0, as to whom nothing need be given, if that is nobody, or not to be found out.
     *
     * @param pid the container's first process; 0 if there is none yet
     */
    static long outside(Spec.Linux linux, long uid, int pid) throws IOException {
        for (var mapping : outside(linux, pid)) {
            if (uid >= mapping.containerID() && uid - mapping.containerID() < mapping.size()) {
                return mapping.hostID() + uid - mapping.containerID();
            }
        }
        return 0;
    }

    private static List<Spec.IdMapping> outside(Spec.Linux linux, int pid) throws IOException {
        var path = linux.namespace("user").path();
        if (path == null || path.isEmpty()) {
            return linux.uidMappings();
        }
        if (pid != 0) {
            return mappings(Path.of("/proc/" + pid, "uid_map"));
        }
        if (path.startsWith("/proc/") && path.endsWith(NAMESPACE)) {
            return mappings(Path.of(path.substring(0, path.length() - NAMESPACE.length()), "uid_map"));
        }
        return saysNothing(linux) ? List.of() : linux.uidMappings();
    }

    /**
     * What is to be said of a container in a user namespace, whose first process is {@code pid}: if it has joined that, the namespace's own
     * mappings count, and those of config.json are what an engine believes that they are.
     */
    static Optional<String> disagreement(Spec.Linux linux, int pid) throws IOException {
        var users = linux.namespace("user");
        if (users.path() == null || users.path().isEmpty() || saysNothing(linux)) {
            return Optional.empty();
        }
        if (isSame(linux.uidMappings(), mappings(Path.of("/proc/" + pid, "uid_map")))
                && isSame(linux.gidMappings(), mappings(Path.of("/proc/" + pid, "gid_map")))) {
            return Optional.empty();
        }
        return Optional.of("linux.uidMappings, linux.gidMappings are not those of the user namespace at " + users.path()
                + ", which count");
    }

    /** Podman writes that 0 is 0 where it joins a namespace, as runc 1.1 wants to read something. */
    private static boolean saysNothing(Spec.Linux linux) {
        return isNothing(linux.uidMappings()) && isNothing(linux.gidMappings());
    }

    private static boolean isNothing(List<Spec.IdMapping> mappings) {
        return mappings.isEmpty() || mappings.size() == 1 && isSame(mappings.getFirst(), 0, 0, 1);
    }

    private static boolean isSame(List<Spec.IdMapping> said, List<Spec.IdMapping> real) {
        if (said.size() != real.size()) {
            return false;
        }
        for (var i = 0; i < said.size(); i++) {
            var own = real.get(i);
            if (!isSame(said.get(i), own.containerID(), own.hostID(), own.size())) {
                return false;
            }
        }
        return true;
    }

    /** Not by the method equals of a record, which Java makes at its first use. */
    private static boolean isSame(Spec.IdMapping mapping, long inside, long outside, long size) {
        return mapping.containerID() == inside && mapping.hostID() == outside && mapping.size() == size;
    }

    /** What a file such as /proc/PID/uid_map says; nothing if there is none. */
    private static List<Spec.IdMapping> mappings(Path file) throws IOException {
        var mappings = new ArrayList<Spec.IdMapping>();
        if (!Files.exists(file)) {
            return mappings;
        }
        for (var line : Files.readAllLines(file)) {
            var words = line.strip().split(" +");
            mappings.add(
                    new Spec.IdMapping(Long.parseLong(words[0]), Long.parseLong(words[1]), Long.parseLong(words[2])));
        }
        return mappings;
    }
}

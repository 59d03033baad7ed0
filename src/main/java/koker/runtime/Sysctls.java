package koker.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import koker.plan.NamespaceStep;
import koker.spec.Spec;
import koker.spec.SpecException;

/** Which parameters of the kernel a container has for itself: those of namespaces that are its own. All others are the host's. */
final class Sysctls {
    private static final Set<String> IPC = Set.of(
            "kernel/msgmax",
            "kernel/msgmnb",
            "kernel/msgmni",
            "kernel/sem",
            "kernel/shmall",
            "kernel/shmmax",
            "kernel/shmmni",
            "kernel/shm_rmid_forced");

    private Sysctls() {}

    /**
     * Refuses a parameter that is not the container's own.
     *
     * @throws SpecException if it is not
     */
    static void check(NamespaceStep.SetSysctl step, Spec.Linux linux) {
        var file = step.file().substring("/proc/sys/".length());
        for (var part : file.split("/", -1)) {
            refuse(part.isEmpty() || part.equals(".") || part.equals(".."), step, "is no name of a parameter");
        }
        if (IPC.contains(file) || file.startsWith("fs/mqueue/")) {
            refuse(!linux.has("ipc"), step, "would be the host's: it needs an ipc namespace");
        } else if (file.startsWith("net/")) {
            refuse(!linux.has("network"), step, "would be the host's: it needs a network namespace");
            refuse(isHosts(linux.namespace("network")), step, "would be the host's: so is the network namespace");
        } else if (file.startsWith("user/")) {
            refuse(!linux.has("user"), step, "would be the host's: it needs a user namespace");
        } else if (file.equals("kernel/domainname")) {
            refuse(!linux.has("uts"), step, "would be the host's: it needs a uts namespace");
        } else {
            refuse(file.equals("kernel/hostname"), step, "is what the member hostname is for");
            refuse(true, step, "is the same for all containers, and for the host");
        }
    }

    private static boolean isHosts(Spec.Namespace namespace) {
        if (namespace.path() == null || namespace.path().isEmpty()) {
            return false;
        }
        try {
            return Files.isSameFile(Path.of(namespace.path()), Path.of("/proc/self/ns/net"));
        } catch (IOException e) {
            return false; // the join is going to say so
        }
    }

    private static void refuse(boolean wrong, NamespaceStep.SetSysctl step, String reason) {
        if (wrong) {
            throw new SpecException("linux.sysctl: " + step.parameter() + " " + reason);
        }
    }
}

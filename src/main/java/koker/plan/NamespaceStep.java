package koker.plan;

import static koker.kernel.Constant.*;
import static koker.trace.Trace.fields;

import java.util.List;
import java.util.Map;
import java.util.Set;
import koker.kernel.Call;
import koker.kernel.Calls;
import koker.kernel.CloneFlag;
import koker.kernel.OpenFlag;

/** What is done to the other namespaces, or with those of a container that runs. */
public sealed interface NamespaceStep extends Step {
    /** From here on /proc/self/cgroup shows this cgroup as the root. */
    record HideCgroups() implements NamespaceStep {
        @Override
        public String title() {
            return "Hide parent cgroups";
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.unshare(CloneFlag.CLONE_NEWCGROUP));
        }
    }

    /** The name that the container calls itself. */
    record SetHostname(String hostname) implements NamespaceStep {
        @Override
        public String title() {
            return "Set hostname";
        }

        @Override
        public Map<String, Object> about() {
            return fields("hostname", hostname);
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.sethostname(hostname));
        }
    }

    /** The NIS domain name. */
    record SetDomainname(String domainname) implements NamespaceStep {
        @Override
        public String title() {
            return "Set domain name";
        }

        @Override
        public Map<String, Object> about() {
            return fields("domainname", domainname);
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.setdomainname(domainname));
        }
    }

    /** A new network namespace has a loopback link, but it is off. */
    record LinkUp(String link) implements NamespaceStep {
        @Override
        public String title() {
            return "Link up";
        }

        @Override
        public Map<String, Object> about() {
            return fields("link", link);
        }

        @Override
        public List<Call> calls() {
            return List.of(
                    Calls.linkSocket().as("link socket"),
                    Calls.linkUp("link socket", link),
                    Calls.close("link socket"));
        }
    }

    /** A kernel parameter, {@code kernel.shm_rmid_forced} for instance. */
    record SetSysctl(String parameter, String value) implements NamespaceStep {
        @Override
        public String title() {
            return "Set sysctl";
        }

        @Override
        public Map<String, Object> about() {
            return fields(parameter, value);
        }

        @Override
        public List<Call> calls() {
            return Calls.overwrite("/proc/sys/" + parameter.replace('.', '/'), value);
        }
    }

    /** The process joins a namespace that somebody else has made. */
    record JoinNamespace(String path, CloneFlag type) implements NamespaceStep {
        @Override
        public String title() {
            return "Join namespace";
        }

        @Override
        public Map<String, Object> about() {
            return fields("path", path);
        }

        @Override
        public List<Call> calls() {
            return List.of(
                    Calls.openat(path, OpenFlag.O_RDONLY, OpenFlag.O_CLOEXEC).as(path),
                    Calls.setns(path, type),
                    Calls.close(path));
        }
    }

    /** The process joins namespaces of the process {@code pid}; a PID namespace only takes in its children. */
    record JoinNamespaces(int pid, Set<CloneFlag> namespaces) implements NamespaceStep {
        @Override
        public String title() {
            return "Join namespaces";
        }

        @Override
        public Map<String, Object> about() {
            return fields("of", pid);
        }

        @Override
        public List<Call> calls() {
            return List.of(
                    // Or the container could reach Java's own executable on the host as /proc/PID/exe.
                    Calls.prctl(PR_SET_DUMPABLE, 0),
                    Calls.pidfdOpen(pid).as("container"),
                    Calls.setns("container", namespaces),
                    Calls.close("container"));
        }
    }

    /** A sibling is born in the PID namespace, with koker as its parent; all steps after this one happen in it. */
    record EnterPidNamespace() implements NamespaceStep {
        /** What others know the sibling by. */
        static final String PROCESS = "process inside";

        private static final String INSIDE = "born inside";

        @Override
        public String title() {
            return "Enter PID namespace";
        }

        @Override
        public List<Call> calls() {
            return List.of(
                    Calls.sibling().as(PROCESS).on(0, INSIDE),
                    Calls.jump(Leave.OUTSIDE),
                    Calls.nothing().as(INSIDE));
        }
    }

    /** The process that stayed outside ends. */
    record Leave() implements NamespaceStep {
        private static final String OUTSIDE = "stay outside";

        @Override
        public String title() {
            return "Leave";
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.exit(0).as(OUTSIDE));
        }
    }
}

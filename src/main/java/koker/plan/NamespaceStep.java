package koker.plan;

import static koker.kernel.Constant.*;
import static koker.trace.Trace.fields;

import java.util.ArrayList;
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
            return Calls.overwrite(file(), value);
        }

        /** The file: between words there may be dots, as with sysctl(8), or slashes; the other sign is then part of a word. */
        public String file() {
            var path = new StringBuilder("/proc/sys/");
            var dotted = parameter.indexOf('/') < 0
                    || parameter.indexOf('.') >= 0 && parameter.indexOf('.') < parameter.indexOf('/');
            for (var i = 0; i < parameter.length(); i++) {
                var c = parameter.charAt(i);
                path.append(!dotted ? c : c == '.' ? '/' : c == '/' ? '.' : c);
            }
            return path.toString();
        }
    }

    /** A user namespace: whoever the process was outside, in here it has all capabilities, and is nobody yet. */
    record UnshareUsers() implements NamespaceStep {
        @Override
        public String title() {
            return "Make user namespace";
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.unshare(CloneFlag.CLONE_NEWUSER));
        }
    }

    /** The process becomes root of its user namespace, which is somebody else outside. */
    record BecomeRoot() implements NamespaceStep {
        @Override
        public String title() {
            return "Become root inside";
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.setresgid(0), Calls.setresuid(0));
        }
    }

    /** Namespaces that belong to the user namespace that the process is in by now; a PID namespace only takes in its children. */
    record UnshareNamespaces(Set<CloneFlag> namespaces) implements NamespaceStep {
        @Override
        public String title() {
            return "Make namespaces";
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.unshare(namespaces.toArray(CloneFlag[]::new)));
        }
    }

    /**
     * Clocks of the container, ahead of the host's: as long as nobody is in the time namespace, that can be said.
     *
     * @param offsets lines of "monotonic" or "boottime", seconds and nanoseconds
     */
    record OffsetClocks(List<String> offsets) implements NamespaceStep {
        private static final String NAMESPACE = "/proc/self/ns/time_for_children";

        @Override
        public String title() {
            return "Make time namespace";
        }

        @Override
        public Map<String, Object> about() {
            return offsets.isEmpty() ? Map.of() : fields("offsets", String.join(", ", offsets));
        }

        @Override
        public List<Call> calls() {
            var calls = new ArrayList<Call>();
            calls.add(Calls.unshare(CloneFlag.CLONE_NEWTIME));
            if (!offsets.isEmpty()) {
                calls.addAll(Calls.overwrite("/proc/self/timens_offsets", String.join("\n", offsets) + "\n"));
            }
            // Until here the namespace is that of children yet to be born.
            calls.add(Calls.openat(NAMESPACE, OpenFlag.O_RDONLY, OpenFlag.O_CLOEXEC)
                    .as(NAMESPACE));
            calls.add(Calls.setns(NAMESPACE, CloneFlag.CLONE_NEWTIME));
            calls.add(Calls.close(NAMESPACE));
            return calls;
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
            var calls = new ArrayList<Call>();
            if (type == CloneFlag.CLONE_NEWPID || type == CloneFlag.CLONE_NEWUSER) {
                // Or those who are in there could reach Java's own executable on the host as /proc/PID/exe.
                calls.add(Calls.prctl(PR_SET_DUMPABLE, 0));
            }
            calls.add(Calls.openat(path, OpenFlag.O_RDONLY, OpenFlag.O_CLOEXEC).as(path));
            calls.add(Calls.setns(path, type));
            calls.add(Calls.close(path));
            return calls;
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
            var container = "container, for " + namespaces;
            return List.of(
                    // Or the container could reach Java's own executable on the host as /proc/PID/exe.
                    Calls.prctl(PR_SET_DUMPABLE, 0),
                    Calls.pidfdOpen(pid).as(container),
                    Calls.setns(container, namespaces),
                    Calls.close(container));
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

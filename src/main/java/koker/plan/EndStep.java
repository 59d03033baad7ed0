package koker.plan;

import static koker.trace.Trace.fields;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import koker.kernel.Call;
import koker.kernel.Calls;
import koker.kernel.Errno;
import koker.kernel.Event.Side;
import koker.kernel.Signal;

/** How a container ends, and how that is taken away which the kernel does not take away with its last process. */
public sealed interface EndStep extends Step {
    @Override
    default Side side() {
        return Side.HOST;
    }

    /** A descriptor of a process stands for it alone, while its number is another's as soon as it has ended. */
    record OpenProcess(int pid) implements EndStep {
        /** What others know the descriptor by; it is an error's number if there is no such process. */
        public static final String PROCESS = "descriptor of the process";

        @Override
        public String title() {
            return "Open process";
        }

        @Override
        public Map<String, Object> about() {
            return fields("pid", pid);
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.pidfdOpen(pid).as(PROCESS).tolerating(Errno.ESRCH));
        }
    }

    /** The process is asked to end, or something else; the descriptor {@code process} is closed then. */
    record SendSignal(int process, int pid, Signal signal) implements EndStep {
        @Override
        public String title() {
            return "Send signal";
        }

        @Override
        public Map<String, Object> about() {
            return fields("pid", pid, "signal", signal);
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.pidfdSendSignal(process, signal).tolerating(Errno.ESRCH), Calls.close(process));
        }
    }

    /** koker waits until the process has ended, {@code limit} at most; the descriptor {@code process} is closed then. */
    record WaitForEnd(int process, int pid, Duration limit) implements EndStep {
        /** What is more than 0 if it has ended. */
        public static final String ENDED = "ended";

        @Override
        public String title() {
            return "Wait for end";
        }

        @Override
        public Map<String, Object> about() {
            return fields("pid", pid);
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.awaitInput(process, limit).as(ENDED), Calls.close(process));
        }
    }

    /** A cgroup that has no processes any more goes, unless it is gone. */
    record RemoveCgroup(String folder) implements EndStep {
        /** What is the number of EBUSY, negated, as long as there are processes. */
        public static final String REMOVED = "removed";

        @Override
        public String title() {
            return "Remove cgroup";
        }

        @Override
        public Map<String, Object> about() {
            return fields("path", folder);
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.rmdir(folder).as(REMOVED).tolerating(Errno.EBUSY, Errno.ENOENT));
        }
    }

    /** A name, a symbolic link to the container's folder, or a file of that folder which others look for, goes. */
    record RemoveFile(String file) implements EndStep {
        @Override
        public String title() {
            return "Remove file";
        }

        @Override
        public Map<String, Object> about() {
            return fields("path", file);
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.unlink(file).tolerating(Errno.ENOENT));
        }
    }

    /** The container's folder on the host, which is empty by then, goes. */
    record RemoveStateFolder(String folder) implements EndStep {
        @Override
        public String title() {
            return "Remove folder of container";
        }

        @Override
        public Map<String, Object> about() {
            return fields("path", folder);
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.rmdir(folder).tolerating(Errno.ENOENT));
        }
    }
}

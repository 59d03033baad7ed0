package koker.engine;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import koker.cgroup.Cgroups;

/** A container as it is at this moment: what is written of it, and what the kernel says. */
public final class Container {
    private final ContainerFolder folder;
    private final State state;
    private final Status status;

    private Container(ContainerFolder folder, State state, Status status) {
        this.folder = folder;
        this.state = state;
        this.status = status;
    }

    /** What a container can be doing. */
    public enum Status {
        CREATED,
        RUNNING,
        PAUSED,
        STOPPED,
        REMOVING;

        /** The name as users know it. */
        @Override
        public String toString() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    /**
     * Looks at a container, without a lock.
     *
     * @throws EngineException if there is none, or its state is damaged
     */
    static Container of(ContainerFolder folder, Cgroups cgroups) {
        var state = folder.read();
        return new Container(folder, state, status(folder, state, cgroups));
    }

    ContainerFolder folder() {
        return folder;
    }

    State state() {
        return state;
    }

    /** What it is doing. */
    public Status status() {
        return status;
    }

    /** 12 hexadecimal digits. */
    public String id() {
        return state.id();
    }

    /** Its name, empty if it has none. */
    public String name() {
        return state.name() == null ? "" : state.name();
    }

    /** The image's reference, as the user gave it. */
    public String image() {
        return state.image();
    }

    /** The digest of the image's configuration. */
    public String imageId() {
        return state.imageId();
    }

    /** What its first process runs, with its arguments. */
    public List<String> command() {
        return state.command();
    }

    /** When it was made, in milliseconds since 1970. */
    public long created() {
        return state.created();
    }

    /** When it was last started, in milliseconds since 1970; 0 if it never was. */
    public long started() {
        return state.run() != null
                ? state.run().started()
                : state.end() != null ? state.end().started() : 0;
    }

    /** When it ended, in milliseconds since 1970; 0 if it has not. */
    public long ended() {
        return state.end() == null ? 0 : state.end().ended();
    }

    /** The exit status, if it has ended. */
    public Optional<Integer> exitStatus() {
        return state.end() == null ? Optional.empty() : Optional.of(state.end().status());
    }

    /** Whether a process of it was killed because its memory ran out. */
    public boolean outOfMemory() {
        return state.end() != null && state.end().outOfMemory();
    }

    /** The host's number of its first process; 0 if it has none. */
    public int pid() {
        return isAlive() ? state.run().process().pid() : 0;
    }

    /** Its labels, names and values. */
    public Map<String, String> labels() {
        return state.settings().labels();
    }

    /** Whether it is well, if it runs and is checked: starting, healthy or unhealthy. */
    public Optional<String> health() {
        return isAlive() && state.settings().healthCheck() != null
                ? Optional.of(Health.of(folder, state).status())
                : Optional.empty();
    }

    /** Whether it has the label {@code text}: NAME, with any value, or NAME=VALUE. */
    boolean hasLabel(String text) {
        var parts = text.split("=", 2);
        var label = labels().get(parts[0]);
        return label != null && (parts.length == 1 || label.equals(parts[1]));
    }

    /** Whether it does not run, though by its policy it should. */
    boolean isDueAtBoot() {
        var end = state.end();
        return status == Status.STOPPED
                && end != null
                && switch (RestartPolicy.of(state).when()) {
                    case ALWAYS -> true;
                    case UNLESS_STOPPED -> !end.stopped();
                    case NO, ON_FAILURE -> false;
                };
    }

    /** Whether it has a process. */
    public boolean isAlive() {
        return status == Status.RUNNING || status == Status.PAUSED;
    }

    /** How to speak of it: its name, or its ID. */
    public String title() {
        return state.title();
    }

    private static Status status(ContainerFolder folder, State state, Cgroups cgroups) {
        if (state.removing()) {
            return Status.REMOVING;
        }
        if (state.end() != null) {
            return Status.STOPPED;
        }
        if (state.run() == null) {
            return Status.CREATED;
        }
        if (!state.run().process().isAlive()) {
            return Status.STOPPED; // and nobody has noted it yet
        }
        return cgroups.isFrozen(folder.cgroupsPath()) ? Status.PAUSED : Status.RUNNING;
    }
}

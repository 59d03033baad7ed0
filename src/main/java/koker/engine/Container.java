package koker.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import koker.network.PortRule;

/** A container as it is at this moment: what is written of it, and what the kernel says. */
public final class Container {
    private final ContainerFolder folder;
    private final Summary summary;
    private final Status status;
    private State state;

    private Container(ContainerFolder folder, Summary summary, Status status) {
        this.folder = folder;
        this.summary = summary;
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
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * Looks at a container, without a lock.
     *
     * @throws EngineException if there is none, or its state is damaged
     */
    static Container of(ContainerFolder folder, Engine engine) {
        var state = folder.read();
        var alive = state.run() != null && state.run().process().isAlive();
        var container = of(folder, Summary.of(state), alive, engine);
        container.state = state;
        return container;
    }

    /** A container of which this much is known already, and whether its first process is {@code alive}. */
    static Container of(ContainerFolder folder, Summary summary, boolean alive, Engine engine) {
        return new Container(folder, summary, status(folder, summary, alive, engine));
    }

    ContainerFolder folder() {
        return folder;
    }

    /** All that is written of it; read now, if it was not before. */
    State state() {
        if (state == null) {
            state = folder.read();
        }
        return state;
    }

    /** What it is doing. */
    public Status status() {
        return status;
    }

    /** 12 hexadecimal digits. */
    public String id() {
        return summary.id();
    }

    /** Its name, empty if it has none. */
    public String name() {
        return summary.name();
    }

    /** The image's reference, as the user gave it. */
    public String image() {
        return summary.image();
    }

    /** The digest of the image's configuration. */
    String imageId() {
        return state().imageId();
    }

    /** What its first process runs, with its arguments. */
    public List<String> command() {
        return summary.command();
    }

    /** When it was made, in milliseconds since 1970. */
    public long created() {
        return summary.created();
    }

    /** When it was last started, in milliseconds since 1970; 0 if it never was. */
    public long started() {
        return summary.started();
    }

    /** When it ended, in milliseconds since 1970; 0 if it has not. */
    public long ended() {
        return summary.ended();
    }

    /** The exit status, if it has ended. */
    public Optional<Integer> exitStatus() {
        return summary.exitStatus() < 0 ? Optional.empty() : Optional.of(summary.exitStatus());
    }

    /** Whether a process of it was killed because its memory ran out. */
    public boolean outOfMemory() {
        return state().end() != null && state().end().outOfMemory();
    }

    /** The host's number of its first process; 0 if it has none. */
    public int pid() {
        return isAlive() ? summary.pid() : 0;
    }

    /** The ports of the host that lead to it; none if it does not run. */
    public List<PortRule> ports() {
        var ports = new ArrayList<PortRule>();
        if (isAlive() && summary.published()) {
            for (var port : folder.connections().map(Connections::ports).orElse(List.of())) {
                port.of(false).ifPresent(ports::add);
                port.of(true).ifPresent(ports::add);
            }
        }
        return ports;
    }

    /** The networks that it is in, or is going to be in when it is started; or with whom it shares one. */
    public List<String> networks() {
        var request = state().settings().network();
        return request.isConnected()
                ? request.endpoints().stream().map(EndpointRequest::network).toList()
                : List.of(request.mode());
    }

    /** Its labels, names and values. */
    public Map<String, String> labels() {
        return state().settings().labels();
    }

    /** Whether it is well, if it runs and is checked: starting, healthy or unhealthy. */
    public Optional<String> health() {
        return isAlive() && summary.checked()
                ? Optional.of(Health.of(folder, state()).status())
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
        var end = state().end();
        return status == Status.STOPPED
                && end != null
                && switch (RestartPolicy.of(state()).when()) {
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
        return name().isEmpty() ? id() : name();
    }

    private static Status status(ContainerFolder folder, Summary summary, boolean alive, Engine engine) {
        if (summary.removing()) {
            return Status.REMOVING;
        }
        if (summary.exitStatus() >= 0) {
            return Status.STOPPED;
        }
        if (summary.pid() == 0) {
            return Status.CREATED;
        }
        if (!alive) {
            return Status.STOPPED; // and nobody has noted it yet
        }
        return summary.paused() && isPaused(folder, engine) ? Status.PAUSED : Status.RUNNING;
    }

    private static boolean isPaused(ContainerFolder folder, Engine engine) {
        var freezer = engine.cgroups().freezer(folder.cgroupsPath());
        return freezer.isPresent() && freezer.get().isWanted();
    }
}

package koker.engine;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import koker.image.ImageConfig;
import koker.image.ImageReference;
import koker.kernel.Signal;
import koker.spec.Spec;

/**
 * What the user wants to run, and how.
 *
 * @param command replaces the image's; empty keeps it
 * @param interactive whether standard input is passed on
 * @param terminal whether the container gets a terminal
 * @param environment {@code NAME=VALUE}
 * @param user as in {@code --user}; absent keeps the image's
 * @param entrypoint replaces the image's; an empty string for none
 * @param shmSize bytes
 * @param network how the container is to be connected
 * @param oomScoreAdj how soon its processes are killed when the host's memory runs out, -1000 to 1000
 * @param cgroupParent the cgroup that its own is made in
 * @param hostCgroups whether it sees the host's cgroups
 * @param detached whether nobody waits for it
 * @param stopTimeout seconds
 * @param logLimit bytes; 0 for none
 * @param cidfile a file that is made to hold the ID
 * @param pidfile a file that holds the first process's number while it runs
 */
public record RunOptions(
        ImageReference image,
        PullPolicy pull,
        List<String> command,
        Optional<String> name,
        Optional<String> hostname,
        boolean interactive,
        boolean terminal,
        Removal removal,
        List<String> environment,
        Optional<String> workdir,
        Optional<String> user,
        List<MountRequest> mounts,
        boolean readOnly,
        Optional<String> entrypoint,
        Privileges privileges,
        List<Spec.Rlimit> ulimits,
        long shmSize,
        boolean init,
        NetworkRequest network,
        Limits limits,
        List<DeviceRequest> devices,
        Optional<Integer> oomScoreAdj,
        Optional<String> cgroupParent,
        boolean hostCgroups,
        boolean detached,
        Optional<RestartPolicy> restart,
        Optional<Signal> stopSignal,
        Optional<Integer> stopTimeout,
        long logLimit,
        Map<String, String> labels,
        Map<String, String> annotations,
        HealthOptions health,
        Optional<Path> cidfile,
        Optional<Path> pidfile) {
    private static final int STOP_TIMEOUT = 10;

    public RunOptions {
        if (removal == Removal.ALWAYS
                && restart.filter(RestartPolicy::mayRestart).isPresent()) {
            throw new IllegalArgumentException("--rm and --restart exclude each other");
        }
        limits.memory().requireConsistent();
    }

    /** What becomes of a container that has ended. */
    public enum Removal {
        /** It is removed if it has no name. */
        UNLESS_NAMED,
        /** It is removed. */
        ALWAYS,
        /** It stays. */
        NEVER
    }

    /**
     * The bytes that {@code --shm-size} stands for.
     *
     * @throws IllegalArgumentException if it is no size
     */
    public static long shmSize(String text) {
        return Size.parse(text, 1);
    }

    /**
     * The bytes that {@code --log-max-size} stands for.
     *
     * @throws IllegalArgumentException if it is no size
     */
    public static long logLimit(String text) {
        return Size.parse(text, 1);
    }

    /**
     * A number of seconds; -1 for no limit.
     *
     * @throws IllegalArgumentException if it is none
     */
    public static int seconds(String text) {
        if (!text.matches("-1|[0-9]{1,9}")) {
            throw new IllegalArgumentException("'" + text + "' is no number of seconds");
        }
        return Integer.parseInt(text);
    }

    /**
     * How soon a process is killed when memory runs out, proc_pid_oom_score_adj(5).
     *
     * @throws IllegalArgumentException if it is no number from -1000 to 1000
     */
    public static int oomScoreAdj(String text) {
        return (int) Numbers.between(text, -1000, 1000);
    }

    /**
     * The path of a cgroup, with or without a slash before it.
     *
     * @throws IllegalArgumentException if it leads elsewhere
     */
    public static String cgroupParent(String text) {
        var path = Path.of("/" + text);
        if (path.getNameCount() == 0 || !path.equals(path.normalize()) || text.indexOf('\n') >= 0) {
            throw new IllegalArgumentException("'" + text + "' is no path of a cgroup");
        }
        return path.toString();
    }

    /**
     * Whether {@code --cgroupns} asks for the host's: private or host.
     *
     * @throws IllegalArgumentException if it is neither
     */
    public static boolean hostCgroups(String text) {
        return switch (text) {
            case "private" -> false;
            case "host" -> true;
            default -> throw new IllegalArgumentException("'" + text + "' is neither private nor host");
        };
    }

    /**
     * A container's name.
     *
     * @throws IllegalArgumentException if it cannot be one
     */
    public static String name(String text) {
        if (!text.matches("[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}")) {
            throw new IllegalArgumentException(
                    "'" + text + "' cannot be a name; use letters, digits, and after the first also _ . -");
        }
        return text;
    }

    /**
     * A host name.
     *
     * @throws IllegalArgumentException if it cannot be one
     */
    public static String hostname(String text) {
        if (!text.matches("[a-zA-Z0-9]([a-zA-Z0-9.-]{0,62}[a-zA-Z0-9])?")) {
            throw new IllegalArgumentException(
                    "'" + text + "' cannot be a host name; use at most 64 letters, digits, dots and hyphens");
        }
        return text;
    }

    /**
     * An annotation, {@code NAME=VALUE}.
     *
     * @throws IllegalArgumentException if it is none
     */
    public static String annotation(String text) {
        if (text.indexOf('=') < 1) {
            throw new IllegalArgumentException("'" + text + "' is no annotation; expected NAME=VALUE");
        }
        return text;
    }

    /**
     * A file for a process's number.
     *
     * @throws IllegalArgumentException if there cannot be one at that place
     */
    public static Path pidfile(String text) {
        var file = Path.of(text).toAbsolutePath().normalize();
        if (file.getFileName() == null || Files.isDirectory(file) || !Files.isDirectory(file.getParent())) {
            throw new IllegalArgumentException("'" + text + "' cannot be a file; its folder must be there");
        }
        return file;
    }

    /**
     * A folder to start in.
     *
     * @throws IllegalArgumentException if it is not an absolute path
     */
    public static String workdir(String text) {
        if (!text.startsWith("/")) {
            throw new IllegalArgumentException("'" + text + "' is not an absolute path");
        }
        return text;
    }

    /** Whether the container is removed when it has ended. */
    boolean removed() {
        return switch (removal) {
            case UNLESS_NAMED -> name.isEmpty() && !detached;
            case ALWAYS -> true;
            case NEVER -> false;
        };
    }

    /** What koker has to remember, for a container of an image with these {@code defaults}. */
    State.Settings settings(ImageConfig.Defaults defaults) {
        var allLabels = new LinkedHashMap<>(defaults.labels());
        allLabels.putAll(labels);
        return new State.Settings(
                removed(),
                interactive,
                restart.map(RestartPolicy::toString).orElse(null),
                stopSignal.orElseGet(() -> stopSignal(defaults)).name(),
                stopTimeout.orElse(STOP_TIMEOUT),
                logLimit,
                allLabels,
                pidfile.map(Path::toString).orElse(null),
                health.of(defaults.healthCheck()).orElse(null),
                network.exposing(defaults.exposedPorts()));
    }

    private static Signal stopSignal(ImageConfig.Defaults defaults) {
        try {
            return defaults.stopSignal().isEmpty() ? Signal.SIGTERM : Signal.parse(defaults.stopSignal());
        } catch (IllegalArgumentException e) {
            throw new EngineException("the image's stop signal '" + defaults.stopSignal()
                    + "' is unknown; choose one with --stop-signal");
        }
    }
}

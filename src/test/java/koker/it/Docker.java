package koker.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A Docker daemon of a test's own: from Debian's packages, which {@code make} takes apart but does not install, with all its state in one
 * folder, and with its hands off the machine's network.
 */
public final class Docker implements AutoCloseable {
    /** Who is somebody else gets through, to what is for them. */
    static final FileAttribute<?> PASSABLE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx--x--x"));

    private static final Path PROGRAMS = Path.of("target/docker/usr").toAbsolutePath();

    private final Path run;
    private final Process daemon;

    private Docker(Path run, Process daemon) {
        this.run = run;
        this.daemon = daemon;
    }

    /** A program of the packages'. */
    static Path program(String name) {
        return PROGRAMS.resolve("bin").resolve(name);
    }

    /** Lets a process find the programs of the packages first. */
    static void addPrograms(Map<String, String> environment) {
        environment.merge("PATH", PROGRAMS + "/bin:" + PROGRAMS + "/sbin:", (path, ours) -> ours + path);
    }

    /** Whether it was fetched. */
    public static boolean isThere() {
        return Files.isExecutable(PROGRAMS.resolve("sbin/dockerd"));
    }

    /** Starts a daemon that keeps its images in {@code folder}; {@code options} are further ones of the daemon's. */
    public static Docker start(Path folder, Object... options) throws IOException {
        var all = Command.words(
                "--bridge=none", "--iptables=false", "--ip6tables=false", "--ip-forward=false", Command.words(options));
        return start(folder, List.of(), Map.of(), all);
    }

    /** The same, with Docker's bridge and its rules, in the network namespace that this process is in, which must be its own. */
    public static Docker connected(Path folder) throws IOException {
        return start(folder, List.of(), Map.of(), List.of());
    }

    /** Starts a daemon in {@code apart} that runs its containers by {@code runtime}; {@code options} are further ones of the daemon's. */
    static Docker over(RuntimeLink runtime, Apart apart, Path folder, Object... options) throws IOException {
        var all = Command.words(
                "--add-runtime=koker=" + runtime.file(),
                "--default-runtime=koker",
                "--init-path=/usr/bin/tini-static",
                Command.words(options));
        return start(folder, apart.words(), runtime.environment(), all);
    }

    private static Docker start(Path folder, List<String> before, Map<String, String> environment, List<String> options)
            throws IOException {
        // The path of a socket may have 108 bytes; and where others may not pass, a daemon that remaps users makes
        // folders beside it.
        var run = Files.createTempDirectory("docker", PASSABLE);
        Files.createDirectories(folder);
        var log = folder.resolve("log").toFile();
        var builder = new ProcessBuilder(Command.words(
                        before,
                        PROGRAMS.resolve("sbin/dockerd"),
                        "--data-root=" + folder.resolve("data"),
                        "--exec-root=" + run.resolve("exec"),
                        "--pidfile=" + run.resolve("pid"),
                        "--host=" + socket(run),
                        options))
                .redirectErrorStream(true)
                .redirectOutput(log);
        builder.environment().putAll(environment);
        addPrograms(builder.environment());
        var docker = new Docker(run, builder.start());
        Poll.until(
                "docker answers",
                () -> Files.exists(run.resolve("socket"))
                        && docker.client("version").start().waitFor() == 0);
        return docker;
    }

    /** The words of a client's command line. */
    public List<String> words(Object... words) {
        var all = new ArrayList<>(List.of(PROGRAMS.resolve("bin/docker").toString(), "--host=" + socket(run)));
        all.addAll(Command.words(words));
        return all;
    }

    /** Runs a client, and fails where it does. */
    public void run(Object... words) throws IOException, InterruptedException {
        var client = client(words).start();
        var said = new String(client.getErrorStream().readAllBytes());
        if (client.waitFor() != 0) {
            throw new IOException("docker " + List.of(words) + ": " + said);
        }
    }

    private ProcessBuilder client(Object... words) {
        return new ProcessBuilder(words(words)).redirectOutput(ProcessBuilder.Redirect.DISCARD);
    }

    private static String socket(Path run) {
        return "unix://" + run.resolve("socket");
    }

    /** Ends the daemon, and what it has started. */
    @Override
    public void close() throws IOException {
        daemon.destroy();
        try {
            if (!daemon.waitFor(30, TimeUnit.SECONDS)) {
                daemon.descendants().forEach(ProcessHandle::destroyForcibly);
                daemon.destroyForcibly();
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        new ProcessBuilder("rm", "-rf", run.toString()).start().onExit().join();
    }
}

package koker.docs;

import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * A shell that is typed into, as a reader of the document would. A command may start another shell, which then gets what is typed. It
 * all happens in PID, mount, UTS and network namespaces of its own, with state folders of koker's that are empty: the host's are left
 * alone, and nothing outlives the shell.
 */
final class Shell implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Duration PATIENCE = Duration.ofMillis(300);
    /** Docker's packages, which are taken apart, but not installed. */
    private static final Path DOCKER = Path.of("target/docker/usr").toAbsolutePath();

    private static final String MARK = "\u00a7 end of command ";
    private static final String PREPARE = """
            mkdir -p /var/lib/koker /run/koker &&
            mount -t tmpfs -o mode=755 tmpfs /var/lib/koker &&
            mount -t tmpfs -o mode=755 tmpfs /run/koker &&
            ip link set lo up &&
            exec bash --norc --noprofile
            """;

    private final Process process;
    private final Writer keyboard;
    private final StringBuffer screen = new StringBuffer();
    private int count;

    /** What a command wrote, lines without their ends, and whether it took too long. */
    record Output(List<String> lines, boolean late) {}

    /** A shell in {@code folder} that finds {@code koker} first. */
    Shell(Path folder, Path koker) throws IOException {
        var builder = new ProcessBuilder(List.of(
                "unshare",
                "--mount",
                "--uts",
                "--net",
                "--pid",
                "--fork",
                "--kill-child",
                "--mount-proc",
                "sh",
                "-c",
                PREPARE));
        builder.directory(folder.toFile());
        builder.redirectErrorStream(true);
        builder.environment()
                .putAll(Map.of(
                        "PATH",
                        koker.toAbsolutePath().getParent() + ":/usr/sbin:/usr/bin:/sbin:/bin:" + DOCKER + "/bin:"
                                + DOCKER + "/sbin",
                        "HOME",
                        folder.toString(),
                        "LC_ALL",
                        "C.UTF-8"));
        process = builder.start();
        keyboard = process.outputWriter(StandardCharsets.UTF_8);
        Thread.ofPlatform().daemon().start(this::read);
    }

    /** Types {@code command}, and waits until it has ended, or goes on in the background. */
    Output type(String command) throws IOException, InterruptedException {
        var mark = MARK + ++count;
        var from = screen.length();
        send(command + "\n");
        // What the command's status was stays visible. A shell that ends, or becomes something else, may have read
        // more than it ran; so this is typed again until somebody answers.
        var question = "{ _status=$?; echo '" + mark + "'; (exit $_status); }\n";
        var deadline = Instant.now().plus(LIMIT);
        Thread.sleep(10);
        while (process.isAlive() && Instant.now().isBefore(deadline)) {
            send(question);
            var again = Instant.now().plus(PATIENCE);
            while (process.isAlive() && Instant.now().isBefore(again)) {
                var at = screen.indexOf(mark + "\n", from);
                if (at >= 0) {
                    return new Output(lines(screen.substring(from, at)), false);
                }
                Thread.sleep(2);
            }
        }
        return new Output(lines(screen.substring(from)), true);
    }

    /** Kills the shell and all that was started from it. */
    @Override
    public void close() {
        process.destroyForcibly();
        process.onExit().join();
    }

    /** The output in {@code text}, without answers to what was asked twice. */
    private static List<String> lines(String text) {
        return text.lines().filter(line -> !line.startsWith(MARK)).toList();
    }

    private void send(String text) throws IOException {
        try {
            keyboard.write(text);
            keyboard.flush();
        } catch (IOException e) {
            if (process.isAlive()) {
                throw e;
            }
        }
    }

    private void read() {
        try (var reader = new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)) {
            var room = new char[8192];
            for (var length = reader.read(room); length >= 0; length = reader.read(room)) {
                screen.append(room, 0, length);
            }
        } catch (IOException e) {
            screen.append(e);
        }
    }
}

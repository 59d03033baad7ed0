package koker.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A user of koker, with a state folder, an environment and logins of his own; when he goes, nothing half-done may be left. */
final class Client implements AutoCloseable {
    private static final Path KOKER = Path.of(System.getProperty("koker.binary"));
    private static final int LIMIT_SECONDS = 60;

    final Path folder;
    final Path root;
    final Map<String, String> environment = new HashMap<>();

    /** How a command ended. */
    record Ended(int status, String out, String err) {}

    /** A new user, whose files are below {@code parent}. */
    Client(Path parent) throws IOException {
        folder = Files.createTempDirectory(parent, "client");
        root = folder.resolve("root");
        environment.put("DOCKER_CONFIG", folder.toString());
        environment.put(
                "KOKER_REGISTRIES",
                Files.writeString(folder.resolve("registries.json"), "{}").toString());
    }

    /** A folder for the files of a class of tests. */
    static Path workFolder(String name) throws IOException {
        return Files.createTempDirectory(KOKER.toAbsolutePath().getParent().resolveSibling("target"), name);
    }

    void configure(String json) throws IOException {
        Files.writeString(folder.resolve("registries.json"), json);
    }

    void logIn(String host, String user, String password) throws IOException {
        var pair = Base64.getEncoder().encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
        Files.writeString(
                folder.resolve("config.json"), "{\"auths\":{\"%s\":{\"auth\":\"%s\"}}}".formatted(host, pair));
    }

    /** Runs koker, with nothing to read. */
    Ended koker(String... words) throws Exception {
        return reading("", words);
    }

    /** Runs koker, with {@code input} to read. */
    Ended reading(String input, String... words) throws Exception {
        return run(input, command(words));
    }

    /** Runs koker on a terminal, on which {@code typed} is typed ahead, and which is its standard output and error. */
    Ended typing(String typed, String... words) throws Exception {
        return run(typed, List.of("script", "-qec", String.join(" ", command(words)), "/dev/null"));
    }

    private List<String> command(String... words) {
        var command = new ArrayList<>(List.of(KOKER.toString(), "--root", root.toString()));
        command.addAll(List.of(words));
        return command;
    }

    private Ended run(String input, List<String> command) throws Exception {
        var in = Files.writeString(folder.resolve("in"), input);
        var out = folder.resolve("out");
        var err = folder.resolve("err");
        var builder = new ProcessBuilder(command)
                .redirectInput(in.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().keySet().removeIf(name -> name.toLowerCase().endsWith("_proxy"));
        builder.environment().putAll(environment);
        var process = builder.start();
        if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
            fail("still running after " + LIMIT_SECONDS + " s: " + command + "; it said: " + Files.readString(err));
        }
        return new Ended(process.exitValue(), Files.readString(out), Files.readString(err));
    }

    /** Runs koker, which must succeed. */
    Ended good(String... words) throws Exception {
        var ended = koker(words);
        assertEquals(0, ended.status(), ended::err);
        return ended;
    }

    /** Runs koker, which must fail as koker does, and say so in one line, which is returned. */
    String refused(String... words) throws Exception {
        var ended = koker(words);
        assertEquals(125, ended.status(), ended::err);
        assertEquals("", ended.out());
        var errors =
                ended.err().lines().filter(line -> line.startsWith("koker: ")).toList();
        assertEquals(1, errors.size(), ended::err);
        assertFalse(ended.err().contains("Exception"), ended::err);
        return errors.getFirst();
    }

    @Override
    public void close() throws IOException {
        var running = ProcessHandle.allProcesses()
                .filter(process -> process.info().commandLine().orElse("").contains(folder + "/"))
                .toList();
        try (var files = Files.walk(folder)) {
            assertEquals(List.of(), running, "processes left");
            assertFalse(Files.exists(Path.of("/run/koker" + root)), "locks left");
            assertEquals(
                    List.of(),
                    files.filter(file -> file.toString().endsWith(".partial")).toList());
        } finally {
            try {
                TestImages.run("rm -rf " + folder);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}

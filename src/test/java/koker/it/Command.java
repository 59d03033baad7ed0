package koker.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A command of the host that a test runs, with a time limit; what it starts is killed by its process ID if it takes longer. */
final class Command {
    private static final Duration LIMIT = Duration.ofSeconds(40);

    private final Consumer<Process> started;
    private final ProcessBuilder builder;
    private InputStream input = InputStream.nullInputStream();
    private Duration limit = LIMIT;

    /** A command; {@code started} is told of its process. */
    Command(Consumer<Process> started, List<String> words) {
        this.started = started;
        this.builder = new ProcessBuilder(words);
    }

    /** How a command ended: as Java has it, 128 and the number of the signal that killed it. */
    record Ended(int status, byte[] output, String errors) {
        /** Standard output as text. */
        String out() {
            return new String(output, StandardCharsets.UTF_8);
        }

        /** The lines of standard output. */
        List<String> lines() {
            return out().lines().toList();
        }

        /** Fails unless the command said nothing on standard error and exited with 0. */
        Ended succeeded() {
            assertEquals("", errors);
            assertEquals(0, status, "exit status");
            return this;
        }
    }

    /** A command that runs. */
    record Running(
            Process process, CompletableFuture<byte[]> output, CompletableFuture<byte[]> errors, Duration limit) {
        long pid() {
            return process.pid();
        }

        /** Sends a signal, {@code TERM} for instance. */
        void signal(String name) {
            try {
                assertEquals(
                        0,
                        new ProcessBuilder("kill", "-" + name, Long.toString(pid()))
                                .start()
                                .waitFor());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        /** Waits for the end. */
        Ended end() {
            try {
                if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                    process.destroyForcibly();
                    var said = errors.completeOnTimeout(new byte[0], 1, TimeUnit.SECONDS)
                            .join();
                    fail("still running after " + limit + "; it said: " + new String(said, StandardCharsets.UTF_8));
                }
                var output = this.output.get(limit.toMillis(), TimeUnit.MILLISECONDS);
                var errors = this.errors.get(limit.toMillis(), TimeUnit.MILLISECONDS);
                return new Ended(process.exitValue(), output, new String(errors, StandardCharsets.UTF_8));
            } catch (Exception e) {
                throw new AssertionError("no end of " + process.info() + " came", e);
            }
        }
    }

    /** Sets a variable of its environment, or with null takes it away. */
    Command env(String name, String value) {
        if (value == null) {
            builder.environment().remove(name);
        } else {
            builder.environment().put(name, value);
        }
        return this;
    }

    /** Replaces its whole environment but for what the tests themselves need. */
    Command onlyEnv(Map<String, String> environment) {
        builder.environment().keySet().retainAll(List.of("KOKER_CACHE", "PATH"));
        builder.environment().putAll(environment);
        return this;
    }

    /** What it reads from standard input; by default, nothing. */
    Command input(byte[] bytes) {
        return input(new ByteArrayInputStream(bytes));
    }

    /** What it reads from standard input. */
    Command input(String text) {
        return input(text.getBytes(StandardCharsets.UTF_8));
    }

    /** What it reads from standard input, which it may be given later. */
    Command input(InputStream stream) {
        input = stream;
        return this;
    }

    /** Where it runs. */
    Command in(Path folder) {
        builder.directory(folder.toFile());
        return this;
    }

    /** How long it may take. */
    Command within(Duration limit) {
        this.limit = limit;
        return this;
    }

    /** The command line. */
    List<String> line() {
        return builder.command();
    }

    /** Starts it. */
    Running start() {
        try {
            var process = builder.start();
            started.accept(process);
            Thread.ofVirtual().start(() -> feed(process));
            return new Running(process, read(process.getInputStream()), read(process.getErrorStream()), limit);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs it to its end. */
    Ended run() {
        return start().end();
    }

    /** The words of a command, some of which come as lists. */
    static List<String> words(Object... words) {
        var all = new ArrayList<String>();
        Arrays.stream(words).forEach(word -> {
            if (word instanceof List<?> list) {
                list.forEach(each -> all.add(each.toString()));
            } else {
                all.add(word.toString());
            }
        });
        return all;
    }

    private void feed(Process process) {
        try (var pipe = process.getOutputStream()) {
            var buffer = new byte[1 << 16];
            for (var count = input.read(buffer); count > 0; count = input.read(buffer)) {
                pipe.write(buffer, 0, count);
                pipe.flush();
            }
        } catch (IOException e) {
            // The command need not read all, or anything.
        }
    }

    private static CompletableFuture<byte[]> read(InputStream stream) {
        var read = new CompletableFuture<byte[]>();
        Thread.ofVirtual().start(() -> {
            try (stream) {
                read.complete(stream.readAllBytes());
            } catch (IOException e) {
                read.completeExceptionally(e);
            }
        });
        return read;
    }
}

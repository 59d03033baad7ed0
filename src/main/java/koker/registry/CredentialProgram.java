package koker.registry;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import koker.image.Json;

/**
 * A program that keeps credentials, in a keyring for instance (github.com/docker/docker-credential-helpers, README.md,
 * "Development").
 *
 * @param program its name, {@code docker-credential-…}
 * @param config the file that names it
 * @param patience how long it may take; it may have to ask its user
 */
record CredentialProgram(String program, Path config, Duration patience) {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration GRACE = Duration.ofSeconds(1);

    /** The helper that {@code config} calls {@code name}. */
    static CredentialProgram named(String name, Path config) {
        if (!name.matches("[a-zA-Z0-9_.-]+")) {
            throw new JsonParseException("it names a credential helper that cannot be one");
        }
        return new CredentialProgram("docker-credential-" + name, config, PATIENCE);
    }

    /** What it has for {@code server}, if anything. */
    Optional<Credentials> get(String server) {
        var ended = run("get", server);
        // That it has none is not an error of its own in the protocol, but a sentence and a status.
        return ended.status() == 0 ? credentials(ended.output()) : Optional.empty();
    }

    /** Hands it something to keep. */
    void store(String server, Credentials credentials) {
        var json = new JsonObject();
        json.addProperty("ServerURL", server);
        json.addProperty("Username", credentials.user());
        json.addProperty("Secret", credentials.secret());
        var ended = run("store", json.toString());
        if (ended.status() != 0) {
            throw new RegistryException(
                    program + " does not keep the credentials: " + complaint(ended) + "; see: " + program);
        }
    }

    /** Has it forget what it has for {@code server}; whether it had something. */
    boolean erase(String server) {
        return run("erase", server).status() == 0;
    }

    private record Ended(int status, byte[] output) {}

    private Optional<Credentials> credentials(byte[] output) {
        try {
            var json = Json.parse(output);
            return Credentials.of(json.text("Username"), json.text("Secret"));
        } catch (JsonParseException e) {
            // Not the parser's words: they may have a piece of the secret in them.
            throw new RegistryException("what " + program + " says makes no sense; try it: " + program + " list");
        }
    }

    private static String complaint(Ended ended) {
        var words = new String(ended.output(), StandardCharsets.UTF_8).strip();
        return words.isEmpty() ? "exit status " + ended.status() : RegistryException.oneLine(words);
    }

    /** Whoever it has left behind may hold its output open for ever, and has nothing to say. */
    private static void awaitSilence(CompletableFuture<Void> silent) throws InterruptedException, ExecutionException {
        try {
            silent.get(GRACE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            return;
        }
    }

    private Ended run(String verb, String input) {
        Process process;
        try {
            process = new ProcessBuilder(program, verb)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            throw new RegistryException(
                    "cannot run " + program + ", which " + config + " names; install it, or take it out of there", e);
        }
        // It may neither read nor write nor end, or leave behind one who keeps its output open.
        var said = new ByteArrayOutputStream();
        var silent = new CompletableFuture<Void>();
        Thread.ofVirtual().start(() -> {
            try (var in = process.getOutputStream()) {
                in.write(input.getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                // It need not read it.
            }
        });
        Thread.ofVirtual().start(() -> {
            try {
                process.getInputStream().transferTo(said);
                silent.complete(null);
            } catch (IOException e) {
                silent.completeExceptionally(e);
            }
        });
        try {
            if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new RegistryException(program + " does not end within " + patience.toSeconds()
                        + " seconds; see what it waits for: " + program + " list");
            }
            awaitSilence(silent);
            return new Ended(process.exitValue(), said.toByteArray());
        } catch (ExecutionException e) {
            throw new RegistryException("cannot read what " + program + " says; try it: " + program + " list", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RegistryException("interrupted while waiting for " + program, e);
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }
}

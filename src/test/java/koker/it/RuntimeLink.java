package koker.it;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * koker as engines are told of it: a file that is a link to the executable, and by its name an OCI runtime. The environment's
 * KOKER_TEST_RUNTIME can name another one, to find out what a test is worth.
 */
record RuntimeLink(Path file, Path traces) {
    /** A new one in {@code folder}, which leaves recordings below it where it is told to. */
    static RuntimeLink in(Path folder) throws IOException {
        var file = folder.resolve("koker-oci");
        var other = Optional.ofNullable(System.getenv("KOKER_TEST_RUNTIME")).map(Path::of);
        Files.createSymbolicLink(file, other.orElse(Host.KOKER));
        return new RuntimeLink(file, Files.createDirectory(folder.resolve("traces")));
    }

    /** What an engine's environment needs, so that koker runs and leaves recordings. */
    Map<String, String> environment() {
        return Map.of("KOKER_CACHE", Host.CACHE.toString(), "KOKER_TRACE_DIR", traces.toString());
    }

    /** The lines of a recording, as {@code koker trace show} explains it, must contain all of {@code texts}. */
    void tellsOf(Host host, String id, String verb, String... texts) {
        var shown = host.koker("trace", "show", traces.resolve(id + "-" + verb + ".jsonl"))
                .run()
                .succeeded()
                .out();
        for (var text : texts) {
            assertTrue(shown.contains(text), () -> text + " is missing:\n" + shown);
        }
    }
}

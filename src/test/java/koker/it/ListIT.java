package koker.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The list of containers is true at every moment, though most of it is kept from the time before. */
@Timeout(60)
class ListIT {
    @RegisterExtension
    static final Host host = new Host();

    /** A line for each container: its status, and its name. */
    private static List<String> list() {
        return host.koker("-q", "ps", "-a").run().succeeded().lines().stream()
                .skip(1)
                .map(line -> line.split(" {3,}"))
                .map(cells -> cells[4] + " " + cells[5])
                .toList();
    }

    private static String line(String name) {
        return list().stream()
                .filter(line -> line.endsWith(" " + name))
                .findFirst()
                .orElse("");
    }

    private static void ok(Object... words) {
        host.koker("-q", List.of(words)).run().succeeded();
    }

    private static Path kept() {
        return host.root().resolve("containers.list");
    }

    /** Lists until the line of the container is kept, as it is a moment after the last change. */
    private static void awaitKept(String name) {
        Poll.until("it is kept", () -> {
            list();
            return Files.exists(kept()) && Files.readString(kept()).contains(name);
        });
    }

    @Test
    void whatChangesIsShown() {
        ok("run", "-d", "--name", "one", "busybox", "sleep", "1000");
        awaitKept("one");
        assertTrue(line("one").matches("Up .*[a-z] one"), line("one"));
        ok("pause", "one");
        assertTrue(line("one").matches("Up .* \\(Paused\\) one"), line("one"));
        awaitKept("one");
        assertTrue(line("one").matches("Up .* \\(Paused\\) one"), line("one"));
        ok("unpause", "one");
        ok("rename", "one", "two");
        assertTrue(line("two").matches("Up .*[a-z] two"), line("two"));
        awaitKept("two");
        ok("kill", "two");
        Poll.until("it has ended", () -> line("two").startsWith("Exited (137)"));
        ok("rm", "two");
        assertEquals(List.of(), list());
    }

    @Test
    void noPortLeadsToAContainer() {
        ok("create", "--name", "one", "busybox", "true");
        assertEquals("", host.koker("port", "one").run().succeeded().out());
        var ended = host.koker("port", "one", "80").run();
        assertEquals(125, ended.status());
        assertEquals(
                "koker: no port of the host leads to port 80/tcp of container one; see: koker container port one\n",
                ended.errors());
        ok("rm", "one");
    }

    @Test
    void aDamagedListIsReadAnew() throws IOException {
        ok("create", "--name", "one", "busybox", "true");
        awaitKept("one");
        for (var damage : List.of(
                "x", "1 \n", "\n\n", "9 a\u001fb\n", Files.readString(kept()).replace("\u001f", " "))) {
            Files.writeString(kept(), damage);
            assertEquals(List.of("Created one"), list(), damage);
        }
        Files.write(kept(), "\377\n".getBytes(StandardCharsets.ISO_8859_1));
        assertEquals(List.of("Created one"), list());
        ok("rm", "one");
    }
}

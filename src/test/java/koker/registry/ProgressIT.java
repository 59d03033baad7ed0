package koker.registry;

import static koker.registry.TestImages.run;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is seen of a pull and a push while they go on, on a terminal and elsewhere. */
@Timeout(120)
class ProgressIT {
    /** A terminal of 90 columns, in which script(1) runs koker; what it shows. */
    private static String seen(Client client, String words) throws Exception {
        return run("TERM=xterm KOKER_REGISTRIES=" + client.folder
                + "/registries.json timeout -s KILL 60 script -qec 'stty cols 90; " + System.getProperty("koker.binary")
                + " --root " + client.root + " " + words + "' /dev/null </dev/null");
    }

    @Test
    void aBarForEachLayerOnATerminalAndLinesElsewhere() throws Exception {
        var folder = Client.workFolder("progress");
        try (var client = new Client(folder)) {
            var images = new TestImages(folder.resolve("source"));
            var layered = images.layered("layered");
            try (var registry = new FakeRegistry(images, layered, (_, _, _) -> false)) {
                var pull = seen(client, "pull " + registry.image());
                assertBars(pull, "Layer fetched", 4);
                assertBars(
                        seen(client, "push " + registry.image() + " " + registry.host() + "/fake:2"),
                        "Layer pushed",
                        5);
                for (var switches : new String[] {"-q", "-D"}) {
                    seen(client, "rmi -f " + registry.image());
                    var plain = seen(client, switches + " pull " + registry.image());
                    assertFalse(plain.contains("\033["), plain);
                }
                client.good("rmi", "-f", registry.image());
                var lines = client.good("pull", registry.image()).err();
                assertFalse(lines.contains("\033["), lines);
                assertEquals(
                        4,
                        lines.lines()
                                .filter(line -> line.contains("INF Layer fetched"))
                                .count(),
                        lines);
            }
        } finally {
            run("rm -rf " + folder);
        }
    }

    private static void assertBars(String seen, String told, int times) {
        var lines = seen.split("[\r\n]+");
        var bars = 0;
        for (var line : lines) {
            var shown = line.replaceAll("\033\\[[AK]", "");
            assertTrue(shown.length() < 90 || shown.contains("sha256:"), shown);
            bars += shown.matches("[0-9a-f]{12} +[0-9]+% \\[[=> ]*] .*") ? 1 : 0;
        }
        assertTrue(bars >= times, seen);
        assertEquals(times, seen.split(told, -1).length - 1, seen);
        assertTrue(lines[lines.length - 1].matches(".*sha256:[0-9a-f]{64}.*"), "bars go: " + seen);
    }
}

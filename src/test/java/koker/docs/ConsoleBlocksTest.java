package koker.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import koker.docs.ConsoleBlock.Command;
import org.junit.jupiter.api.Test;

/** What a console block says, and what output it takes for right. */
class ConsoleBlocksTest {
    private static final Path FILE = Path.of("lab.md");

    @Test
    void onlyConsoleBlocksAreRun() {
        var blocks = parse("""
                Words.
                ```text
                $ not this
                ```
                ```console
                $ echo 1
                1
                $ true
                ```
                1. Words.
                   ```console
                   $ echo 2
                     2
                   ```
                """);
        assertEquals(
                List.of(
                        List.of(new Command(6, "echo 1", List.of("1")), new Command(8, "true", List.of())),
                        List.of(new Command(12, "echo 2", List.of("  2")))),
                blocks.blocks().stream().map(ConsoleBlock::commands).toList());
    }

    @Test
    void commandGoesOnInTheNextLine() {
        var blocks = parse("""
                ```console
                $ cat <<END
                > one
                > END
                one
                > is output
                ```
                """);
        assertEquals(
                List.of(new Command(2, "cat <<END\none\nEND", List.of("one", "> is output"))),
                blocks.blocks().getFirst().commands());
    }

    @Test
    void mistakesAreNamedWithTheirLine() {
        assertMistake("lab.md:2: output before the first command", "```console\n1\n```");
        assertMistake("lab.md:1: the block has no end", "```console\n$ true\n");
        assertMistake("lab.md:2: a block of 'bash'", "\n```bash\n```");
        assertMistake("lab.md:1: a block of ''", "```\n```");
    }

    @Test
    void outputIsComparedLineByLine() {
        assertMatch(true, List.of(), List.of());
        assertMatch(true, List.of("a", "b"), List.of("a", "b"));
        assertMatch(true, List.of("a  "), List.of("a"));
        assertMatch(true, List.of("a"), List.of("a \t"));
        assertMatch(false, List.of("a"), List.of(" a"));
        assertMatch(false, List.of("a"), List.of("a", "b"));
        assertMatch(false, List.of("a", "b"), List.of("a"));
        assertMatch(false, List.of(), List.of("a"));
        assertMatch(false, List.of("a"), List.of());
        assertMatch(false, List.of("a.c"), List.of("abc"));
    }

    @Test
    void anEllipsisInALineStandsForAnything() {
        assertMatch(true, List.of("pid=… end"), List.of("pid=17 end"));
        assertMatch(true, List.of("a…"), List.of("a"));
        assertMatch(true, List.of("…z…"), List.of("xyzzy"));
        assertMatch(false, List.of("a…c"), List.of("acb"));
        assertMatch(false, List.of("a…"), List.of("a", "b"));
    }

    @Test
    void anEllipsisAloneStandsForAnyNumberOfLines() {
        assertMatch(true, List.of("…"), List.of());
        assertMatch(true, List.of("…"), List.of("a", "b"));
        assertMatch(true, List.of("…", "b", "…"), List.of("a", "b"));
        assertMatch(true, List.of("a", "…", "c"), List.of("a", "b", "c", "c"));
        assertMatch(true, List.of("  …", "c"), List.of("a", "c"));
        assertMatch(false, List.of("…", "c"), List.of("a", "b"));
        assertMatch(false, List.of("a", "…", "b", "…", "c"), List.of("a", "c", "b"));
        assertMatch(false, List.of("x", "…"), List.of("a"));
    }

    @Test
    void theLineInTheWayIsFound() {
        assertEquals(1, new Expectation(List.of("a", "b", "c")).obstacle(List.of("a", "x", "c")));
        assertEquals(2, new Expectation(List.of("a", "…", "c")).obstacle(List.of("a", "b")));
        assertEquals(1, new Expectation(List.of("a")).obstacle(List.of("a", "b")));
        assertEquals(0, new Expectation(List.of("a")).obstacle(List.of()));
    }

    private static ConsoleBlocks parse(String text) {
        return ConsoleBlocks.parse(FILE, text.lines().toList());
    }

    private static void assertMistake(String message, String text) {
        var mistake = assertThrows(IllegalArgumentException.class, () -> parse(text));
        assertTrue(mistake.getMessage().startsWith(message), mistake::getMessage);
    }

    private static void assertMatch(boolean wanted, List<String> expected, List<String> actual) {
        if (wanted) {
            assertTrue(new Expectation(expected).matches(actual), expected + " and " + actual);
        } else {
            assertFalse(new Expectation(expected).matches(actual), expected + " and " + actual);
        }
    }
}

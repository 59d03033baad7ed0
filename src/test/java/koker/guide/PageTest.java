package koker.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import koker.guide.Entry.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is printed of a word, and how its file is read. */
class PageTest {
    private static final Guide GUIDE = Guide.instance();

    private static String page(String word) {
        var entries = GUIDE.find(word);
        assertTrue(!entries.isEmpty(), word);
        return String.join("\n", Page.of(GUIDE, entries.getFirst(), word));
    }

    @Test
    void anEntryIsRead() {
        var entries = EntryFile.parse(Kind.STEP, """
                # do-it = Do it
                It does {what}.
                [what=this] Only this.
                [size] It has a size.
                Without: nothing.
                See: intro(2)
                Uses: read O_*
                Skip: {what|it} is not done
                ! read EIO [what=this]: ask {who|somebody}
                ! EIO EPERM: try again

                # never = Never
                Needed: it must be
                """);
        assertEquals(2, entries.size());
        var entry = entries.getFirst();
        assertEquals("Do it", entry.title());
        assertEquals("It does this. Only this.", String.join(" ", entry.sentences(Map.of("what", "this"))));
        assertEquals(
                "It does that. It has a size.", String.join(" ", entry.sentences(Map.of("what", "that", "size", 1))));
        assertEquals("it is not done", entry.leftOut(Map.of()));
        assertTrue(entry.isUsing("O_RDONLY") && entry.isUsing("read") && !entry.isUsing("readlink"));
        assertEquals(
                List.of(true, false, false),
                List.of(
                        entry.causes().getFirst().explains("read", "EIO", Map.of("what", "this")),
                        entry.causes().getFirst().explains("write", "EIO", Map.of("what", "this")),
                        entry.causes().getFirst().explains("read", "EIO", Map.of("what", "that"))));
        assertEquals("it must be", entries.getLast().needed().orElseThrow());
    }

    @ParameterizedTest
    @CsvSource({
        "pivot_root, pivot_root(2): a system call, Steps that use it: enter-root",
        "PIVOT-ROOT, pivot_root(2): a system call, Steps that use it: enter-root",
        "CLONE_NEWPID, CLONE_NEWPID: a flag or constant, Steps that use it: clone",
        "RLIMIT_NOFILE, RLIMIT_NOFILE: a flag or constant, Steps that use it: set-limit",
        "EXDEV, EXDEV: an error, - linkat: both names must be on one file system",
        "EXDEV, EXDEV: an error, 'Number 18, \"Invalid cross-device link\".'",
        "getdents64, getdents64(2): a system call, No step uses it",
        "mount, mount: a step, - type=overlay: OverlayFS shows several folders as one",
        "enter root, enter-root: a step, It cannot be left out: the command would run in the host's own files",
        "set-hostname, set-hostname: a step, Left out by --skip: the container bears the host's name",
        "Clean up, clean-up: a log line, cgroups"
    })
    void aWordIsExplained(String word, String heading, String line) {
        var page = page(word);
        assertTrue(page.startsWith(heading), page);
        assertTrue(page.replace("\n   ", "").contains(line), page);
    }

    @Test
    void allPagesFitOnATerminal() {
        for (var entry : GUIDE.entries()) {
            for (var line : Page.of(GUIDE, entry, entry.name())) {
                assertTrue(line.length() <= 100, line);
                assertTrue(!line.contains("{") || line.contains("{}"), line);
                assertEquals(line.stripTrailing(), line);
            }
        }
    }

    @Test
    void whatIsWrittenMuchTheSameIsFound() {
        assertTrue(GUIDE.insteadOf("pivotroot").startsWith("did you mean pivot_root"));
        assertTrue(GUIDE.insteadOf("CLONE_NEWN").startsWith("did you mean CLONE_NEWNS"));
        assertTrue(GUIDE.insteadOf("EXDEF").contains("EXDEV"));
        assertTrue(GUIDE.insteadOfStep("set-hostnam").startsWith("did you mean set-hostname"));
        assertEquals("see: koker explain --list", GUIDE.insteadOf("something else"));
    }

    @Test
    void everythingIsListed() {
        var list = String.join("\n", Page.list(GUIDE));
        for (var word : List.of("steps:", "enter-root", "pivot_root", "MS_PRIVATE", "EXDEV")) {
            assertTrue(list.contains(word), word);
        }
    }
}

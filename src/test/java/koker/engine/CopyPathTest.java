package koker.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The two ends of a copy are read as Docker reads them. */
class CopyPathTest {
    @ParameterizedTest
    @CsvSource({
        "web:/etc, web, /etc",
        "web:etc/x:y, web, etc/x:y",
        "/tmp/a:b, '', /tmp/a:b",
        "./a:b, '', ./a:b",
        "dir/a:b, '', dir/a:b",
        "file, '', file",
        "-, '', -",
        ":x, '', :x"
    })
    void aColonSeparatesAContainerFromAPath(String text, String container, String path) {
        assertEquals(new CopyPath(container, path), CopyPath.parse(text));
    }

    @ParameterizedTest
    @CsvSource({
        "c:/a/b, b, false, false",
        "c:/a/b/, b, true, false",
        "c:/a/b/., ., true, true",
        "c:/, '', true, true",
        "c:/a/.., .., true, true",
        "., ., true, true"
    })
    void theEndOfAPathSaysWhatIsMeant(String text, String name, boolean folder, boolean contents) {
        var path = CopyPath.parse(text);
        assertEquals(name, path.name());
        assertEquals(folder, path.isFolder());
        assertEquals(contents, path.isContents());
    }

    @Test
    void pathsBeginAtARoot() {
        assertEquals("/etc/x", CopyPath.parse("c:etc/x").absolute());
        assertEquals("//etc/x/.", CopyPath.parse("c:/etc/x/").absolute());
        assertEquals(Path.of("").toAbsolutePath() + "/x", CopyPath.parse("x").absolute());
        assertEquals(
                Path.of("").toAbsolutePath() + "/x/.", CopyPath.parse("x//").absolute());
    }
}

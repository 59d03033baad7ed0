package koker.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file that is there as a whole, or not at all. */
class OutputFileTest {
    @TempDir
    Path folder;

    @Test
    void isThereWhenAllIsWritten() throws IOException {
        try (var output = OutputFile.create(folder.resolve("a"))) {
            output.stream().write("all".getBytes());
            output.finish();
        }
        assertEquals("all", Files.readString(folder.resolve("a")));
        assertFalse(Files.exists(folder.resolve(".a.partial")));
    }

    @Test
    void isNotThereIfThatFails() throws IOException {
        try (var output = OutputFile.create(folder.resolve("a"))) {
            output.stream().write("a part".getBytes());
        }
        assertEquals(0, folder.toFile().list().length);
    }

    @Test
    void leavesAloneWhatTheNextOneHasBegun() throws IOException {
        try (var output = OutputFile.create(folder.resolve("a"))) {
            output.finish();
            Files.writeString(folder.resolve(".a.partial"), "another's");
        }
        assertTrue(Files.exists(folder.resolve(".a.partial")));
    }
}

package koker.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import koker.kernel.Calls;
import koker.kernel.FileCalls;
import koker.kernel.Kernel;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class TreeRemovalTest {
    private final Kernel kernel = new Kernel(_ -> {});

    @TempDir
    Path temp;

    private Path tree;

    @BeforeEach
    void makeTree() throws IOException {
        tree = Files.createDirectory(temp.resolve("tree"));
    }

    private void remove() {
        new TreeRemoval(kernel).delete(tree);
        assertFalse(Files.exists(tree));
    }

    @Test
    void manyFilesAndFolders() throws IOException {
        for (var i = 0; i < 50; i++) {
            var folder = Files.createDirectories(tree.resolve("a" + i % 5 + "/b/c" + i));
            for (var j = 0; j < 50; j++) {
                Files.createFile(
                        folder.resolve("a rather long name for a file, so that the list is read in parts " + j));
            }
        }
        Files.createFile(tree.resolve(".removed-1"));
        Files.createDirectories(tree.resolve(".removed-2/x"));
        remove();
    }

    @Test
    void deeperThanAnyPath() {
        int folder = (int) kernel.call(FileCalls.open(tree.toString()));
        var name = "folder".getBytes(StandardCharsets.UTF_8);
        for (var i = 0; i < 3000; i++) {
            kernel.call(FileCalls.mkdir(folder, name, 0700));
            int next = (int) kernel.call(FileCalls.open(folder, name, Set.of()));
            kernel.call(Calls.close(folder));
            folder = next;
        }
        kernel.call(Calls.close(folder));
        remove();
    }

    @Test
    void namesThatAreNoText() {
        int folder = (int) kernel.call(FileCalls.open(tree.toString()));
        kernel.call(Calls.close((int) kernel.call(FileCalls.create(folder, new byte[] {(byte) 0xff, '\n'}))));
        kernel.call(FileCalls.mkdir(folder, new byte[] {(byte) 0xfe}, 0700));
        kernel.call(Calls.close(folder));
        remove();
    }

    @Test
    void linksAreRemovedNotFollowed() throws IOException {
        var other = Files.createDirectory(temp.resolve("other"));
        Files.writeString(other.resolve("file"), "kept");
        Files.createSymbolicLink(tree.resolve("link"), other);
        Files.createLink(tree.resolve("hard"), other.resolve("file"));
        remove();
        assertEquals("kept", Files.readString(other.resolve("file")));
        var link = Files.createSymbolicLink(tree, other);
        new TreeRemoval(kernel).delete(link);
        assertFalse(Files.isSymbolicLink(link));
        assertTrue(Files.exists(other.resolve("file")));
    }

    @Test
    void whatIsNotThereIsNoMatter() {
        new TreeRemoval(kernel).delete(temp.resolve("missing"));
        new TreeRemoval(kernel).delete(temp.resolve("missing/too"));
        remove();
    }
}

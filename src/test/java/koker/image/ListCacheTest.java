package koker.image;

import static koker.image.TestLayout.named;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The list that is kept is the list that there is, whoever writes the layout. */
class ListCacheTest {
    @TempDir
    Path temp;

    private TestLayout layout;

    @BeforeEach
    void makeLayout() throws IOException {
        layout = new TestLayout(temp.resolve("images"));
    }

    private ImageStore store() {
        return new ImageStore(
                layout.folder, Optional.of(temp.resolve("embedded")), TestLayout.KERNEL, TestLayout.runner());
    }

    private List<String> names() {
        return store().summaries(_ -> {}).stream().map(ImageSummary::repository).toList();
    }

    @Test
    void manifestsAreNotReadAgain() throws IOException {
        layout.list(layout.image("x", named("x")));
        var first = store().summaries(_ -> {});
        try (var blobs = Files.list(layout.folder.resolve("blobs/sha256"))) {
            for (var blob : blobs.toList()) {
                Files.delete(blob);
            }
        }
        assertEquals(first, store().summaries(_ -> {}));
        assertEquals("x", first.getFirst().repository());
    }

    @Test
    void whatOthersListIsThere() throws IOException {
        layout.list(layout.image("x", named("x")));
        assertEquals(List.of("x"), names());
        layout.list(layout.image("y", named("y")));
        assertEquals(List.of("x", "y"), names());
    }

    @Test
    void aChangeOfTheSameLengthInTheSameInstantIsSeen() throws IOException {
        layout.list(layout.image("x", named("x")));
        assertEquals(List.of("x"), names());
        var index = layout.folder.resolve("index.json");
        var time = Files.getLastModifiedTime(index);
        Files.writeString(index, Files.readString(index).replace("\"x\"", "\"y\""));
        Files.setLastModifiedTime(index, time);
        assertEquals(List.of("y"), names());
    }

    @Test
    void whatComesWithKokerIsThere() throws IOException {
        layout.list(layout.image("x", named("x")));
        assertEquals(List.of("x"), names());
        var embedded = new TestLayout(temp.resolve("embedded"));
        embedded.list(embedded.image("busybox", named("busybox")));
        assertEquals(List.of("x", "busybox"), names());
    }

    @Test
    void anImageThatCannotBeReadIsTriedAgain() throws IOException {
        layout.list(layout.image("x", named("x")));
        var manifest = store().list().getFirst().image().orElseThrow().manifest();
        var bytes = Files.readAllBytes(layout.blob(manifest));
        Files.delete(layout.blob(manifest));
        var unreadable = new ArrayList<Listed>();
        assertEquals(List.of(), store().summaries(unreadable::add));
        assertEquals(1, unreadable.size());
        Files.write(layout.blob(manifest), bytes);
        assertEquals(List.of("x"), names());
    }

    @Test
    void aDamagedListIsNoMatter() throws IOException {
        layout.list(layout.image("x", named("x")));
        assertEquals(List.of("x"), names());
        var kept = layout.folder.resolve(".list");
        Files.writeString(kept, Files.readString(kept) + "garbage\n");
        assertEquals(List.of("x"), names());
        Files.write(kept, new byte[0]);
        assertEquals(List.of("x"), names());
    }

    @Test
    void nothingIsMadeWhereThereIsNothing() {
        var none = new ImageStore(temp.resolve("none"), Optional.empty(), TestLayout.KERNEL, TestLayout.runner());
        assertEquals(List.of(), none.summaries(_ -> {}));
        assertFalse(Files.exists(temp.resolve("none")));
        assertTrue(Files.exists(temp.resolve("images")));
    }
}

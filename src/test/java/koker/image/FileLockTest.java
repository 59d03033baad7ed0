package koker.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.channels.FileLockInterruptionException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who holds a byte of a file, and who waits for it: threads and processes alike. */
class FileLockTest {
    @TempDir
    Path folder;

    private Path file;

    @BeforeEach
    void nameFile() {
        file = folder.resolve("lock");
    }

    private FileLock hold(long position) throws IOException {
        return FileLock.hold(TestLayout.KERNEL, file, position);
    }

    private boolean isFree(long position) throws IOException {
        var lock = FileLock.tryHold(TestLayout.KERNEL, file, position);
        lock.ifPresent(FileLock::close);
        return lock.isPresent();
    }

    /** Whether another process, which asks for a lock of the older kind, gets it. */
    private boolean isFreeElsewhere(long position) throws IOException, InterruptedException {
        var script = "import fcntl, sys; fcntl.lockf(open(sys.argv[1], 'r+'), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, "
                + position + ")";
        return new ProcessBuilder("python3", "-c", script, file.toString())
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start()
                        .waitFor()
                == 0;
    }

    @Test
    void nobodyElseHasTheByte() throws Exception {
        try (var _ = hold(7)) {
            assertFalse(isFree(7));
            assertFalse(isFreeElsewhere(7));
            assertTrue(isFree(8));
            assertTrue(isFreeElsewhere(8));
        }
        assertTrue(isFree(7));
        assertTrue(isFreeElsewhere(7));
    }

    @Test
    void isNotLostWhenTheFileIsClosedThatSomebodyElseHasOpened() throws Exception {
        try (var _ = hold(7)) {
            Files.readAllBytes(file);
            assertFalse(isFree(7));
            assertFalse(isFreeElsewhere(7));
        }
    }

    @Test
    void severalHoldItTogether() throws IOException {
        try (var _ = FileLock.holdShared(TestLayout.KERNEL, file, 7);
                var _ = FileLock.holdShared(TestLayout.KERNEL, file, 7)) {
            assertFalse(isFree(7));
        }
        assertTrue(isFree(7));
    }

    @Test
    void whoWaitsGetsIt() throws Exception {
        CompletableFuture<Void> waiting;
        try (var _ = hold(7)) {
            waiting = CompletableFuture.runAsync(() -> {
                try {
                    hold(7).close();
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            assertFalse(waiting.isDone());
        }
        waiting.get();
    }

    @Test
    void whoWaitsCanBeInterrupted() throws Exception {
        try (var _ = hold(7)) {
            Thread.currentThread().interrupt();
            assertThrows(FileLockInterruptionException.class, () -> hold(7));
            assertTrue(Thread.interrupted());
        }
    }

    @Test
    void aFileThatCannotBeMadeIsNamed() {
        file = folder.resolve("missing/lock");
        var failure = assertThrows(IOException.class, () -> hold(7));
        assertEquals(file + ": No such file or directory (ENOENT)", failure.getMessage());
    }
}

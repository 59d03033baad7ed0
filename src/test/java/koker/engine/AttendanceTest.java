package koker.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import koker.kernel.Kernel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who looks after a container, seen from other processes. */
class AttendanceTest {
    @TempDir
    Path folder;

    private final Kernel kernel = new Kernel(_ -> {});

    /** Whether another process finds the file locked. */
    private boolean isLocked(String id) throws IOException, InterruptedException {
        var script = """
                import fcntl, sys
                try:
                    fcntl.flock(open(sys.argv[1], 'r+'), fcntl.LOCK_EX | fcntl.LOCK_NB)
                except OSError:
                    sys.exit(1)
                """;
        return new ProcessBuilder("python3", "-c", script, folder.resolve(id).toString())
                        .start()
                        .waitFor()
                == 1;
    }

    @Test
    void aContainerIsAttendedUntilTheEnd() throws Exception {
        try (var _ = Attendance.begin(kernel, folder, "one").orElseThrow()) {
            assertEquals(List.of(), Attendance.abandoned(folder));
            assertTrue(isLocked("one"));
        }
        try (var files = Files.list(folder)) {
            assertEquals(0, files.count(), "something is left");
        }
    }

    @Test
    void oneWhoseKeeperIsGoneCanBeTakenOver() throws Exception {
        Files.createFile(folder.resolve("left"));
        assertEquals(List.of("left"), Attendance.abandoned(folder));
        try (var _ = Attendance.takeOver(kernel, folder, "left").orElseThrow()) {
            assertTrue(isLocked("left"));
        }
        assertFalse(Files.exists(folder.resolve("left")));
    }

    @Test
    void oneThatIsAttendedCannot() throws Exception {
        var file = Files.createFile(folder.resolve("busy"));
        var script = """
                import fcntl, sys
                file = open(sys.argv[1], 'r+')
                fcntl.flock(file, fcntl.LOCK_EX)
                print('locked', flush=True)
                sys.stdin.read()
                """;
        var other = new ProcessBuilder("python3", "-c", script, file.toString()).start();
        try (var _ = other.getOutputStream()) {
            assertEquals("locked", other.inputReader().readLine());
            assertTrue(Attendance.takeOver(kernel, folder, "busy").isEmpty());
            assertTrue(Attendance.begin(kernel, folder, "busy").isEmpty());
            assertTrue(Files.exists(file));
        }
        other.waitFor();
        Attendance.takeOver(kernel, folder, "busy").orElseThrow().close();
    }

    @Test
    void oneThatIsOverIsNotTakenOver() throws IOException {
        assertTrue(Attendance.takeOver(kernel, folder, "missing").isEmpty());
    }

    @Test
    void oneWhoseKeeperIsGoneBeginsAnew() throws IOException {
        Files.createFile(folder.resolve("one"));
        Attendance.begin(kernel, folder, "one").orElseThrow().close();
        assertFalse(Files.exists(folder.resolve("one")));
    }
}

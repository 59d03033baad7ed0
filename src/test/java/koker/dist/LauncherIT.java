package koker.dist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The first start of the executable unpacks it, once, wholly or not at all; whatever happens meanwhile. */
class LauncherIT {
    private static final Path KOKER = Path.of(System.getProperty("koker.binary"));
    private static final int REFUSED = 125;

    private Path folder;
    private Path cache;

    private record Ended(int status, String out, String err) {}

    @BeforeEach
    void makeFolder() throws IOException {
        // Not in /tmp: one of the tests mounts another one there.
        folder = Files.createTempDirectory(KOKER.getParent().resolveSibling("target"), "launcher");
        cache = folder.resolve("cache");
    }

    @AfterEach
    void removeFolder() throws IOException, InterruptedException {
        assertEquals(
                0, new ProcessBuilder("rm", "-rf", folder.toString()).start().waitFor());
    }

    @Test
    void isOneFileOfModestSize() throws IOException {
        assertTrue(Files.size(KOKER) <= 45_000_000, () -> KOKER + " is too big");
    }

    @Test
    void tenFirstStartsAtOnceUnpackOnce() throws Exception {
        var starts = new ArrayList<Process>();
        for (var i = 0; i < 10; i++) {
            starts.add(start(Map.of(), KOKER.toString(), "--version"));
        }
        for (var start : starts) {
            assertStarted(end(start));
        }
        assertEquals(List.of(hash()), entries(cache));
    }

    @Test
    void laterStartsUseNoOtherCommand() throws Exception {
        assertStarted(koker());
        assertStarted(end(start(Map.of("PATH", "/nonexistent"), KOKER.toString(), "--version")));
    }

    @Test
    void needsNoJava() throws Exception {
        var bin = Files.createDirectory(folder.resolve("bin"));
        for (var command : List.of("find", "flock", "grep", "gzip", "ls", "mkdir", "mv", "rm", "sync", "tail", "tar")) {
            Files.createSymbolicLink(bin.resolve(command), Path.of("/usr/bin", command));
        }
        assertStarted(end(start(Map.of("PATH", bin.toString()), KOKER.toString(), "--version")));
        assertEquals(List.of(hash()), entries(cache));
    }

    @Test
    void javaOptionsOfTheUserDoNotReachIt() throws Exception {
        var options =
                Map.of("JAVA_TOOL_OPTIONS", "-verbose", "_JAVA_OPTIONS", "-Xint", "JDK_JAVA_OPTIONS", "-nonsense");
        assertStarted(end(start(options, KOKER.toString(), "--version")));
        assertStarted(end(start(options, KOKER.toString(), "--version")));
    }

    @Test
    void fullDiskLeavesNothing() throws Exception {
        var ended = mounted(cache, "size=40m");
        assertRefused(ended, "cannot unpack to " + cache + ": No space left on device");
        assertEquals("", ended.out(), "left behind");
    }

    @Test
    void noexecCacheIsExplained() throws Exception {
        var ended = mounted(cache, "noexec");
        assertRefused(ended, "noexec; set KOKER_CACHE");
        assertEquals("", ended.out(), "left behind");
    }

    @Test
    void noexecTmpIsNoMatter() throws Exception {
        var ended = mounted(Path.of("/tmp"), "noexec");
        assertStarted(ended);
        assertEquals(List.of(hash()), entries(cache));
    }

    @Test
    void killedInTheMiddleIsMadeUpForByTheNext() throws Exception {
        var start = start(Map.of(), KOKER.toString(), "--version");
        var unpacking = Pattern.compile("\\.unpack-.*");
        while (start.isAlive() && entries(cache).stream().noneMatch(unpacking.asMatchPredicate())) {
            Thread.sleep(5);
        }
        Thread.sleep(100);
        var processes =
                Stream.concat(Stream.of(start.toHandle()), start.descendants()).toList();
        processes.forEach(ProcessHandle::destroyForcibly);
        for (var process : processes) {
            process.onExit().get(10, TimeUnit.SECONDS);
        }
        assertTrue(unpacking.matcher(String.join("", entries(cache))).matches(), "killed too late to tell anything");

        assertStarted(koker());
        assertEquals(List.of(hash()), entries(cache));
    }

    @Test
    void damagedFileIsNotUnpacked() throws Exception {
        var damaged = folder.resolve("koker");
        var bytes = Files.readAllBytes(KOKER);
        bytes[bytes.length / 2]++;
        Files.write(damaged, bytes);
        assertRefused(end(start(Map.of(), "sh", damaged.toString(), "--version")), damaged + " is damaged");
        assertEquals(List.of(), entries(cache));
    }

    @Test
    void folderOfAnotherUserIsNotTrusted() throws Exception {
        assertStarted(koker());
        Files.setAttribute(cache.resolve(hash()), "unix:uid", 65534);
        assertRefused(koker(), "belongs to another user");
        Files.setAttribute(cache.resolve(hash()), "unix:uid", 0);
        Files.setAttribute(cache, "unix:uid", 65534);
        assertRefused(koker(), "belongs to another user");
    }

    @Test
    void whoIsToldNoHomeFindsIt() throws Exception {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
        var home = Files.createDirectory(folder.resolve("home"));
        Files.setAttribute(home, "unix:uid", 12345);
        var users = folder.resolve("passwd");
        Files.writeString(
                users, Files.readString(Path.of("/etc/passwd")) + "lab:x:12345:12345::" + home + ":/bin/sh\n");
        var script = """
                mount --bind "%s" /etc/passwd || exit 1
                lab="setpriv --reuid 12345 --regid 12345 --clear-groups env -i PATH=/bin"
                $lab "%s" --version && $lab unshare --user --map-root-user "%2$s" --version && ls -A "%s/.cache/koker"
                """.formatted(users, KOKER, home);
        var ended = end(start(Map.of(), "unshare", "--mount", "sh", "-c", script));
        assertEquals("", ended.err());
        var version = ended.out().lines().findFirst().orElseThrow();
        assertEquals(List.of(version, version, hash()), ended.out().lines().toList());
    }

    @Test
    void linkIsNotFollowed() throws Exception {
        assertStarted(koker());
        var elsewhere = folder.resolve("elsewhere");
        Files.move(cache.resolve(hash()), elsewhere);
        Files.createSymbolicLink(cache.resolve(hash()), elsewhere);
        assertRefused(koker(), "is a link");
    }

    @Test
    void folderThatOthersMayWriteToIsNotUsed() throws Exception {
        Files.createDirectory(cache);
        Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString("rwxrwxrwx"));
        assertRefused(koker(), "others may write there");
        assertEquals(List.of(), entries(cache));
    }

    /** Starts koker where a small memory file system is mounted, for it alone, and lists what is left there. */
    private Ended mounted(Path at, String options) throws IOException, InterruptedException {
        Files.createDirectories(at);
        var script = """
                mount -t tmpfs -o mode=755,%s none "%s" || exit 1
                "%s" --version
                status=$?
                ls -A "%2$s"
                exit $status
                """.formatted(options, at, KOKER);
        return end(start(Map.of(), "unshare", "--mount", "sh", "-c", script));
    }

    private Ended koker() throws IOException, InterruptedException {
        return end(start(Map.of(), KOKER.toString(), "--version"));
    }

    private Process start(Map<String, String> environment, String... command) throws IOException {
        var builder = new ProcessBuilder(command);
        builder.environment().put("KOKER_CACHE", cache.toString());
        builder.environment().putAll(environment);
        return builder.start();
    }

    private static Ended end(Process process) throws IOException, InterruptedException {
        try (var out = process.inputReader();
                var err = process.errorReader()) {
            var text = out.readAllAsString();
            var report = err.readAllAsString();
            assertTrue(process.waitFor(60, TimeUnit.SECONDS), "still running");
            return new Ended(process.exitValue(), text, report);
        }
    }

    private static String hash() throws IOException {
        try (var lines = Files.lines(KOKER, StandardCharsets.ISO_8859_1)) {
            return lines.filter(line -> line.startsWith("koker_hash="))
                    .findFirst()
                    .orElseThrow()
                    .substring(11);
        }
    }

    private static List<String> entries(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return List.of();
        }
        try (var entries = Files.list(folder)) {
            return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
        }
    }

    private static void assertStarted(Ended ended) {
        assertEquals("", ended.err());
        assertTrue(ended.out().startsWith("koker "), ended::out);
        assertEquals(0, ended.status());
    }

    private static void assertRefused(Ended ended, String reason) {
        assertTrue(ended.err().contains(reason), ended::err);
        assertEquals(1, ended.err().lines().count(), "one line says it all");
        assertEquals(REFUSED, ended.status());
    }
}

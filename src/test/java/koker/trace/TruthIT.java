package koker.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The trace is true: what strace sees koker do to the kernel is in the trace, in the same order and with the same results; and all
 * that is in the trace is what strace saw. {@link Strace} says which calls of koker's own process count; of the processes that become a
 * container every call does, up to the container's command.
 */
class TruthIT {
    private static final String KOKER = System.getProperty("koker.binary");
    private static final int SECONDS = 60;

    private Path folder;
    private Path trace;
    private Path strace;

    @BeforeEach
    void makeFolder() throws Exception {
        // Not in /tmp, which may be a tmpfs or an overlay, and could not hold another overlay.
        folder = Files.createTempDirectory(Path.of(KOKER).getParent().resolveSibling("target"), "truth");
        trace = folder.resolve("trace.txt");
        strace = folder.resolve("strace.txt");
        // The first start unpacks koker, which is another story.
        assertEquals(0, run(Map.of(), List.of(KOKER, "--version")));
    }

    @AfterEach
    void removeFolder() throws Exception {
        run(Map.of(), List.of(KOKER, "--root", folder.resolve("root").toString(), "network", "rm", "default"));
        assertEquals(0, run(Map.of(), List.of("rm", "-rf", folder.toString())));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
              0 | busybox true
              3 | busybox sh -c 'exit 3'
              0 | -i busybox cat
              0 | -m 64 --cpus 0.5 --pids 50 busybox true
              0 | -v FOLDER:/data:ro --mount type=bind,source=FOLDER,target=/more --tmpfs /scratch:size=1m --read-only busybox true
              0 | -u 1000:1001 --cap-add NET_ADMIN --cap-drop CHOWN busybox true
              0 | -u root --cap-drop ALL busybox true
              0 | -e TEXT='a "quoted" word, a \\ and ü' -w /new/folder --hostname other --ulimit nofile=100:200 busybox true
              0 | --network host --shm-size 1m busybox true
              0 | --network none busybox true
              0 | --network ns:/proc/self/ns/net busybox true
              0 | --ip 10.44.0.9 --mac-address 02:42:00:00:00:09 -p 8080:80 -p 53:53/udp busybox true
              0 | --firewall nftables busybox true
              0 | --firewall nftables -p 8080:80 -p 127.0.0.1:53:53/udp busybox true
            125 | --fail make-veth=ENOBUFS busybox true
              0 | --name kept --keep busybox true
              3 | --init busybox sh -c 'exit 3'
            127 | busybox no-such-command
            126 | busybox /etc/passwd
            127 | --init busybox no-such-command
              0 | -d --rm busybox sleep 0.1
              0 | -d --init busybox true
              0 | -d -t -m 64 -u 1000 busybox true
            125 | --fail make-cgroup#2=EROFS busybox true
            125 | --fail clone=ENOSPC busybox true
            125 | --fail isolate-mounts=EPERM busybox true
            125 | --fail enter-root=EINVAL busybox true
            125 | --fail set-user=EPERM busybox true
            """)
    void isTrueOf(int status, String options) throws Exception {
        var command = command("--root", folder.resolve("root").toString(), "-D", "run");
        command.addAll(words(options.replace("FOLDER", folder.toString())));
        assertEquals(status, run(Map.of(), command), () -> read(trace));
        assertTrue(compare() > (status == 125 ? 10 : 100), "the trace is too short to be that of a container");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
              0 | exec c true
              3 | exec -u 8:9 -w /tmp -e A=B c sh -c 'exit 3'
              0 | exec -t c true
              0 | exec -d --privileged c true
              0 | exec -d -t c true
              0 | container healthcheck run c
            127 | exec c no-such-command
            125 | exec --fail join-namespaces=EPERM c true
            125 | exec --fail enter-pid-namespace=EAGAIN c true
              0 | diff c
              0 | export -o FOLDER/out.tar c
              0 | commit c
              0 | cp -a FOLDER/trace.txt c:/etc/passwd
              0 | cp c:/etc FOLDER/etc
              0 | cp c:/root -
              0 | network inspect --picture default
            """)
    void isTrueOfAFurtherCommand(int status, String words) throws Exception {
        var root = folder.resolve("root").toString();
        assertEquals(
                0,
                run(
                        Map.of(),
                        words(KOKER + " --root " + root
                                + " run -d --name c --health-cmd true --health-interval 1h busybox sleep 60")));
        var command = command("--root", root, "-D");
        command.addAll(words(words.replace("FOLDER", folder.toString())));
        var actual = run(Map.of(), command);
        var told = read(trace);
        try {
            assertEquals(status, actual, told);
            assertTrue(compare() > 20, "the trace is too short");
        } finally {
            run(Map.of(), List.of(KOKER, "--root", root, "rm", "-f", "c"));
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
              0 | run --network six --network default -p 8080:80 busybox true
              0 | run -d --rm --network web --network name=six,ip6=fd00:5::9 busybox true
            125 | run --network web --network six --fail add-ipv6-address=EADDRNOTAVAIL busybox true
              0 | network connect --alias db six c
              0 | network disconnect default c
            125 | network connect --fail make-veth=ENOBUFS web c
              0 | network create --ipv6 more
            """)
    void isTrueOfSeveralNetworks(int status, String words) throws Exception {
        var root = folder.resolve("root").toString();
        var koker = KOKER + " --root " + root + " ";
        assertEquals(0, run(Map.of(), words(koker + "network create web")));
        assertEquals(0, run(Map.of(), words(koker + "network create --ipv6 --subnet fd00:5::/64 six")));
        assertEquals(0, run(Map.of(), words(koker + "run -d --name c -p 8081:80 busybox sleep 60")));
        var command = command("--root", root, "-D");
        command.addAll(words(words));
        var actual = run(Map.of(), command);
        var told = read(trace);
        try {
            assertEquals(status, actual, told);
            assertTrue(compare() > 10, "the trace is too short");
        } finally {
            run(Map.of(), words(koker + "rm -f c"));
            run(Map.of(), words(koker + "network prune -f"));
        }
    }

    @ParameterizedTest
    @CsvSource({"diff c", "export c", "commit c", "cp FOLDER/file c:/data/new", "cp c:/etc/. FOLDER/etc"})
    void isTrueOfTheFilesOfAContainerThatDoesNotRun(String words) throws Exception {
        var root = folder.resolve("root").toString();
        var file = Files.writeString(folder.resolve("file"), "content").toString();
        assertEquals(
                0,
                run(
                        Map.of(),
                        words(KOKER + " --root " + root + " run --name c -v " + folder
                                + ":/data busybox sh -c 'echo > /etc/new; rm /bin/vi'")));
        var command = command("--root", root, "-D");
        command.addAll(words(words.replace("FOLDER/file", file).replace("FOLDER", folder.toString())));
        assertEquals(0, run(Map.of(), command), () -> read(trace));
        assertTrue(compare() > 20, "the trace is too short");
    }

    @Test
    void isTrueOfANetworkThatIsRemoved() throws Exception {
        var root = folder.resolve("root").toString();
        var made = words(KOKER + " --root " + root + " run --firewall nftables busybox true");
        assertEquals(0, run(Map.of(), made), () -> read(trace));
        var command = command("--root", root, "-D", "network", "rm", "default");
        assertEquals(0, run(Map.of(), command), () -> read(trace));
        assertTrue(read(trace).contains("NFT_MSG_DELTABLE"), () -> read(trace));
        assertTrue(compare() > 20, "the trace is too short");
    }

    /** In version 2, with a cgroup of its own at the top, in which there are processes. */
    @Test
    void isTrueOfACgroupWithProcessesThatWasHandedDown() throws Exception {
        var command = command(
                "--root", folder.resolve("root").toString(), "-D", "run", "--network", "none", "--hugetlb", "2MB:2m");
        command.addAll(List.of("busybox", "true"));
        var script = """
                top=$(findmnt --noheadings --output TARGET --types cgroup2)/truth
                mkdir $top
                (echo 0 >$top/cgroup.procs && exec unshare --cgroup --mount sh -ec '
                    umount --recursive /sys/fs/cgroup
                    mount -t cgroup2 cgroup2 /sys/fs/cgroup
                    exec "$0" "$@"' "$@")
                status=$?
                find $top -depth -type d -exec rmdir {} + || exit 1
                exit $status
                """;
        var words = new ArrayList<>(List.of("sh", "-c", script, "sh"));
        words.addAll(command);
        assertEquals(0, run(Map.of(), words), () -> read(trace));
        assertTrue(read(trace).contains("Move to cgroup path=/sys/fs/cgroup/init processes="), () -> read(trace));
        assertTrue(compare() > 100);
    }

    @Test
    void isTrueOfATerminalThatChangesItsSize() throws Exception {
        var command = command("--root", folder.resolve("root").toString(), "-D", "run", "-it", "busybox");
        // In a terminal of its own; once the container has started, that gets another size, and the container waits for
        // it.
        var script = "stty rows 24 cols 80; (until grep -q 'Raw terminal' " + trace + "; do sleep 0.1; done; "
                + "stty rows 31 cols 101 </dev/tty) & "
                + command.stream().map(word -> "'" + word + "'").collect(Collectors.joining(" "))
                + " sh -c 'until [ \"$(stty size)\" = \"31 101\" ]; do sleep 0.1; done' 2>" + trace;
        assertEquals(
                0, run(Map.of("SHELL", "/bin/sh"), List.of("script", "-qec", script, "/dev/null")), () -> read(trace));
        assertTrue(compare() > 100);
        assertTrue(read(trace).contains("TIOCSWINSZ, {ws_row=31, ws_col=101}"), () -> read(trace));
    }

    @Test
    void isTrueOfAnImageOfSeveralLayers() throws Exception {
        var cache = folder.resolve("cache");
        var root = Files.createDirectories(folder.resolve("root"));
        assertEquals(0, run(Map.of("KOKER_CACHE", cache.toString()), List.of(KOKER, "--version")));
        Path images;
        try (var found = Files.find(cache, 4, (path, _) -> path.endsWith("images"))) {
            images = found.findFirst().orElseThrow();
        }
        assertEquals(0, run(Map.of(), List.of("cp", "-r", images.toString(), root.toString())));
        // An empty file: umoci does not pad the last one, and a tar that ends so is truncated.
        var layer = Files.createFile(folder.resolve("layer"));
        assertEquals(
                0,
                run(
                        Map.of(),
                        List.of(
                                "umoci",
                                "insert",
                                "--image",
                                root.resolve("images") + ":docker.io/library/busybox:latest",
                                layer.toString(),
                                "/more")));
        var command = command("--root", root.toString(), "-D", "run", "busybox", "cat", "/more");
        assertEquals(0, run(Map.of(), command), () -> read(trace));
        assertTrue(compare() > 100);
        assertTrue(read(trace).contains("unshare(CLONE_FS|CLONE_NEWNS)"), "the image has one layer only");
    }

    @Test
    void aLieIsFound() throws Exception {
        var command = command("--root", folder.resolve("root").toString(), "-D", "run", "busybox", "true");
        assertEquals(0, run(Map.of(), command), () -> read(trace));
        compare();
        var calls = calls(Files.readAllLines(trace));
        var processes = Strace.read(Files.readAllLines(strace, StandardCharsets.ISO_8859_1));
        for (var i = 0; i < calls.size(); i++) {
            var line = calls.get(i).line();
            if (!line.matches(".* call=\"?(mount|prctl|setsid|unshare|capset|execve|clone3|pivot_root)\\(.*")) {
                continue;
            }
            var without = new ArrayList<>(calls);
            var call = without.remove(i);
            assertTrue(new Comparison(without, processes).difference().isPresent(), () -> "left out: " + line);
            without.addAll(i, calls(List.of(line.replaceFirst("ret=(\"[^\"]*\"|\\S+)", "ret=77"))));
            assertTrue(new Comparison(without, processes).difference().isPresent(), () -> "ret=77: " + line);
            without.set(i, call);
            without.add(i, call);
            assertTrue(new Comparison(without, processes).difference().isPresent(), () -> "twice: " + line);
        }
    }

    private List<String> command(String... koker) {
        var command = new ArrayList<>(Strace.COMMAND);
        command.add(strace.toString());
        command.add(KOKER);
        command.addAll(List.of(koker));
        return command;
    }

    /** Compares the two, and returns how many calls the trace shows. */
    private int compare() throws IOException {
        var calls = calls(Files.readAllLines(trace, StandardCharsets.ISO_8859_1));
        var processes = Strace.read(Files.readAllLines(strace, StandardCharsets.ISO_8859_1));
        new Comparison(calls, processes).difference().ifPresent(difference -> fail(difference));
        return calls.size();
    }

    private static List<Shown> calls(List<String> lines) {
        return lines.stream().flatMap(line -> Shown.inTrace(line).stream()).toList();
    }

    private static List<String> words(String line) {
        return Pattern.compile("((?:[^' ]|'[^']*')+)")
                .matcher(line)
                .results()
                .map(match -> match.group().replace("'", ""))
                .toList();
    }

    private int run(Map<String, String> environment, List<String> command) throws Exception {
        var builder = new ProcessBuilder(command)
                .redirectInput(new File("/dev/null"))
                .redirectOutput(folder.resolve("out.txt").toFile())
                .redirectError(trace.toFile());
        builder.environment().putAll(environment);
        var process = builder.start();
        if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            fail("still runs after " + SECONDS + " s: " + command + "\n" + read(trace));
        }
        return process.exitValue();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return e.toString();
        }
    }
}

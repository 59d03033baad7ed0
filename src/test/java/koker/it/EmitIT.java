package koker.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What is written down makes the same container as koker does: those inside see the same, and nothing is left. */
@WithFirewall(WithFirewall.Kind.IPTABLES_NFT)
class EmitIT {
    @RegisterExtension
    static final Host host = new Host();

    private static final List<String> NAMESPACES = List.of("mnt", "uts", "ipc", "pid", "net", "cgroup", "user", "time");

    /** All that a process can find out about where it is. */
    private static final String LOOK = """
            for n in mnt uts ipc pid net cgroup user time; do echo namespace $n $(readlink /proc/self/ns/$n); done
            echo "$0 $@"
            while read -r line; do echo "mount $line"; done </proc/self/mountinfo
            hostname; cat /etc/hostname /etc/hosts /etc/resolv.conf
            ip -o addr show | sed 's/^[0-9]*://; s/@if[0-9]*//'
            cat /sys/class/net/*/address; ip route
            grep -E '^(Cap|NoNewPrivs|Groups|Uid|Gid|Umask|Sig[BI])' /proc/self/status
            cat /proc/self/limits /proc/self/cgroup /proc/self/oom_score_adj
            for f in memory/memory.limit_in_bytes memory/memory.memsw.limit_in_bytes pids/pids.max cpu/cpu.cfs_quota_us \
                cpu/cpu.shares cpuset/cpuset.cpus devices/devices.list; do echo $f $(cat /sys/fs/cgroup/$f 2>/dev/null); done
            env | sort; pwd; umask
            ls -ln /dev /proc/self/fd/0 | sed 's/[A-Z][a-z][a-z] [ 0-9]*[0-9] [0-9:]*/DATE/'
            echo pid $$ $(cat /proc/1/cmdline | tr '\\0' ' ')
            touch /new 2>&1; touch /proc/sys/kernel/hostname 2>&1; chown 1:1 /tmp 2>&1; exit 7
            """;

    /** Each test begins without a network, and ends so. */
    @BeforeAll
    static void removeFirst() {
        host.koker("-q", "network", "rm", "default").run().succeeded();
    }

    @AfterEach
    void removeNetwork() {
        host.koker("-q", "network", "rm", "default").run();
        host.command("sh", "-c", "rmdir /sys/fs/cgroup/*/koker-emit-it /sys/fs/cgroup/koker-emit-it 2>/dev/null; true")
                .run();
    }

    static Stream<Arguments> containers() {
        return Stream.of(
                        List.of("--network", "none"),
                        List.of("--network", "none", "--hostname", "here"),
                        List.of("--network", "none", "--mem", "64m", "--pids-limit", "40", "--cpus", "0.5"),
                        List.of("--network", "none", "--user", "1000:1001"),
                        List.of(
                                "--network",
                                "none",
                                "--user",
                                "1000",
                                "-e",
                                "A=it's $HOME \"x\"",
                                "-e",
                                "B=",
                                "-w",
                                "/tmp"),
                        List.of("--network", "none", "-w", "/made/for it"),
                        List.of("--network", "none", "-w", "/root", "--user", "1000"),
                        List.of("--network", "none", "--cap-drop", "ALL"),
                        List.of("--network", "none", "--cap-add", "ALL", "--cap-drop", "SYS_ADMIN"),
                        List.of(
                                "--network",
                                "none",
                                "-v",
                                "FOLDER:/data",
                                "-v",
                                "FOLDER/file:/etc/file:ro",
                                "--tmpfs",
                                "/t:size=1m"),
                        List.of("--network", "none", "--read-only", "--shm-size", "1m"),
                        List.of(
                                "--network",
                                "none",
                                "--ulimit",
                                "nofile=100:200",
                                "--ulimit",
                                "core=0",
                                "--oom-score-adj",
                                "300"),
                        List.of("--network", "none", "--device", "/dev/fuse:/dev/sub/fuse:r"),
                        List.of("--network", "none", "--cgroupns", "host", "--cgroup-parent", "/koker-emit-it"),
                        List.of("--network", "host"),
                        List.of(),
                        List.of("-p", "8081:80", "-p", "127.0.0.1:8082:81/udp", "--add-host", "a:192.0.2.1"),
                        List.of("--ip", "DEFAULT.77", "--mac-address", "02:00:00:00:00:77"))
                .flatMap(options -> Stream.of("sh", "c").map(language -> Arguments.of(language, options)));
    }

    @ParameterizedTest
    @MethodSource("containers")
    void thoseInsideSeeTheSame(String language, List<String> options) throws IOException {
        var words = prepare(options);
        var byKoker = host.run(words, "busybox", "sh", "-c", LOOK).run();
        assertEquals(7, byKoker.status(), byKoker.errors());
        assertTrue(byKoker.out().contains("namespace user"), byKoker.out());
        host.koker("-q", "network", "rm", "default").run();

        var program = program(language, words, "busybox", "sh", "-c", LOOK);
        var byItself = host.command(program).run();

        assertEquals("", byItself.errors());
        assertEquals(7, byItself.status(), byItself.out());
        assertEquals(normal(byKoker.out()), normal(byItself.out()));
    }

    @ParameterizedTest
    @CsvSource({"sh", "c"})
    void theNetworkThatIsThereServesAndStays(String language) throws IOException {
        var words = List.of("-p", "8084:80");
        var byKoker = host.run(words, "busybox", "sh", "-c", LOOK).run();
        var before = host.command("sh", "-c", "ip -o addr show; iptables-save | grep -v '^#'")
                .run();

        var byItself = host.command(program(language, words, "busybox", "sh", "-c", LOOK))
                .run();

        assertEquals("", byItself.errors());
        assertEquals(normal(byKoker.out()), normal(byItself.out()));
        var after = host.command("sh", "-c", "ip -o addr show; iptables-save | grep -v '^#'")
                .run();
        assertEquals(withoutCounts(before.out()), withoutCounts(after.out()));
    }

    private static String withoutCounts(String rules) {
        // An address of IPv6 is tentative until nobody has claimed it.
        return rules.replaceAll("\\[[0-9:]*]", "").replace(" tentative", "");
    }

    @ParameterizedTest
    @CsvSource({"sh,'kill -TERM $$',143", "c,'kill -TERM $$',143", "sh,'exit 3',3", "c,'exit 3',3", "sh,'',0", "c,'',0"
    })
    void endsAsTheCommandDoes(String language, String script, int status) throws IOException {
        // PID 1 is not ended by a signal of its own, its child is.
        var command = "sh -c \"$0\"; exit $?";
        var ended = host.command(
                        program(language, List.of("--network", "none"), "busybox", "sh", "-c", command, script))
                .run();
        assertEquals(status, ended.status(), ended.errors());
    }

    @ParameterizedTest
    @CsvSource({"sh", "c"})
    void readsWhatItIsGivenIfThatIsAskedFor(String language) throws IOException {
        var deaf = host.command(program(language, List.of("--network", "none"), "busybox", "cat"))
                .input("hello")
                .run();
        assertEquals("", deaf.succeeded().out());
        var reading = host.command(program(language, List.of("-i", "--network", "none"), "busybox", "cat"))
                .input("hello")
                .run();
        assertEquals("hello", reading.succeeded().out());
    }

    @ParameterizedTest
    @CsvSource({"sh", "c"})
    void leavesNothingWhenItIsEnded(String language) throws IOException {
        var options = List.of("-p", "8083:80", "-v", host.work() + ":/data");
        var running = host.command(program(language, options, "busybox", "sh", "-c", "touch /data/up; sleep 100"))
                .start();
        Poll.until("it is up", () -> Files.exists(host.work().resolve("up")));
        running.signal("TERM");
        assertEquals(143, running.end().status());
        host.assertUnchanged();
    }

    @ParameterizedTest
    @CsvSource({"sh", "c"})
    void whatIsNotThereEndsWith127(String language) throws IOException {
        var ended = host.command(program(language, List.of("--network", "none"), "busybox", "/no/such/program"))
                .run();
        assertEquals(127, ended.status(), ended.errors());
        assertTrue(ended.errors().contains("/no/such/program"), ended.errors());
    }

    @ParameterizedTest
    @CsvSource({
        "sh,--init",
        "sh,--detach",
        "c,--detach",
        "sh,--tty",
        "c,--tty",
        "sh,--name x",
        "c,--restart always",
        "sh,--network container:x",
        "sh,--workdir /x --cap-drop ALL"
    })
    void whatCannotBeWrittenDownIsRefusedByName(String language, String options) {
        var refused = host.koker("-q", "run", "--emit", language, List.of(options.split(" ")), "busybox", "true")
                .run();
        assertEquals(125, refused.status());
        assertEquals("", refused.out());
        assertEquals(1, refused.errors().lines().count(), refused.errors());
        assertTrue(refused.errors().contains(options.split(" ")[0]), refused.errors());
    }

    @ParameterizedTest
    @CsvSource({"create busybox true", "start x", "stop x"})
    void whatNeedsKokersFilesIsNotWrittenDown(String words) {
        var command = new ArrayList<>(List.of(words.split(" ")));
        command.addAll(1, List.of("--emit", "sh"));
        var refused = host.koker(command).run();
        assertEquals(125, refused.status());
        assertTrue(refused.errors().startsWith("koker: --emit writes down what run and exec do, "), refused.errors());
    }

    @Test
    void aFurtherCommandIsWrittenInC() throws IOException {
        host.koker(
                        "-q",
                        "run",
                        "-d",
                        "--name",
                        "inner",
                        "--network",
                        "none",
                        "--mem",
                        "64m",
                        "busybox",
                        "sleep",
                        "1000")
                .run()
                .succeeded();
        for (var options : List.of(List.<String>of(), List.of("-u", "1000", "-w", "/tmp", "-e", "A=it's"))) {
            var words = new ArrayList<>(options);
            words.addAll(List.of("inner", "sh", "-c", LOOK));
            var byKoker = host.koker("-q", "exec", words).run();
            var text = host.koker("-q", "exec", "--emit", "c", words)
                    .run()
                    .succeeded()
                    .out();
            var byItself = host.command(compiled(text)).run();
            assertEquals("", byItself.errors());
            assertEquals(7, byItself.status(), byItself.out());
            var numbers = "(?m)^pid [0-9]+";
            assertEquals(
                    normal(byKoker.out()).replaceAll(numbers, ""),
                    normal(byItself.out()).replaceAll(numbers, ""));
        }
        var refused = host.quiet("exec", "--emit", "sh", "inner", "true");
        assertTrue(refused.errors().contains("use --emit c"), refused.errors());
        host.ok("rm", "-f", "inner");
    }

    /** The command is the init's child, and gets its signals; what is orphaned is reaped. */
    @Test
    void anInitIsWrittenInC() throws IOException {
        var script =
                "cat /proc/1/comm; ls /proc/1/fd; (sleep 0.1 &); sleep 0.5; ls -d /proc/[0-9]* | wc -l; trap 'exit 9' TERM; kill -TERM 1;"
                        + " while :; do sleep 0.1; done";
        var options = List.of("--init", "--network", "none", "--cap-add", "SYS_PTRACE");
        var byKoker = host.run(options, "busybox", "sh", "-c", script).run();
        var byItself = host.command(program("c", options, "busybox", "sh", "-c", script))
                .run();
        assertEquals("", byItself.errors());
        assertEquals(9, byItself.status(), byItself.out());
        assertEquals(byKoker.out(), byItself.out());
        assertEquals(List.of("koker-init", "0", "1", "2"), byItself.lines().subList(0, 4));
        var missing = host.command(program("c", options, "busybox", "/no/such")).run();
        assertEquals(127, missing.status(), missing.errors());
    }

    @Test
    void anUnknownLanguageIsRefused() {
        var refused = host.koker("run", "--emit", "perl", "busybox", "true").run();
        assertEquals(125, refused.status());
        assertTrue(refused.errors().contains("sh and c"), refused.errors());
    }

    /** The program that koker writes, ready to be run. */
    private static List<Object> program(String language, List<String> options, Object... words) throws IOException {
        var text = host.koker("-q", "run", "--emit", language, options, List.of(words))
                .run()
                .succeeded()
                .out();
        return language.equals("sh")
                ? List.of("dash", Files.writeString(host.work().resolve("container.sh"), text))
                : List.of(compiled(text));
    }

    private static Path compiled(String text) throws IOException {
        var file = Files.writeString(host.work().resolve("container.c"), text);
        var program = host.work().resolve("container");
        host.command("gcc", "-Wall", "-Wextra", "-Werror", "-O1", "-o", program, file)
                .run()
                .succeeded();
        return program;
    }

    private static List<String> prepare(List<String> options) throws IOException {
        var folder = Files.createDirectories(host.work().resolve("folder"));
        Files.writeString(folder.resolve("file"), "content");
        var words = new ArrayList<String>();
        for (var option : options) {
            var word = option.replace("FOLDER", folder.toString());
            if (word.startsWith("DEFAULT")) {
                host.run("busybox", "true").run().succeeded();
                var subnet = host.ok("network", "inspect", "default");
                var gateway = subnet.replaceAll("(?s).*\"Gateway\": *\"([0-9]+\\.[0-9]+\\.[0-9]+)\\..*", "$1");
                word = word.replace("DEFAULT", gateway);
            }
            words.add(word);
        }
        return words;
    }

    /** Without what cannot be the same: IDs, numbers of mounts and devices, and where the container's own files are. */
    private static String normal(String seen) throws IOException {
        var text = seen;
        for (var type : NAMESPACES) {
            var own = Files.readSymbolicLink(Path.of("/proc/self/ns/" + type)).toString();
            text = text.replaceAll("(namespace " + type + " ).*\\Q" + own + "\\E", "$1shared")
                    .replaceAll("(namespace " + type + " ).*]", "$1new");
        }
        // The C library's own signal, which the Java of the tests leaves ignored, and koker's takes back.
        text = text.replaceAll("(?<=SigIgn:\\t0000000)1", "0");
        text = text.replaceAll("(?m)^mount [0-9]+ [0-9]+ [0-9]+:[0-9]+ ", "mount ")
                .replaceAll("(/[^ ,:]*)?/containers/[0-9a-f]{12}/", "BOX/")
                .replaceAll("/tmp/koker\\.[A-Za-z0-9]{6}/", "BOX/")
                // The one is on the disk of koker's state, the other in /tmp.
                .replaceAll("(?m)^(mount )\\S*BOX(/\\S+ /etc/\\S+ ).*", "$1BOX$2")
                .replaceAll("\\b[0-9a-f]{12}\\b", "ID")
                // capsh knows no other name for the program than its path.
                .replaceAll("(?m)^(pid 1 )?/bin/sh ", "$1sh ");
        // Their order is that of their numbers, which koker's bind mounts got before they were attached.
        return Stream.concat(
                        text.lines().filter(line -> line.startsWith("mount ")).sorted(),
                        text.lines().filter(line -> !line.startsWith("mount ")))
                .collect(Collectors.joining("\n"));
    }
}

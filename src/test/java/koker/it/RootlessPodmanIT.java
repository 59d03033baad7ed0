package koker.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Podman of a user who is not root: it starts koker as root of a user namespace of its own, with rights in that alone. */
@Timeout(180)
class RootlessPodmanIT {
    private static final int USER = 12345;

    /** The host knows no such user, and lends him no others (subuid(5)). */
    private static final String PREPARE = """
            mount --make-rshared /
            mkdir -p /run/etc /run/user
            { cat /etc/passwd; echo 'lab:x:%1$d:%1$d::%2$s:/bin/sh'; } >/run/etc/passwd
            { cat /etc/group; echo 'lab:x:%1$d:'; } >/run/etc/group
            echo 'lab:100000:65536' | tee /run/etc/subuid >/run/etc/subgid
            mount -t overlay -o lowerdir=/run/etc:/etc overlay /etc
            install -d -o %1$d -g %1$d -m 700 /run/user/%1$d %2$s
            """;

    @RegisterExtension
    static final Host host = new Host();

    private static Path folder;
    private static Path runtime;
    private static Apart apart;

    @BeforeAll
    static void start() throws IOException {
        folder = Files.createTempDirectory("podman");
        host.command("chmod", "755", folder).run().succeeded();
        runtime = RuntimeLink.in(folder).file();
        apart = new Apart(PREPARE.formatted(USER, home()));
        var image = folder.resolve("busybox.tar");
        host.koker("-q", "save", "-o", image, "busybox").run().succeeded();
        host.command("chmod", "644", image).run().succeeded();
        podman("load", "-q", "-i", image).run().succeeded();
    }

    @AfterAll
    static void stop() {
        apart.close();
        host.command("rm", "-rf", folder).run().succeeded();
    }

    private static Path home() {
        return folder.resolve("home");
    }

    private static Command podman(Object... words) {
        return host.command(apart.words(
                        "setpriv",
                        "--reuid=" + USER,
                        "--regid=" + USER,
                        "--clear-groups",
                        "podman",
                        "--storage-driver=vfs",
                        "--cgroup-manager=cgroupfs",
                        "--events-backend=file",
                        "--runtime=" + runtime,
                        Command.words(words)))
                .in(folder)
                .onlyEnv(Map.of(
                        "PATH",
                        "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                        "HOME",
                        home().toString(),
                        "KOKER_CACHE",
                        home().resolve(".cache/koker").toString(), // what Podman clears of variables uses it, too
                        "XDG_RUNTIME_DIR",
                        "/run/user/" + USER));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '@', quoteCharacter = '`', textBlock = """
            0 12345 1        @                                @ echo $(id -u) $(tr -s ' ' </proc/self/uid_map | head -n 1 | cut -d' ' -f3,4)
            1000 10 20       @ --user=1000:10 --group-add=20  @ id -u; id -G
            12345            @ --userns=keep-id               @ id -u
            crw-rw-rw- 1,    @ --device=/dev/full             @ ls -l /dev/full | tr -s ' ' | cut -d' ' -f1,5
            shared           @ --volume=HOME:/shared:ro       @ test -d /shared && ! touch /shared/file 2>/dev/null && echo shared
            1024             @ --tmpfs=/small:size=1m         @ df -k /small | tail -n 1 | tr -s ' ' | cut -d' ' -f2
            closed           @ --read-only                    @ touch /file 2>/dev/null || echo closed
            1                @ --sysctl=net.ipv4.ip_forward=1 @ cat /proc/sys/net/ipv4/ip_forward
            100              @ --ulimit=nofile=100:100        @ ulimit -n
            000001ffffffffff @ --privileged                   @ grep CapEff /proc/self/status | cut -f2
            0000000000000000 @ --cap-drop=all                 @ grep CapEff /proc/self/status | cut -f2
            ok               @ --pid=host --uts=host          @ echo ok
            /dev/pts/0       @ -t                             @ tty
            """)
    void theWorldInsideIsPodmans(String expected, String options, String script) {
        var words = options == null
                ? List.of()
                : List.of(options.replace("HOME", home().toString()).split(" "));
        var ended = podman("run", "--rm", "--network=none", words, "busybox", "sh", "-c", script)
                .run();
        assertEquals("", ended.errors());
        assertEquals(expected, ended.out().strip().replaceAll("\\s+", " "));
    }

    @Test
    void aLife() {
        podman("run", "-d", "--name=one", "--network=none", "busybox", "sleep", "1000")
                .run()
                .succeeded();
        assertEquals(
                "uid=5 gid=0(root)\n",
                podman("exec", "--user=5", "one", "id").run().succeeded().out());
        assertEquals(7, podman("exec", "one", "sh", "-c", "exit 7").run().status());
        podman("restart", "-t", "0", "one").run().succeeded();
        var pause = podman("pause", "one").run();
        assertTrue(pause.errors().contains("cgroup"), pause.errors());
        podman("kill", "one").run().succeeded();
        assertEquals("137\n", podman("wait", "one").run().succeeded().out());
        podman("rm", "one").run().succeeded();
    }

    @Test
    void builds() throws IOException {
        var context = Files.createDirectory(folder.resolve("context"));
        Files.writeString(context.resolve("Dockerfile"), "FROM busybox\nRUN id -u >/user\n");
        podman("build", "--network=none", "-q", "-t", "built", context).run().succeeded();
        assertEquals(
                "0\n",
                podman("run", "--rm", "--network=none", "built", "cat", "/user")
                        .run()
                        .succeeded()
                        .out());
    }
}

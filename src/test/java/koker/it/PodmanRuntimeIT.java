package koker.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Podman and Buildah run their containers through koker. */
class PodmanRuntimeIT {
    private static final String IMAGE = "docker.io/library/busybox";
    private static final List<String> NAMESPACES =
            List.of("sh", "-c", "for type in net ipc uts; do readlink /proc/self/ns/$type; done");

    @RegisterExtension
    static final Host host = new Host();

    private static Path folder;
    private static RuntimeLink runtime;
    private static Apart apart;

    @BeforeAll
    static void start() throws IOException {
        folder = Files.createTempDirectory("podman"); // the path of its folder for what runs may have 50 characters
        runtime = RuntimeLink.in(folder);
        apart = new Apart("mkdir -p /var/lib/cni\nmount -t tmpfs tmpfs /var/lib/cni");
        // Podman starts what starts koker with hardly any environment.
        var variables = runtime.environment().entrySet().stream()
                .map(variable -> '"' + variable.getKey() + "=" + variable.getValue() + '"')
                .toList();
        Files.writeString(folder.resolve("containers.conf"), """
                [containers]
                default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
                [engine]
                conmon_env_vars = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", %s]
                """.formatted(String.join(", ", variables)));
        var image = folder.resolve("busybox.tar");
        host.koker("-q", "save", "-o", image, "busybox").run().succeeded();
        var loaded = podman("load", "-q", "-i", image).run();
        assertEquals(0, loaded.status(), loaded.errors());
    }

    @AfterAll
    static void stop() throws Exception {
        podman("rm", "-fa", "-t", "0").run();
        apart.close();
        new ProcessBuilder("rm", "-rf", folder.toString()).start().waitFor();
    }

    @AfterEach
    void removeContainers() {
        podman("pod", "rm", "-fa", "-t", "0").run();
        podman("rm", "-fa", "-t", "0").run();
        assertEquals("", ok("ps", "-aq"));
    }

    @Test
    void runs() {
        var ended = run(IMAGE, "sh", "-c", "echo out; echo err >&2; exit 7").run();
        assertEquals("out\n", ended.out());
        assertEquals("err\n", ended.errors());
        assertEquals(7, ended.status());
        assertEquals(
                "read\n",
                run("-i", IMAGE, "cat").input("read\n").run().succeeded().out());
    }

    @ParameterizedTest
    @CsvSource({"127, no-such-command", "127, /no/such/command", "126, /etc", "126, /etc/hostname"})
    void whatCannotBeExecutedEndsAsWithRunc(int status, String command) {
        var ended = run(IMAGE, command).run();
        assertEquals(status, ended.status(), ended.errors());
    }

    @Test
    void theWorldInsideIsPodmans() {
        assertEquals(
                "1000:10 /tmp inside yes 2 mounted",
                run(
                                "--user=1000:10",
                                "--workdir=/tmp",
                                "--hostname=inside",
                                "--env=ANSWER=yes",
                                "--memory=64m",
                                "--volume=" + host.work() + ":/work",
                                "--read-only",
                                IMAGE,
                                "sh",
                                "-c",
                                "echo $(id -u):$(id -g) $(pwd) $(hostname) $ANSWER "
                                        + "$(awk '/Seccomp:/ { print $2 }' /proc/self/status) $(test -d /work && echo mounted)")
                        .run()
                        .succeeded()
                        .out()
                        .strip());
    }

    @Test
    void aTerminalIsAProperOne() {
        var said = terminal("run --rm -it --network=none " + IMAGE
                + " sh -c 'test $(tty) = /dev/pts/0 && test -c /dev/console && exit 9'");
        assertEquals(9, said.status(), said.out());
    }

    @Test
    void execJoins() {
        sleeper("one");
        var ended = podman(
                        "exec",
                        "-w",
                        "/tmp",
                        "-e",
                        "ANSWER=yes",
                        "-u",
                        "7",
                        "one",
                        "sh",
                        "-c",
                        "echo $(pwd) $ANSWER $(id -u); exit 4")
                .run();
        assertEquals("/tmp yes 7\n", ended.out());
        assertEquals(4, ended.status());
        assertEquals(127, podman("exec", "one", "no-such-command").run().status());
        assertEquals(126, podman("exec", "one", "/etc").run().status());
        var said = terminal("exec -it one sh -c 'test -t 0 && exit 9'");
        assertEquals(9, said.status(), said.out());
        ok("exec", "-d", "one", "touch", "/done");
        Poll.until(
                "the file",
                () -> podman("exec", "one", "test", "-e", "/done").run().status() == 0);
    }

    @Test
    void aContainerLivesItsLife() {
        sleeper("one");
        ok("pause", "one");
        assertEquals("paused", inspect("one", "State.Status"));
        ok("unpause", "one");
        assertEquals("running", inspect("one", "State.Status"));
        ok("stop", "-t", "0", "one");
        assertEquals("exited 137", inspect("one", "State.Status") + " " + inspect("one", "State.ExitCode"));
        ok("start", "one");
        assertTrue(ok("top", "one").contains("sleep 1000"));
        ok("kill", "one");
        assertEquals("137", ok("wait", "one"));
        ok("rm", "one");
        ok("create", "--name=two", "--network=none", IMAGE, "true");
        ok("init", "two");
        assertEquals("initialized", inspect("two", "State.Status"));
        ok("start", "-a", "two");
    }

    @Test
    void aPodSharesNamespaces() {
        ok(
                "pod",
                "create",
                "--name=pod",
                "--network=none",
                "--infra-image=" + IMAGE,
                "--infra-command=/bin/sleep 1000");
        ok("run", "-d", "--pod=pod", "--name=inside", IMAGE, "sleep", "1000");
        var inside = ok("exec", "inside", NAMESPACES);
        assertEquals(inside, ok("run", "--rm", "--pod=pod", IMAGE, NAMESPACES));
        assertNotEquals(inside, run(IMAGE, NAMESPACES).run().succeeded().out().strip());
    }

    @Test
    void aUserNamespaceIsShared() {
        ok("run", "-d", "--name=mapped", "--network=none", "--uidmap=0:100000:65536", IMAGE, "sleep", "1000");
        var owners = List.of("sh", "-c", "readlink /proc/self/ns/user; cat /proc/self/uid_map");
        var mapped = ok("exec", "mapped", owners);
        assertTrue(mapped.matches("(?s)user:.* 100000 +65536"), mapped);
        assertEquals(mapped, ok("run", "--rm", "--network=none", "--userns=container:mapped", IMAGE, owners));
    }

    @Test
    void aNetworkIsPodmans() {
        assertTrue(ok("run", "--rm", IMAGE, "ip", "addr", "show", "eth0").contains("inet 10.88."));
    }

    @Test
    void buildahBuilds() throws IOException {
        Files.writeString(host.work().resolve("Dockerfile"), """
                FROM %s
                RUN echo built >/word && test -e /proc/self
                CMD ["cat", "/word"]
                """.formatted(IMAGE));
        var built = host.command(apart.words(
                        "buildah",
                        store(),
                        "bud",
                        "--isolation=oci",
                        "--network=none",
                        "--runtime=" + runtime.file(),
                        "--tag=built",
                        host.work()))
                .env("CONTAINERS_CONF", folder.resolve("containers.conf").toString())
                .run();
        assertEquals(0, built.status(), built.errors());
        assertEquals("built", run("localhost/built").run().succeeded().out().strip());
    }

    @Test
    void recordingsTellWhatPodmanStartedAndWhyAContainerDidNotStart() {
        var started = ok("create", "--network=none", IMAGE, "true");
        ok("start", "-a", started);
        runtime.tellsOf(host, started, "create", "exit status 0", "mounts, and what lies in the root");
        var failed = ok("create", "--network=none", IMAGE, "no-such-command");
        assertNotEquals(0, podman("start", failed).run().status());
        runtime.tellsOf(
                host,
                failed,
                "create",
                "exit status 1",
                "FAILED: Find command command=no-such-command: faccessat: ENOENT",
                "executable file not found in $PATH");
    }

    /** Podman copies the annotations of an image to its containers. */
    @Test
    void anAnnotationNamesOnlyAFolderThatIsMeantForRecordings() throws IOException {
        var conf = Files.writeString(host.work().resolve("containers.conf"), """
                [engine]
                conmon_env_vars = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "KOKER_CACHE=%s"]
                """.formatted(Host.CACHE));
        var made = host.work().resolve("made");
        var container = host.command(apart.words("buildah", store(), "from", IMAGE))
                .run()
                .succeeded()
                .out()
                .strip();
        for (var words : List.of(
                List.of("config", "--annotation=koker.trace=" + made, "--label=koker.trace=" + made, container),
                List.of("commit", "-q", "--rm", container, "hostile"))) {
            assertEquals(
                    0,
                    host.command(apart.words("buildah", store(), words)).run().status());
        }
        var refused = run("localhost/hostile", "true")
                .env("CONTAINERS_CONF", conf.toString())
                .run();
        assertNotEquals(0, refused.status());
        assertTrue(refused.errors().contains("koker.trace"), refused.errors());
        assertFalse(Files.exists(made));
        var folder = Files.createDirectory(
                host.work().resolve("meant"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        run("--annotation=koker.trace=" + folder, "--cidfile=" + host.work().resolve("id"), IMAGE, "true")
                .env("CONTAINERS_CONF", conf.toString())
                .run()
                .succeeded();
        var id = Files.readString(host.work().resolve("id"));
        for (var verb : List.of("create", "start", "delete")) {
            new RuntimeLink(runtime.file(), folder).tellsOf(host, id, verb, "exit status 0");
        }
    }

    private static List<String> store() {
        return List.of(
                "--root=" + folder.resolve("root"), "--runroot=" + folder.resolve("run"), "--storage-driver=overlay");
    }

    private static List<String> words(Object... words) {
        return apart.words(
                "podman",
                store(),
                "--runtime=" + runtime.file(),
                "--tmpdir=" + folder.resolve("tmp"),
                "--network-config-dir=" + folder.resolve("networks"),
                "--cgroup-manager=cgroupfs",
                "--events-backend=file",
                Command.words(words));
    }

    private static Command command(List<String> words) {
        return host.command(words)
                .env("CONTAINERS_CONF", folder.resolve("containers.conf").toString());
    }

    private static Command podman(Object... words) {
        return command(words(words));
    }

    private static Command run(Object... words) {
        return podman("run", "--rm", "--network=none", Command.words(words));
    }

    private static Command.Ended terminal(String words) {
        return command(List.of("script", "-qec", String.join(" ", words()) + " " + words, "/dev/null"))
                .run();
    }

    private static String ok(Object... words) {
        return podman(words).run().succeeded().out().strip();
    }

    private static void sleeper(String name) {
        ok("run", "-d", "--name=" + name, "--network=none", IMAGE, "sleep", "1000");
    }

    private static String inspect(String name, String field) {
        return ok("inspect", "--format={{." + field + "}}", name);
    }
}

package koker.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Docker runs its containers through koker, and notices nothing. */
class DockerRuntimeIT {
    /** Where a swarm's nodes would find one another, if they were let out. */
    private static final String ADDRESS = "192.0.2.1";

    @RegisterExtension
    static final Host host = new Host();

    private static Path folder;
    private static RuntimeLink runtime;
    private static Apart apart;
    private static Docker docker;

    @BeforeAll
    static void start() throws IOException {
        folder = Files.createTempDirectory(Host.TARGET, "docker-runtime");
        runtime = RuntimeLink.in(folder);
        apart = new Apart("mount --make-rshared /\nip address add " + ADDRESS + "/32 dev lo");
        docker = Docker.over(runtime, apart, folder.resolve("daemon"));
        var image = folder.resolve("busybox.tar");
        host.koker("-q", "save", "-o", image, "busybox").run().succeeded();
        ok("load", "-i", image);
    }

    @AfterAll
    static void stop() throws Exception {
        apart.close();
        docker.close();
        new ProcessBuilder("rm", "-rf", folder.toString()).start().waitFor();
    }

    @AfterEach
    void removeContainers() {
        var all = ok("ps", "-aq").lines().toList();
        if (!all.isEmpty()) {
            docker("rm", "-fv", all).run().succeeded();
        }
    }

    @Test
    void runs() {
        var ended = run("busybox", "sh", "-c", "echo out; echo err >&2; exit 7").run();
        assertEquals("out\n", ended.out());
        assertEquals("err\n", ended.errors());
        assertEquals(7, ended.status());
        assertEquals(
                "read\n",
                run("-i", "busybox", "cat").input("read\n").run().succeeded().out());
        assertEquals("", ok("ps", "-aq"));
    }

    @ParameterizedTest
    @CsvSource({
        "127, no-such-command, no such file or directory|not found",
        "127, /no/such/command, no such file or directory",
        "126, /etc, permission denied",
        "126, /etc/hostname, permission denied"
    })
    void whatCannotBeExecutedEndsAsWithRunc(int status, String command, String why) {
        var ended = run("busybox", command).run();
        assertEquals(status, ended.status(), ended.errors());
        assertTrue(Pattern.compile(why).matcher(ended.errors()).find(), ended.errors());
    }

    @Test
    void aWorkingFolderThatIsAFileIsRefused() {
        var ended = run("-w", "/bin/busybox", "busybox", "true").run();
        assertNotEquals(0, ended.status());
    }

    @Test
    void theWorldInsideIsDockers() {
        assertEquals(
                "1000:10 /tmp inside yes",
                ok(
                        "run",
                        "--rm",
                        "-u",
                        "1000:10",
                        "-w",
                        "/tmp",
                        "-h",
                        "inside",
                        "-e",
                        "ANSWER=yes",
                        "busybox",
                        "sh",
                        "-c",
                        "echo $(id -u):$(id -g) $(pwd) $(hostname) $ANSWER"));
        assertEquals(
                "",
                ok(
                        "run",
                        "--rm",
                        "--read-only",
                        "busybox",
                        "sh",
                        "-c",
                        "touch /file 2>/dev/null || touch /dev/shm/file"));
        assertEquals("Seccomp:\t2", ok("run", "--rm", "busybox", "grep", "Seccomp:", "/proc/self/status"));
        assertEquals("100", ok("run", "--rm", "--ulimit", "nofile=100:200", "busybox", "sh", "-c", "ulimit -n"));
        assertEquals(
                "12345",
                ok("run", "--rm", "--sysctl", "kernel.msgmax=12345", "busybox", "cat", "/proc/sys/kernel/msgmax"));
        assertEquals(
                "CapBnd:\t0000000000000400",
                ok(
                        "run",
                        "--rm",
                        "--cap-drop=ALL",
                        "--cap-add=NET_BIND_SERVICE",
                        "busybox",
                        "grep",
                        "CapBnd",
                        "/proc/self/status"));
        assertEquals(
                "crw-rw-rw- 1, 7",
                ok(
                        "run",
                        "--rm",
                        "--device=/dev/full:/dev/filled",
                        "busybox",
                        "sh",
                        "-c",
                        "ls -l /dev/filled | awk '{ print $1, $5, $6 }'"));
        assertEquals(
                "0 0",
                ok("run", "--rm", "busybox", "sh", "-c", "test -c /proc/keys; echo $? $(ls /sys/firmware | wc -l)"));
        assertEquals(
                "NoNewPrivs:\t1",
                ok(
                        "run",
                        "--rm",
                        "--security-opt=no-new-privileges",
                        "busybox",
                        "grep",
                        "NoNewPrivs",
                        "/proc/self/status"));
        assertEquals("700", ok("run", "--rm", "--oom-score-adj=700", "busybox", "cat", "/proc/self/oom_score_adj"));
    }

    @Test
    void aPrivilegedContainerIsAllowedAll() {
        assertEquals(
                "mounted",
                ok(
                        "run",
                        "--rm",
                        "--privileged",
                        "busybox",
                        "sh",
                        "-c",
                        "mkdir /place && mount -t tmpfs none /place && echo $((1 + $(cat /proc/sys/kernel/msgmax))) >/proc/sys/kernel/msgmax && echo mounted"));
        assertEquals(
                "Seccomp:\t0", ok("run", "--rm", "--privileged", "busybox", "grep", "Seccomp:", "/proc/self/status"));
    }

    @Test
    void aSeccompProfileIsHeeded() throws IOException {
        var profile = Files.writeString(host.work().resolve("profile.json"), """
                {"defaultAction": "SCMP_ACT_ALLOW",
                 "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28}]}
                """);
        var ended = run("--security-opt=seccomp=" + profile, "busybox", "mkdir", "/folder")
                .run();
        assertTrue(ended.errors().contains("No space left on device"), ended.errors());
        assertEquals(
                "Seccomp:\t0",
                ok(
                        "run",
                        "--rm",
                        "--security-opt=seccomp=unconfined",
                        "busybox",
                        "grep",
                        "Seccomp:",
                        "/proc/self/status"));
        assertNotEquals(0, run("busybox", "unshare", "-m", "true").run().status());
    }

    @Test
    void aTerminalIsAProperOne() {
        var said = host.command(
                        "script",
                        "-qec",
                        String.join(" ", docker.words("run", "--rm", "-it", "busybox"))
                                + " sh -c 'stty size; tty; test -c /dev/console && echo console; test -t 0 -a -t 1 -a -t 2 && exit 9'",
                        "/dev/null")
                .run();
        assertEquals(9, said.status(), said.out());
        assertTrue(said.out().contains("/dev/pts/0\r\nconsole"), said.out());
    }

    @Test
    void execJoins() {
        sleeper("one");
        assertEquals("one", ok("exec", "one", "hostname"));
        var ended = docker("exec", "one", "sh", "-c", "echo out; echo err >&2; exit 5")
                .run();
        assertEquals("out\n", ended.out());
        assertEquals("err\n", ended.errors());
        assertEquals(5, ended.status());
        assertEquals(
                "7 /tmp yes",
                ok(
                        "exec",
                        "-u",
                        "7",
                        "-w",
                        "/tmp",
                        "-e",
                        "ANSWER=yes",
                        "one",
                        "sh",
                        "-c",
                        "echo $(id -u) $(pwd) $ANSWER"));
        assertEquals("Seccomp:\t2", ok("exec", "one", "grep", "Seccomp:", "/proc/self/status"));
        assertEquals(
                "read\n",
                docker("exec", "-i", "one", "cat")
                        .input("read\n")
                        .run()
                        .succeeded()
                        .out());
        assertEquals(
                "tty\r\n",
                host.command(
                                "script",
                                "-qec",
                                String.join(
                                        " ", docker.words("exec", "-it", "one", "sh", "-c", "'test -t 0 && echo tty'")),
                                "/dev/null")
                        .run()
                        .out()
                        .replace("\0", "")
                        .replace("^@", ""));
        ok("exec", "-d", "one", "touch", "/done");
        Poll.until(
                "the file",
                () -> docker("exec", "one", "test", "-e", "/done").run().status() == 0);
        var missing = docker("exec", "one", "no-such-command").run();
        assertTrue(List.of(126, 127).contains(missing.status()), missing.errors() + missing.out());
        assertEquals(126, docker("exec", "one", "/etc").run().status());
    }

    @Test
    void stopAndKillSendSignals() {
        ok("run", "-d", "--name=deaf", "busybox", "sleep", "1000");
        ok("stop", "-t", "0", "deaf");
        assertEquals("137", inspect("deaf", "State.ExitCode"));
        ok(
                "run",
                "-d",
                "--name=polite",
                "busybox",
                "sh",
                "-c",
                "trap 'exit 3' TERM; trap 'echo heard' USR1; echo up; while :; do sleep 0.05; done");
        await("polite", "up");
        ok("kill", "-s", "USR1", "polite");
        await("polite", "heard");
        ok("stop", "polite");
        assertEquals("3", inspect("polite", "State.ExitCode"));
        ok("start", "polite");
        ok("kill", "polite");
        assertEquals("137", ok("wait", "polite"));
        assertNotEquals(0, docker("kill", "polite").run().status());
    }

    @Test
    void pauses() {
        ok("run", "-d", "--name=ticker", "busybox", "sh", "-c", "while :; do echo tick; sleep 0.02; done");
        await("ticker", "tick");
        ok("pause", "ticker");
        assertEquals("paused", inspect("ticker", "State.Status"));
        var before = docker("logs", "ticker").run().out().length();
        assertEquals(before, docker("logs", "ticker").run().out().length());
        ok("unpause", "ticker");
        Poll.until("it goes on", () -> docker("logs", "ticker").run().out().length() > before);
    }

    @Test
    void limitsAreSetChangedAndMeasured() {
        docker(
                        "run",
                        "-d",
                        "--name=limited",
                        "--memory=64m",
                        "--pids-limit=50",
                        "--cpus=0.5",
                        "busybox",
                        "sleep",
                        "1000")
                .run();
        assertEquals("67108864", limit("limited", "memory/memory.limit_in_bytes"));
        assertEquals("50", limit("limited", "pids/pids.max"));
        assertEquals("50000", limit("limited", "cpu/cpu.cfs_quota_us"));
        docker("update", "--memory=96m", "--memory-swap=192m", "--pids-limit=60", "--cpus=0.25", "limited")
                .run();
        assertEquals("100663296", limit("limited", "memory/memory.limit_in_bytes"));
        assertEquals("60", limit("limited", "pids/pids.max"));
        assertEquals("25000", limit("limited", "cpu/cpu.cfs_quota_us"));
        var stats = ok("stats", "--no-stream", "--format={{.MemUsage}} {{.PIDs}}", "limited");
        assertTrue(stats.matches("[0-9.]+[kKM]i?B / 96MiB 1"), stats);
        assertTrue(ok("top", "limited").contains("sleep 1000"));
        var ended = run("--memory=16m", "busybox", "sh", "-c", "head -c 100m /dev/zero | tail")
                .run();
        assertNotEquals(0, ended.status());
    }

    @Test
    void restartsAsItsPolicySays() {
        ok("run", "-d", "--name=again", "--restart=on-failure:2", "busybox", "sh", "-c", "echo started; exit 4");
        Poll.until(
                "it has been restarted twice",
                () -> inspect("again", "RestartCount").equals("2")
                        && inspect("again", "State.Status").equals("exited"));
        assertEquals("started\nstarted\nstarted", ok("logs", "again"));
    }

    @Test
    void healthIsLookedAfter() {
        ok(
                "run",
                "-d",
                "--name=ill",
                "--health-cmd=test ! -e /ill",
                "--health-interval=100ms",
                "--health-retries=1",
                "busybox",
                "sleep",
                "1000");
        Poll.until("healthy", () -> inspect("ill", "State.Health.Status").equals("healthy"));
        ok("exec", "ill", "touch", "/ill");
        Poll.until("unhealthy", () -> inspect("ill", "State.Health.Status").equals("unhealthy"));
    }

    @Test
    void buildsAnImage() throws IOException {
        Files.writeString(host.work().resolve("Dockerfile"), """
                FROM busybox
                ARG WORD=none
                RUN echo builder:x:1000:1000::/:/bin/sh >>/etc/passwd && chmod 755 / && mkdir /made && echo $WORD >/made/word
                USER builder
                WORKDIR /made
                RUN test $(id -un) = builder
                CMD ["cat", "word"]
                """);
        var built = docker("build", "-q", "--build-arg", "WORD=koker", "-t", "built", host.work())
                .env("DOCKER_BUILDKIT", "0")
                .run();
        assertEquals(0, built.status(), built.errors());
        assertEquals("koker", ok("run", "--rm", "built"));
        var failed = docker("build", "-q", "-")
                .env("DOCKER_BUILDKIT", "0")
                .input("FROM busybox\nRUN exit 8\n")
                .run();
        assertTrue(failed.errors().contains("returned a non-zero code: 8"), failed.errors());
        ok("rmi", "-f", "built");
    }

    @Test
    void volumesAreMounted() throws IOException {
        Files.createDirectory(host.work().resolve("shared"));
        Files.writeString(host.work().resolve("shared/file"), "from outside\n");
        ok("run", "--rm", "-v", "box:/box", "busybox", "sh", "-c", "echo kept >/box/file");
        assertEquals("kept", ok("run", "--rm", "-v", "box:/box:ro", "busybox", "cat", "/box/file"));
        assertNotEquals(
                0,
                run("-v", "box:/box:ro", "busybox", "touch", "/box/file").run().status());
        ok("volume", "rm", "box");
        assertEquals(
                "from outside",
                ok(
                        "run",
                        "--rm",
                        "-v",
                        host.work().resolve("shared") + ":/new/place",
                        "busybox",
                        "cat",
                        "/new/place/file"));
        assertEquals(
                "from outside",
                ok(
                        "run",
                        "--rm",
                        "-v",
                        host.work().resolve("shared/file") + ":/etc/passwd:ro",
                        "busybox",
                        "cat",
                        "/etc/passwd"));
        assertEquals(
                "tmpfs 4096",
                ok(
                        "run",
                        "--rm",
                        "--tmpfs=/scratch:size=4m",
                        "busybox",
                        "sh",
                        "-c",
                        "df -k /scratch | awk 'END { print $1, $2 }'"));
        assertTrue(ok(
                        "run",
                        "--rm",
                        "--mount=type=bind,source=" + host.work() + ",target=/work,bind-propagation=rslave",
                        "busybox",
                        "grep",
                        " /work ",
                        "/proc/self/mountinfo")
                .contains("master:"));
    }

    @Test
    void volumesMayBeDevices() {
        assertEquals(
                "1:9",
                ok("run", "--rm", "-v", "/dev/urandom:/dev/random", "busybox", "stat", "-c", "%t:%T", "/dev/random"));
        assertEquals(
                "a:e5",
                ok(
                        "run",
                        "--rm",
                        "-v",
                        "/dev/fuse:/dev/fuse",
                        "--device=/dev/fuse",
                        "busybox",
                        "stat",
                        "-c",
                        "%t:%T",
                        "/dev/fuse"));
        assertEquals(
                "tty",
                ok(
                        "run",
                        "--rm",
                        "-t",
                        "-v",
                        "/dev:/dev",
                        "busybox",
                        "sh",
                        "-c",
                        "test -t 0 && test -c /dev/console && echo tty"));
    }

    @Test
    void aTmpfsIsAsClosedAsTheFolderThatItHides() {
        var mode = List.of("busybox", "stat", "-c", "%a", "/root");
        assertEquals("700", ok("run", "--rm", mode));
        assertEquals("700", ok("run", "--rm", "--tmpfs=/root", mode));
        assertEquals("711", ok("run", "--rm", "--tmpfs=/root:mode=711", mode));
    }

    /** Docker makes the root a slave as soon as one volume is. */
    @Test
    void aVolumeIsPrivateWhereAnotherOneIsNot() {
        var mounts = ok(
                "run",
                "--rm",
                "--mount=type=bind,source=" + host.work() + ",target=/work,bind-propagation=rslave",
                "-v",
                host.work() + ":/private",
                "busybox",
                "cut",
                "-d ",
                "-f5,7",
                "/proc/self/mountinfo");
        assertTrue(mounts.contains("/work master:"), mounts);
        assertTrue(mounts.contains("/private -"), mounts);
    }

    @Test
    void anInitReaps() {
        assertEquals(
                "1 /sbin/docker-init",
                ok(
                        "run",
                        "--rm",
                        "--init",
                        "busybox",
                        "sh",
                        "-c",
                        "echo 1 $(tr '\\0' ' ' </proc/1/cmdline | cut -d' ' -f1)"));
        assertEquals(
                143, run("--init", "busybox", "sh", "-c", "kill -TERM $$").run().status());
    }

    @Test
    void namespacesAreShared() {
        sleeper("first");
        assertEquals(
                namespaces("exec", "first"),
                namespaces(
                        "run",
                        "--rm",
                        "--network=container:first",
                        "--ipc=container:first",
                        "--pid=container:first",
                        "busybox"));
        assertNotEquals(namespaces("exec", "first"), namespaces("run", "--rm", "busybox"));
        assertTrue(ok("run", "--rm", "--pid=host", "busybox", "ps").contains("dockerd"));
        assertEquals("lo", ok("run", "--rm", "--network=none", "busybox", "ls", "/sys/class/net"));
        assertTrue(ok("run", "--rm", "--network=host", "busybox", "ls", "/sys/class/net")
                .contains("docker0"));
    }

    @Test
    void networksConnect() {
        ok("network", "create", "between");
        ok(
                "run",
                "-d",
                "--name=server",
                "--network=between",
                "-p",
                "127.0.0.1:8080:80",
                "busybox",
                "sh",
                "-c",
                "echo hello >/tmp/index.html; exec httpd -f -h /tmp");
        assertEquals(
                "hello",
                ok(
                        "run",
                        "--rm",
                        "--network=between",
                        "busybox",
                        "sh",
                        "-c",
                        "for i in $(seq 50); do wget -qO- http://server/ 2>/dev/null && break; sleep 0.1; done"));
        assertEquals("hello", ok("run", "--rm", "--network=host", "busybox", "wget", "-qO-", "http://127.0.0.1:8080/"));
        ok("rm", "-f", "server");
        ok("network", "rm", "between");
    }

    @Test
    void logsAndFilesAreThere() throws IOException {
        ok("run", "--name=talker", "busybox", "sh", "-c", "echo one; echo two");
        assertEquals("one\ntwo", ok("logs", "talker"));
        assertEquals("two", ok("logs", "--tail=1", "talker"));
        ok("run", "-d", "--name=files", "busybox", "sh", "-c", "echo inside >/file; sleep 1000");
        Poll.until(
                "the file",
                () -> docker("exec", "files", "test", "-s", "/file").run().status() == 0);
        ok("cp", "files:/file", host.work().resolve("copy"));
        assertEquals("inside\n", Files.readString(host.work().resolve("copy")));
        assertTrue(ok("diff", "files").contains("A /file"));
    }

    @Test
    void manyAtATimeStartAndEnd() {
        var started = new ArrayList<Command.Running>();
        for (var i = 0; i < 6; i++) {
            started.add(run("busybox", "sh", "-c", "exit " + (40 + i)).start());
        }
        for (var i = 0; i < 6; i++) {
            assertEquals(40 + i, started.get(i).end().status());
        }
    }

    @Test
    void aSwarmKeepsAServiceRunning() {
        ok("swarm", "init", "--advertise-addr=" + ADDRESS, "--listen-addr=" + ADDRESS);
        try {
            ok(
                    "service",
                    "create",
                    "--detach",
                    "--no-resolve-image",
                    "--name=service",
                    "--replicas=2",
                    "--restart-delay=0s",
                    "--stop-grace-period=0s",
                    "busybox",
                    "sleep",
                    "1000");
            Poll.until("both run", () -> running().size() == 2);
            var one = running().getFirst();
            assertEquals("koker", inspect(one, "HostConfig.Runtime"));
            ok("kill", one);
            Poll.until(
                    "it is replaced", () -> running().size() == 2 && !running().contains(one));
            assertEquals("137", inspect(one, "State.ExitCode"));
            ok("service", "rm", "service");
            Poll.until("none is left", () -> ok("ps", "-aq").isEmpty());
        } finally {
            ok("swarm", "leave", "--force");
        }
    }

    @Test
    void usersAreRemapped() throws IOException {
        var place = Files.createTempDirectory("remapped", Docker.PASSABLE);
        var ids = Files.writeString(place.resolve("ids"), "daemon:300000:65536\n");
        var mapped = new Apart(
                "mount --make-rshared /\nfor file in /etc/subuid /etc/subgid; do mount --bind " + ids + " $file; done");
        try (mapped) {
            var daemon = Docker.over(
                    runtime,
                    mapped,
                    place.resolve("daemon"),
                    "--userns-remap=daemon",
                    "--bridge=none",
                    "--iptables=false",
                    "--ip6tables=false",
                    "--ip-forward=false");
            try {
                remapped(daemon, "load", "-i", folder.resolve("busybox.tar"));
                assertEquals(
                        "0 300000 65536 0 0",
                        remapped(
                                daemon,
                                "run",
                                "--rm",
                                "--network=none",
                                "--volume=box:/box",
                                "busybox",
                                "sh",
                                "-c",
                                "touch /box/root && touch /tmp/file && ! echo 1 2>/dev/null >/proc/sys/kernel/msgmax "
                                        + "&& echo $(cat /proc/self/uid_map) $(stat -c '%u %g' /box/root)"));
                remapped(
                        daemon,
                        "run",
                        "--rm",
                        "--network=none",
                        "--volume=box:/box",
                        "busybox",
                        "sh",
                        "-c",
                        "touch /box/seven && chown 7:8 /box/seven");
                var box = place.resolve("daemon/data/300000.300000/volumes/box/_data");
                assertEquals(300000, Files.getAttribute(box.resolve("root"), "unix:uid"));
                assertEquals(300007, Files.getAttribute(box.resolve("seven"), "unix:uid"));
                assertEquals(300008, Files.getAttribute(box.resolve("seven"), "unix:gid"));
                remapped(
                        daemon, "run", "-d", "--name=mapped", "--network=none", "--user=5", "busybox", "sleep", "1000");
                assertEquals(
                        "0 300000 65536 5",
                        remapped(daemon, "exec", "mapped", "sh", "-c", "echo $(cat /proc/self/uid_map) $(id -u)"));
                assertEquals(
                        "out",
                        remapped(
                                daemon,
                                "run",
                                "--rm",
                                "--network=none",
                                "--user=1000",
                                "busybox",
                                "sh",
                                "-c",
                                "echo out >/dev/stdout"));
                assertEquals(
                        "64 64",
                        remapped(
                                daemon,
                                "run",
                                "--rm",
                                "--network=none",
                                "--ulimit=nofile=64:64",
                                "busybox",
                                "sh",
                                "-c",
                                "echo $(ulimit -Sn) $(ulimit -Hn)"));
                assertEquals(
                        "0 0 4294967295",
                        remapped(
                                daemon,
                                "run",
                                "--rm",
                                "--network=none",
                                "--userns=host",
                                "busybox",
                                "sh",
                                "-c",
                                "echo $(cat /proc/self/uid_map)"));
                remapped(daemon, "rm", "-f", "mapped");
            } finally {
                mapped.close();
                daemon.close();
            }
        } finally {
            host.command("rm", "-rf", place).run().succeeded();
        }
    }

    @Test
    void recordingsTellWhatDockerStartedAndWhyAContainerDidNotStart() {
        var started = ok("run", "-d", "busybox", "true");
        ok("wait", started);
        runtime.tellsOf(host, started, "create", "exit status 0", "mounts, and what lies in the root");
        runtime.tellsOf(host, started, "start", "exit status 0");
        var failed = docker("create", "busybox", "no-such-command")
                .run()
                .succeeded()
                .out()
                .strip();
        assertNotEquals(0, docker("start", failed).run().status());
        runtime.tellsOf(
                host,
                failed,
                "create",
                "exit status 1",
                "FAILED: Find command command=no-such-command: faccessat: ENOENT",
                "executable file not found in $PATH");
    }

    private static String remapped(Docker daemon, Object... words) {
        return host.command(daemon.words(words)).run().succeeded().out().strip();
    }

    private static List<String> running() {
        return ok("ps", "-q", "--no-trunc").lines().toList();
    }

    private static Command docker(Object... words) {
        return host.command(docker.words(words)).within(Duration.ofSeconds(60));
    }

    private static Command run(Object... words) {
        return docker("run", "--rm", Command.words(words));
    }

    private static String ok(Object... words) {
        return docker(words).run().succeeded().out().strip();
    }

    private static void sleeper(String name) {
        ok("run", "-d", "--ipc=shareable", "--name=" + name, "--hostname=" + name, "busybox", "sleep", "1000");
    }

    private static String inspect(String name, String field) {
        return ok("inspect", "--format={{." + field + "}}", name);
    }

    private static void await(String name, String line) {
        Poll.until(
                name + " says " + line, () -> docker("logs", name).run().lines().contains(line));
    }

    private static String limit(String name, String file) {
        return ok("exec", name, "cat", "/sys/fs/cgroup/" + file);
    }

    private static String namespaces(Object... words) {
        return ok(Command.words(
                        Command.words(words),
                        List.of("sh", "-c", "for type in net ipc pid; do readlink /proc/self/ns/$type; done"))
                .toArray());
    }
}

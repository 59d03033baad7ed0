package koker.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** linux.seccomp, and {@code --security-opt}: calls that the filter is about end as it says, with and without new privileges. */
@Timeout(120)
class SeccompIT {
    private static final String MKDIR =
            "\"syscalls\": [{\"names\": [\"mkdir\", \"mkdirat\", \"nosuchcall\"], \"action\": ";

    @RegisterExtension
    static final Host host = new Host();

    private OciLab lab;

    @BeforeEach
    void makeBundle() throws IOException {
        lab = OciLab.on(host);
        lab.bundle()
                .script(
                        "busybox mkdir /made; echo $?; grep() { busybox grep \"$@\"; }; grep Seccomp: /proc/self/status");
    }

    @AfterEach
    void removeAll() throws IOException {
        lab.close();
    }

    private void filter(boolean noNewPrivileges, String members) throws IOException {
        lab.add("process", "\"noNewPrivileges\": " + noNewPrivileges);
        lab.add("linux.seccomp", members);
    }

    @ParameterizedTest
    @CsvSource({"true,''", "false,''", "true,38", "false,28"})
    void aCallIsRefusedWithAnError(boolean noNewPrivileges, String errno) throws IOException {
        filter(
                noNewPrivileges,
                "\"defaultAction\": \"SCMP_ACT_ALLOW\", \"architectures\": [\"SCMP_ARCH_X86\", \"SCMP_ARCH_X32\"], "
                        + MKDIR + "\"SCMP_ACT_ERRNO\"" + (errno.isEmpty() ? "" : ", \"errnoRet\": " + errno) + "}]");
        var ended = lab.run();
        assertEquals("1\nSeccomp:\t2", ended.out().strip(), ended.errors());
        var reason =
                errno.isEmpty() ? "Operation not permitted" : errno.equals("38") ? "not implemented" : "No space left";
        assertTrue(ended.errors().contains(reason), ended.errors());
    }

    @Test
    void aCallIsPaidForWithTheProcess() throws IOException {
        filter(true, "\"defaultAction\": \"SCMP_ACT_ALLOW\", " + MKDIR + "\"SCMP_ACT_KILL_PROCESS\"}]");
        assertTrue(lab.run().out().startsWith("159\n"), "128 and SIGSYS");
    }

    @Test
    void argumentsDecide() throws IOException {
        filter(
                true,
                "\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"kill\"], \"action\": \"SCMP_ACT_ERRNO\", "
                        + "\"errnoRet\": 28, \"args\": [{\"index\": 1, \"value\": 10, \"op\": \"SCMP_CMP_EQ\"}, "
                        + "{\"index\": 1, \"value\": 12, \"op\": \"SCMP_CMP_EQ\"}]}]");
        lab.bundle().script("for s in 10 12 0; do kill -$s $$ 2>/dev/null; echo $?; done");
        assertEquals("1\n1\n0", lab.run().out().strip(), "two conditions about one argument are alternatives");
    }

    @Test
    void callsNewerThanTheProfileAreUnknown() throws IOException {
        // All calls up to 400 or so that koker's steps and busybox make, and nothing else.
        filter(
                true,
                "\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [{\"action\": \"SCMP_ACT_ALLOW\", \"names\": "
                        + "[\"execve\", \"rt_sigprocmask\", \"brk\", \"arch_prctl\", \"set_tid_address\", \"set_robust_list\", \"rseq\", "
                        + "\"prlimit64\", \"mprotect\", \"mmap\", \"munmap\", \"readlink\", \"readlinkat\", \"getrandom\", \"getuid\", "
                        + "\"write\", \"exit_group\", \"statx\", \"prctl\", \"ioctl\", \"newfstatat\", \"read\", \"getpid\", "
                        + "\"rt_sigaction\", \"getppid\", \"getcwd\", \"close\", \"geteuid\", \"stat\"]}]}]"
                                .replace("]}]}]", "]}]"));
        // busybox nsenter makes setns, which is older than rseq: EPERM; a call that no profile of these knows is
        // ENOSYS.
        lab.bundle().running("busybox", "nsenter", "-t", "1", "-m", "true");
        assertTrue(lab.run().errors().contains("not permitted"), "an old call");
    }

    @Test
    void aFurtherProcessHasTheFilterToo() throws IOException {
        filter(true, "\"defaultAction\": \"SCMP_ACT_ALLOW\", " + MKDIR + "\"SCMP_ACT_ERRNO\"}]");
        lab.bundle().running("sleep", "1000");
        lab.create().run().succeeded();
        lab.oci("start", "c").run().succeeded();
        var ended = lab.oci("exec", "c", "busybox", "mkdir", "/made").run();
        assertEquals(1, ended.status());
        assertTrue(ended.errors().contains("Operation not permitted"), ended.errors());
    }

    /** Starts who decides, and sends what the filter asks there. */
    private Command.Running agent(boolean noNewPrivileges) throws IOException {
        var socket = host.work().resolve("agent");
        filter(
                noNewPrivileges,
                "\"defaultAction\": \"SCMP_ACT_ALLOW\", \"listenerPath\": \"" + socket
                        + "\", \"listenerMetadata\": \"a word\", " + MKDIR + "\"SCMP_ACT_NOTIFY\"}]");
        var agent = host.command(
                        "/usr/bin/python3",
                        Path.of("src/test/java/koker/it/agent.py").toAbsolutePath(),
                        socket)
                .start();
        Poll.until("the agent listens", () -> Files.exists(socket));
        return agent;
    }

    /** As runc's, whose hook of this kind is born of the process that has the filter. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aHookOfItsStartHasTheFilterToo(boolean noNewPrivileges) throws Exception {
        lab.add(
                "hooks",
                "\"startContainer\": [{\"path\": \"/bin/sh\", \"env\": [\"PATH=/bin\"], "
                        + "\"args\": [\"sh\", \"-c\", \"busybox mkdir /made 2>>/hook; true\"]}]");
        var agent = agent(noNewPrivileges);
        try {
            assertEquals("1\nSeccomp:\t2", lab.run().out().strip());
            lab.create().run().succeeded();
            lab.oci("start", "c").run().succeeded();
            Poll.until("it has stopped", () -> lab.status().equals("stopped"));
        } finally {
            agent.process().destroy();
        }
        var said = Files.readString(lab.bundle().folder().resolve("rootfs/hook"));
        assertEquals(2, said.lines().count(), said);
        assertTrue(said.lines().allMatch(line -> line.contains("No space left")), said);
        var told = agent.end().out();
        assertEquals(
                4, told.lines().filter(line -> line.contains("\"seccompFd\"")).count(), told);
        assertEquals(4, told.lines().filter(line -> line.startsWith("asked")).count(), told);
        assertTrue(told.contains("\"status\": \"created\""), told);
    }

    @Test
    void somebodyElseDecides() throws Exception {
        var agent = agent(true);
        try {
            var ended = lab.run();
            assertEquals("1\nSeccomp:\t2", ended.out().strip(), ended.errors());
            assertTrue(ended.errors().contains("No space left"), ended.errors());
        } finally {
            agent.process().destroy();
        }
        var told = agent.end().out();
        assertTrue(told.contains("\"fds\":[\"seccompFd\"]"), told);
        assertTrue(told.contains("\"metadata\":\"a word\""), told);
        assertTrue(told.contains("\"status\": \"creating\""), told);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {
                "\"defaultAction\": \"SCMP_ACT_WRONG\"|unknown action of seccomp: SCMP_ACT_WRONG",
                "\"defaultAction\": \"SCMP_ACT_ALLOW\", \"defaultErrnoRet\": 1|the action SCMP_ACT_ALLOW of seccomp has no errnoRet",
                "\"defaultAction\": \"SCMP_ACT_NOTIFY\"|SCMP_ACT_NOTIFY cannot be the default action",
                "\"defaultAction\": \"SCMP_ACT_ALLOW\", \"architectures\": [\"SCMP_ARCH_PDP11\"]|unknown architecture of seccomp: SCMP_ARCH_PDP11",
                "\"defaultAction\": \"SCMP_ACT_ALLOW\", \"flags\": [\"SECCOMP_FILTER_FLAG_X\"]|unknown flag of seccomp: SECCOMP_FILTER_FLAG_X",
                "\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"read\"], \"action\": \"SCMP_ACT_NOTIFY\"}]|needs linux.seccomp.listenerPath",
                "\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ERRNO\", \"args\": [{\"index\": 6, \"value\": 1, \"op\": \"SCMP_CMP_EQ\"}]}]|arguments from 0 to 5",
                "\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ERRNO\", \"args\": [{\"index\": 0, \"value\": 1, \"op\": \"SCMP_CMP\"}]}]|unknown operator of seccomp: SCMP_CMP"
            })
    void whatIsNoFilterIsRefused(String members, String reason) throws IOException {
        filter(true, members);
        var ended = lab.run();
        assertEquals(1, ended.status());
        assertTrue(ended.errors().contains(reason), ended.errors());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "--cap-add SYS_ADMIN"})
    void profilesOfOtherEnginesDependOnCapabilities(String option) {
        var ended = host.run(
                        "--network",
                        "none",
                        "--security-opt",
                        "seccomp=/usr/share/containers/seccomp.json",
                        "--security-opt",
                        "no-new-privileges",
                        option.isEmpty() ? Command.words() : Command.words((Object[]) option.split(" ")),
                        "busybox",
                        "sh",
                        "-c",
                        "mkdir /x; grep -e Seccomp: -e NoNewPrivs /proc/self/status; mount -t tmpfs x /x && echo mounted")
                .run();
        assertEquals(
                "NoNewPrivs:\t1\nSeccomp:\t2" + (option.isEmpty() ? "" : "\nmounted"),
                ended.out().strip());
    }

    @ParameterizedTest
    @CsvSource({
        "seccomp=/nowhere,no such file",
        "apparmor=docker-default,runs without AppArmor",
        "nonsense,is no security option",
        "no-new-privileges=maybe,neither true nor false"
    })
    void optionsThatCannotBeAreRefused(String option, String reason) {
        var ended = host.run("--network", "none", "--security-opt", option, "busybox", "true")
                .run();
        assertTrue(ended.status() != 0 && ended.errors().contains(reason), ended.errors());
    }
}

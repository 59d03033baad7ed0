package koker.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import koker.kernel.Errno;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When something fails, one line names the step, the call and the error, and says why that may be and what to try: for each pair of a call and an error. */
class FailureIT {
    @RegisterExtension
    static final Host host = new Host();

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        make-cgroup=EROFS      |                  | Make cgroup path=…          | mkdirat      | koker needs a cgroup file system that it may write to; see: grep cgroup /proc/mounts
        make-cgroup=ENOSPC     |                  | Make cgroup path=…          | mkdirat      | the kernel has no room for another cgroup; see cgroup.max.descendants, and num_cgroups in /proc/cgroups
        make-cgroup=EAGAIN     |                  | Make cgroup path=…          | mkdirat      | a cgroup above it may have no more below it; see its cgroup.max.descendants and cgroup.max.depth
        make-cgroup=EEXIST     |                  | Make cgroup path=…          | mkdirat      | a cgroup of that name was left behind; remove it with: rmdir …
        write-cgroup=ENOENT    | --pids 50        | Write cgroup …              | openat       | this kernel does not offer that limit; see: …
        write-cgroup=EINVAL    | --pids 50        | Write cgroup …              | openat       | the kernel does not take that value
        write-cgroup=EBUSY     | --pids 50        | Write cgroup …              | openat       | the cgroup uses more than that already, …
        write-cgroup=EACCES    | --pids 50        | Write cgroup …              | openat       | the cgroup above does not have what is asked for, …
        clone=ENOSPC           |                  | Clone process               | clone3       | too many namespaces; see /proc/sys/user/max_*_namespaces
        clone=EINVAL           |                  | Clone process               | clone3       | this kernel lacks a namespace that koker needs; compare: ls /proc/self/ns
        clone=EAGAIN           |                  | Clone process               | clone3       | too many processes; see ulimit -u and the pids cgroup
        clone3=ENOSYS          |                  | Clone process               | clone3       | koker needs clone3(2), which Linux has since 5.3; …
        clone=EPERM            |                  | Clone process               | clone3       | koker needs CAP_SYS_ADMIN to make namespaces; …
        clone=ENOMEM           |                  | Clone process               | clone3       | the kernel has no memory left for a process; see: free
        close_range=ENOSYS     |                  | Close descriptors …         | close_range  | koker needs close_range(2), which Linux has since 5.9
        join-cgroup=ENOENT     |                  | Join cgroup path=…          | openat       | the cgroup has gone; another koker may have cleaned up; try again
        unshare=EINVAL         |                  | Hide parent cgroups         | unshare      | this kernel has no cgroup namespaces, which Linux has since 4.6; …
        unshare=ENOSPC         |                  | Hide parent cgroups         | unshare      | too many namespaces; see /proc/sys/user/max_cgroup_namespaces
        isolate-mounts=EPERM   |                  | Isolate mounts              | mount        | koker needs CAP_SYS_ADMIN to change mounts; …
        isolate-mounts=EINVAL  |                  | Isolate mounts              | mount        | / is no mount point here; is koker in a chroot(2)? …
        mount=EINVAL           |                  | Mount target …type=overlay  | mount        | the state folder must be on a file system that can hold an overlay, such as ext4; see --root
        mount=ENODEV           |                  | Mount target …type=overlay  | mount        | this kernel has no file system overlay; try: modprobe overlay
        mount=ESTALE           |                  | Mount target …type=overlay  | mount        | upperdir was used with other layers; …
        mount=EBUSY            |                  | Mount target …type=overlay  | mount        | another mount has the same upperdir or workdir; …
        mount#2=EPERM          |                  | Mount target …type=proc     | mount        | in a container, /proc can only be mounted where the one outside has nothing covered
        mount#2=ELOOP          |                  | Mount target …type=proc     | mount        | the image has a file or a link where a folder is needed
        open_tree=ENOSYS       |                  | Take along source=…         | open_tree    | koker needs open_tree(2), which Linux has since 5.2
        open_tree=EINVAL       |                  | Take along source=…         | open_tree    | … is in a mount that must not be copied (MS_UNBINDABLE)
        move_mount=EINVAL      |                  | Bind mount source=…         | move_mount   | a folder can only be mounted on a folder, and a file on a file; …
        pivot_root=EINVAL      |                  | Enter root rootfs=…         | pivot_root   | the host's root is an initramfs, or a mount is shared, or … is no mount point; …
        pivot_root=EPERM       |                  | Enter root rootfs=…         | pivot_root   | pivot_root(2) needs CAP_SYS_ADMIN; …
        umount2=EINVAL         |                  | Enter root rootfs=…         | umount2      | the old root is no mount point, or is locked; …
        make-folder#2=EROFS    | --tmpfs /t/a     | Make folder path=…          | mkdirat      | the file system there is read-only; …
        make-device=EPERM      |                  | Make device path=/dev/null …| mknodat      | making devices needs CAP_MKNOD, and that the devices cgroup allows it; …
        make-device#2=EEXIST   |                  | Make device path=/dev/zero …| mknodat      | the image has something else at /dev/zero already
        make-link=EROFS        |                  | Make link path=/dev/fd …    | symlinkat    | the file system there is read-only
        sethostname=EPERM      | --hostname lab   | Set hostname hostname=lab   | sethostname  | renaming needs CAP_SYS_ADMIN in the user namespace of the UTS namespace; …
        sethostname=EINVAL     | --hostname lab   | Set hostname hostname=lab   | sethostname  | a host name has at most 64 bytes; …
        ioctl=EPERM            |                  | Link up link=lo             | ioctl        | it needs CAP_NET_ADMIN in the network namespace; …
        make-read-only=EPERM   |                  | Make read-only path=…       | mount        | mounting needs CAP_SYS_ADMIN; …
        mask=EACCES            |                  | Mask path=…                 | move_mount   | a security module forbids it; see: dmesg
        make-root-read-only=EBUSY | --read-only   | Make root read-only         | mount        | somebody has a file there open to write
        set-limit=EPERM        | --ulimit core=1  | Set limit resource=…        | prlimit64    | koker itself has a lower hard limit, …
        adjust-oom-score=EACCES | --oom-score-adj -5 | Adjust out-of-memory score score=-5 | openat | only with CAP_SYS_RESOURCE may a process be spared more than before; …
        drop-bounding=EPERM    |                  | Drop capabilities count=…   | prctl        | koker lacks CAP_SETPCAP, …
        setgroups=EPERM        |                  | Set user uid=0 …            | setgroups    | koker lacks CAP_SETUID or CAP_SETGID; …
        setresuid=EAGAIN       |                  | Set user uid=0 …            | setresuid    | that user may have no more processes; see: ulimit -u
        setresuid=EINVAL       |                  | Set user uid=0 …            | setresuid    | that user or group has no number in this user namespace; …
        capset=EPERM           |                  | Set capabilities …          | capset       | koker cannot give a capability that it lacks itself; see CapPrm in /proc/self/status
        change-folder=EACCES   | -w /srv/x        | Change folder path=/srv/x   | chdir        | the user may not go there; …
        open-terminal=ENOSPC   | -t               | Open terminal path=/dev/pts/0 | openat     | there are too many terminals; see /proc/sys/kernel/pty/max
        clone3#2=EAGAIN        | --init           | Start init command=true     | clone3       | the container may have no more processes; see --pids
        execve=ENOEXEC         | --entrypoint /bin/true | Execute command=/bin/true true | execve | it is a program for another processor, or a script that does not begin with #!
        execve=ENOMEM          | --entrypoint /bin/true | Execute command=/bin/true true | execve | the memory limit is too small even to start it; see --mem
        lease-address=ENOSPC   | --network default | Lease address address=…    | symlinkat    | the disk of the state folder is full; …
        make-veth=EOPNOTSUPP   | --network default | Make veth pair …           | sendto       | this kernel has no veth; try: modprobe veth
        make-veth=EXFULL       | --network default | Make veth pair …           | sendto       | a bridge has 1023 ports; …
        add-address=EADDRNOTAVAIL | --network default | Add address …           | sendto       | the kernel does not take that address; see: ip address
        add-default-route=ENETUNREACH | --network default | Add default route … | sendto       | … is in no network that the container is in; …
        switch-on=ENODEV       | --network default | Switch on …link=eth0       | sendto       | there is no link eth0; somebody has removed it
        setns=EPERM            | --network default | Open netlink inside pid=…  | setns        | setns(2) needs CAP_SYS_ADMIN; …
        open-netlink-inside=ESRCH | --network default | Open netlink inside pid=… | pidfd_open | the container has just ended
        """)
    void aFaultIsExplained(String fault, String options, String step, String call, String advice) throws IOException {
        var words = options == null ? List.<String>of() : List.of(options.split(" "));
        var network = words.contains("--network") ? List.<String>of() : List.of("--network", "none");
        var ended = host.run("--fail", fault, network, words, "busybox", "true").run();
        assertSaid("koker: (cannot [a-z ]+: )?", step, call, Errno.valueOf(fault.split("=")[1]), advice, ended);
    }

    @Test
    void aFaultOfAFurtherCommandIsExplained() {
        host.ok("run", "-d", "--network", "none", "--name", "up", "busybox", "sleep", "1000");
        try {
            var faults = List.of(
                    List.of("setns=ESRCH", "Join namespaces of=…", "setns", "the container has just ended"),
                    List.of("setns=EPERM", "Join namespaces of=…", "setns", "it needs CAP_SYS_ADMIN in the …"),
                    List.of("setns=EINVAL", "Join namespaces of=…", "setns", "koker needs setns(2) with a PID file …"),
                    List.of(
                            "clone3#2=EAGAIN",
                            "Enter PID namespace",
                            "clone3",
                            "the container may have no more processes; …"),
                    List.of(
                            "clone3#2=ENOMEM",
                            "Enter PID namespace",
                            "clone3",
                            "the container's first process is ending, …"));
            for (var fault : faults) {
                var ended = host.koker("-q", "exec", "--fail", fault.getFirst(), "up", "true")
                        .run();
                var errno = Errno.valueOf(fault.getFirst().split("=")[1]);
                assertSaid("koker: cannot run the command: ", fault.get(1), fault.get(2), errno, fault.get(3), ended);
            }
        } finally {
            host.ok("rm", "-f", "up");
        }
    }

    @Test
    void whatTheKernelItselfRefusesIsExplained() throws IOException {
        var folder = Files.createDirectory(host.work().resolve("folder"));
        var script = Files.writeString(host.work().resolve("script"), "no program");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        refused(
                "Bind mount …",
                "move_mount",
                Errno.EINVAL,
                "a folder can only be mounted on a folder, and a file on a file; …",
                "-v",
                folder + ":/etc/passwd",
                "busybox",
                "true");
        refused(
                "Change folder path=/etc/passwd",
                "chdir",
                Errno.ENOTDIR,
                "it is no folder; choose another one with -w",
                "-w",
                "/etc/passwd",
                "busybox",
                "true");
        refused(
                "Execute command=/x",
                "execve",
                Errno.ENOEXEC,
                "it is a program for another processor, …",
                "-v",
                script + ":/x",
                "busybox",
                "/x");
        refused(
                "Execute command=/etc",
                "execve",
                Errno.EACCES,
                "it is no file, or nobody may execute it; …",
                "busybox",
                "/etc");
        refused(
                "Execute command=nosuch",
                "execve",
                Errno.ENOENT,
                "is it in the image, and the interpreter that it names too?",
                "busybox",
                "nosuch");
    }

    private static void refused(String step, String call, Errno errno, String advice, Object... words) {
        var ended = host.koker(Command.words("-q", "run", "--network", "none", Command.words(words)))
                .run();
        assertSaid("koker: (cannot [a-z ]+: )?", step, call, errno, advice, ended);
    }

    /** Where the host's mounts are shared, those of the container would come out, and stay. */
    @Test
    void whoLeavesOutTheIsolationOfMountsSeesWhyItIsThereAndHarmsNobody() throws IOException {
        var before = host.work().resolve("before");
        var after = host.work().resolve("after");
        var koker = String.join(
                " ", host.kokerWords("run", "--network", "none", "--skip", "isolate-mounts", "busybox", "true"));
        var ended = host.command(
                        "unshare",
                        "--mount",
                        "--propagation",
                        "shared",
                        "sh",
                        "-c",
                        "cat /proc/self/mountinfo >" + before + "; " + koker + "; status=$?; cat /proc/self/mountinfo >"
                                + after + "; exit $status")
                .run();
        assertEquals(125, ended.status());
        assertTrue(
                ended.errors()
                        .contains("WRN Left out: Isolate mounts: without MS_PRIVATE your mounts show on the host"),
                ended::errors);
        assertTrue(ended.errors().contains("pivot_root: Invalid argument (EINVAL); "), ended::errors);
        assertTrue(Files.readString(before).contains(" shared:"), "nothing is shared there");
        assertEquals(Files.readString(before), Files.readString(after));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        set-hostname     | the container bears the host's name             | hostname                          | HOST
        link-up          | nothing in the container answers at 127.0.0.1   | ping -c 1 -W 1 127.0.0.1 2>&1     | unreachable
        mount#2          | /proc is left as the folder below has it        | ls /proc                          |
        hide-cgroups     | the names of the host's cgroups                 | grep -m 1 memory: /proc/self/cgroup | koker-
        mask             | which tells of the host                         | echo here                         | here
        drop-bounding    | run only what you trust                         | grep CapBnd /proc/self/status     | f
        """)
    void aStepThatIsLeftOutIsMissed(String step, String meaning, String script, String output) throws Exception {
        var ended = host.koker(
                        "run", "--network", "none", "--hostname", "lab", "--skip", step, "busybox", "sh", "-c", script)
                .run();
        var name = Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
        assertTrue(ended.errors().contains(" WRN Left out: "), ended::errors);
        assertTrue(ended.errors().contains(meaning), ended::errors);
        var wanted = output == null ? "" : output.replace("HOST", name);
        assertTrue(output == null ? ended.out().isEmpty() : ended.out().contains(wanted), ended::out);
    }

    @Test
    void otherCommandsMakeStepsThatFailToo() {
        host.ok("network", "create", "other");
        host.ok("run", "-d", "--network", "none", "--name", "still", "busybox", "sleep", "1000");
        host.ok("run", "-d", "--name", "moving", "busybox", "sleep", "1000");
        try {
            var pause = host.quiet("pause", "--fail", "write-cgroup=EBUSY", "still");
            assertSaid("koker: cannot pause .*: ", "Write cgroup …", "openat", Errno.EBUSY, "…", pause);
            // That is no fault of koker's, of whose own place in the code anybody had to know.
            var shown = host.koker("-D", "pause", "--fail", "write-cgroup=EBUSY", "still")
                    .run();
            assertFalse(shown.errors().contains("\tat koker."), shown.errors());
            host.ok("pause", "still");
            var stop = host.quiet("stop", "-t", "0", "--fail", "write-cgroup=EIO", "still");
            assertSaid(
                    "koker: cannot stop .*: ", "Write cgroup …", "openat", Errno.EIO, "see: koker explain EIO", stop);
            var connect = host.quiet("network", "connect", "--fail", "make-veth=EOPNOTSUPP", "other", "moving");
            assertSaid(
                    "koker: cannot connect .*: ",
                    "Make veth pair …",
                    "sendto",
                    Errno.EOPNOTSUPP,
                    "this kernel has no veth; …",
                    connect);
            host.ok("network", "connect", "other", "moving");
            var disconnect = host.quiet("network", "disconnect", "--fail", "unlinkat=EROFS", "other", "moving");
            assertSaid(
                    "koker: cannot disconnect .*: ",
                    "Return address …",
                    "unlinkat",
                    Errno.EROFS,
                    "the state folder cannot be written to; …",
                    disconnect);
            host.ok("network", "disconnect", "other", "moving");
            var update = host.quiet("container", "update", "--pids", "70", "--fail", "write-cgroup=EINVAL", "moving");
            assertSaid(
                    "koker: cannot limit .*: ",
                    "Write cgroup pids.max=70",
                    "openat",
                    Errno.EINVAL,
                    "the kernel does not take that value",
                    update);
        } finally {
            host.quiet("unpause", "still");
            host.ok("rm", "-f", "still", "moving");
            host.ok("network", "rm", "other");
        }
    }

    /** EBUSY where the state folder is on the root's own file system, and EINVAL where it is on another one. */
    @Test
    void whoLeavesOutTheFirstMountHasNoRoot() {
        var ended = host.run("--network", "none", "--skip", "mount", "busybox", "true")
                .run();
        assertEquals(125, ended.status());
        assertTrue(ended.errors().contains(": pivot_root: "), ended::errors);
        assertTrue(ended.errors().contains("the first mount left out?"), ended::errors);
    }

    @Test
    void aFaultThatNeverCameIsTold() {
        var ended = host.koker("ps", "-a").run();
        assertEquals("", ended.errors());
        host.ok("create", "--name", "c", "busybox", "true");
        ended = host.koker("rm", "--fail", "make-veth=EIO", "c").run();
        assertEquals("koker: there was no step make-veth to change; what is made is shown by -D\n", ended.errors());
        assertEquals(0, ended.status());
    }

    @Test
    void eachStepIsExplainedAsItIsMade() {
        var ended = host.koker(
                        "--explain", "run", "--network", "none", "--hostname", "lab", "--pids", "9", "busybox", "true")
                .run();
        assertEquals(0, ended.status());
        var lines = ended.errors().lines().toList();
        for (var said : List.of(
                "Here it is pids.max=9. At so many processes and threads fork(2) fails",
                "The UTS namespace of the container gets the name lab.",
                "Without it: the process would still have the host's files.",
                "Read on: clone(2), namespaces(7)",
                "execve(2) replaces all that the process has in memory by the program for true.")) {
            assertEquals(
                    1,
                    lines.stream()
                            .filter(line -> line.startsWith("        " + said))
                            .count(),
                    said);
        }
        host.ok("create", "--name", "c", "busybox", "true");
        var removed = host.koker("rm", "--explain", "c").run();
        assertTrue(
                removed.errors().contains("        What the kernel does not remove by itself goes"), removed::errors);
    }

    private static void assertSaid(
            String before, String step, String call, Errno errno, String advice, Command.Ended ended) {
        var expected = before + pattern(step) + ": " + call + ": "
                + Pattern.quote(errno.meaning() + " (" + errno + "); ") + pattern(advice) + "\n";
        assertTrue(ended.errors().matches(expected), () -> ended.errors() + "\n" + expected);
    }

    /** Where the text has … there may be anything. */
    private static String pattern(String text) {
        return Arrays.stream(text.split("…", -1))
                .map(Pattern::quote)
                .reduce((a, b) -> a + ".*" + b)
                .orElseThrow();
    }
}

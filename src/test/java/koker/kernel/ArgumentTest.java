package koker.kernel;

import static koker.kernel.MountFlag.*;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** How arguments read in a trace, and what is passed to the kernel for them. */
class ArgumentTest {
    static List<Arguments> calls() {
        return List.of(
                Arguments.of(
                        "mount(\"proc\", \"/proc\", NULL, MS_NOSUID|MS_NODEV, \"a,b\")",
                        Calls.mount(
                                Optional.of("proc"),
                                "/proc",
                                Optional.empty(),
                                EnumSet.of(MS_NODEV, MS_NOSUID),
                                Optional.of("a,b"))),
                Arguments.of(
                        "mount(NULL, \"/\", NULL, 0, NULL)",
                        Calls.mount(Optional.empty(), "/", Optional.empty(), Set.of(), Optional.empty())),
                Arguments.of("umount2(\".\", MNT_DETACH)", Calls.umount2(".", UnmountFlag.MNT_DETACH)),
                Arguments.of("mkdirat(AT_FDCWD, \"/a\", 0755)", Calls.mkdir("/a", 0755)),
                Arguments.of("unlinkat(AT_FDCWD, \"/a\", AT_REMOVEDIR)", Calls.rmdir("/a")),
                Arguments.of("mknodat(AT_FDCWD, \"/n\", 020666, makedev(1, 3))", Calls.mknod("/n", 0020666, 1, 3)),
                Arguments.of(
                        "openat(AT_FDCWD, \"/f\", O_RDONLY|O_CLOEXEC, 0)",
                        Calls.openat("/f", OpenFlag.O_RDONLY, OpenFlag.O_CLOEXEC)),
                Arguments.of("write(3, \"a \\\"b\\\"\\\\\\n\\t\\033[\", 10)", Calls.write(3, "a \"b\"\\\n\t\033[")),
                Arguments.of("write(3, \"ü\", 2)", Calls.write(3, "ü")),
                Arguments.of("read(3, \"\", 8)", Calls.read(3, new byte[8])),
                Arguments.of("umask(0)", Calls.umask(0)),
                Arguments.of(
                        "execve(\"/bin/a\", [\"a\", \"b c\"], [])",
                        Calls.execve("/bin/a", List.of("a", "b c"), List.of())),
                Arguments.of(
                        "clone3({flags=CLONE_NEWPID|CLONE_CLEAR_SIGHAND, exit_signal=SIGCHLD}, 88)",
                        Calls.clone(Set.of(CloneFlag.CLONE_NEWPID))),
                Arguments.of(
                        "prlimit64(0, RLIMIT_NOFILE, {rlim_cur=1, rlim_max=RLIM64_INFINITY}, NULL)",
                        Calls.prlimit(0, Resource.RLIMIT_NOFILE, 1, -1)),
                Arguments.of("setgroups(2, [10, 20])", Calls.setgroups(List.of(10L, 20L))),
                Arguments.of(
                        "capset({version=_LINUX_CAPABILITY_VERSION_3, pid=0}, "
                                + "{effective=CAP_CHOWN, permitted=CAP_CHOWN|CAP_BPF, inheritable=0})",
                        Calls.capset(
                                EnumSet.of(Capability.CAP_CHOWN),
                                EnumSet.of(Capability.CAP_CHOWN, Capability.CAP_BPF),
                                Set.of())),
                Arguments.of("ioctl(0, TIOCSWINSZ, {ws_row=24, ws_col=300})", Calls.setWindowSize(0, 24, 300)),
                Arguments.of("close(77)", Calls.close("label")),
                Arguments.of("exit_group(9)", Calls.exit("status")));
    }

    @ParameterizedTest
    @MethodSource("calls")
    void aCallReadsAsInC(String expected, Call call) {
        assertEquals(expected, call.show(Map.of("label", 77L, "status", 9L)::get));
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '`', delimiter = '|', textBlock = """
            DESCRIPTORS | 09000000 2c010000 | [9, 300]
            TEXT        | 61220a00 | "a\\"\\n"
            TEXT        | 00000000 | ""
            TEXT        | 61006200 | "a\\000b"
            CHILD       | 11000000 00000000 01000000 00000000 2a000000 00000000 03000000 | {si_pid=42, si_code=CLD_EXITED, si_status=3}
            CHILD       | 11000000 00000000 02000000 00000000 2a000000 00000000 09000000 | {si_pid=42, si_code=CLD_KILLED, si_status=SIGKILL}
            CHILD       | 00000000 00000000 00000000 00000000 00000000 00000000 00000000 | {si_pid=0, si_code=0, si_status=0}
            WINDOW      | 18005000 00000000 | {ws_row=24, ws_col=80}
            WINDOW      | ffff0080 00000000 | {ws_row=65535, ws_col=32768}
            TERMINAL    | 00050000 05000000 bf000000 3b8a0000 | {c_iflag=0x500, c_oflag=0x5, c_cflag=0xbf, c_lflag=0x8a3b}
            """)
    void whatTheKernelWroteIsShownByItsForm(Form form, String hex, String expected) {
        var written = HexFormat.of().parseHex(hex.replace(" ", ""));
        assertEquals(expected, form.show(written));
    }

    @ParameterizedTest
    @CsvSource({"1, 3, 0x103", "5, 0, 0x500", "8, 255, 0x8ff", "8, 256, 0x100800", "259, 65536, 0x10010300"})
    void aDeviceNumberIsMadeAsTheKernelDoes(int major, int minor, String number) {
        assertEquals(Long.decode(number), new Argument.Device(major, minor).number());
    }

    @Test
    void aLayoutIsLittleEndianAndPadded() {
        var bytes = Layout.of()
                .int16(0x1234)
                .int32(-2)
                .int64(1L << 40)
                .text("lo", 4)
                .zeros(1)
                .bytes();
        assertArrayEquals(HexFormat.of().parseHex("3412feffffff00000000000100006c6f000000"), bytes);
    }

    @Test
    void aTextThatIsTooLongForItsFieldIsCut() {
        assertEquals(4, Layout.of().text("eth0.100", 4).bytes().length);
    }

    @ParameterizedTest
    @CsvSource({"0,0", "1,8", "8,8", "9,16"})
    void sizesAreRoundedUp(int size, int aligned) {
        assertEquals(aligned, Layout.align(size));
    }
}

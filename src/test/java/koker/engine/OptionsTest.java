package koker.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import koker.cgroup.Cgroups;
import koker.kernel.Capability;
import koker.spec.Spec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What users write on the command line, as values; and what is refused, each in one line. */
class OptionsTest {
    private static final List<String> BIND = List.of("rbind");

    private static String refusal(Function<String, ?> parser, String text) {
        var message = assertThrows(IllegalArgumentException.class, () -> parser.apply(text), text)
                .getMessage();
        assertFalse(message.isBlank() || message.contains("\n"), message);
        return message;
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "7, 7340032",
        "512k, 524288",
        "10m, 10485760",
        "10M, 10485760",
        "10MiB, 10485760",
        "10mb, 10485760",
        "1g, 1073741824",
        "1.5g, 1610612736",
        "2t, 2199023255552",
        "100b, 100",
        "0.5k, 512",
        "10 m, 10485760",
        "2147483647, 2251799812636672"
    })
    void aSizeIsANumberAndAUnit(String text, long bytes) {
        assertEquals(bytes, Size.parse(text, 1 << 20));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "-5",
                "m",
                "10x",
                "1e3",
                "ten",
                "10mm",
                "1,5g",
                ".5g",
                "1.g",
                "0x10",
                "99999999t",
                "+1",
                "١m",
                "9223372036854775808",
                "2147483648m",
                "10 m m"
            })
    void anythingElseIsNoSize(String text) {
        refusal(size -> Size.parse(size, 1), text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"abc", "0", "-1", "0.001", "100000", "NaN", "", "1/2", "1e99"})
    void cpusThatCannotBeAreRefused(String text) {
        assertTrue(refusal(Limits::cpus, text).contains("'" + text + "'"));
    }

    @Test
    void cpusAreCountedInBillionths() {
        assertEquals(500_000_000L, Limits.cpus("0.5"));
        assertEquals(1_000_000_000L, Limits.cpus("1"));
        assertEquals(10_000_000L, Limits.cpus("0.01"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-2", "abc", "", "1.5", "4194305", "99999999999999999999"})
    void aNumberOfProcessesThatCannotBeIsRefused(String text) {
        refusal(Limits::pids, text);
    }

    @Test
    void limitsBecomeResources(@TempDir Path folder) throws Exception {
        var legacy = Cgroups.of(List.of("1 2 0:3 / " + folder + " rw - cgroup cgroup rw,memory"));
        var all = new Limits(
                Optional.of(10L << 20), Optional.of(5L << 20), Optional.of(1_500_000_000L), Optional.of(-1L));
        assertEquals(
                new Spec.Resources(
                        new Spec.Memory(10L << 20, 15L << 20),
                        new Spec.Cpu(150_000L, 100_000L),
                        new Spec.Pids(-1L),
                        List.of()),
                all.resources(legacy));
        var memory = new Limits(Optional.of(10L << 20), Optional.empty(), Optional.empty(), Optional.empty());
        assertEquals(null, memory.resources(legacy).memory().swap(), "the host cannot limit swap");
        Files.createFile(folder.resolve("memory.memsw.limit_in_bytes"));
        assertEquals(20L << 20, memory.resources(legacy).memory().swap(), "as much swap as memory");
        var endless = new Limits(Optional.of(10L << 20), Optional.of(-1L), Optional.empty(), Optional.empty());
        assertEquals(-1, endless.resources(legacy).memory().swap());
    }

    @Test
    void limitsThatMakeNoSenseTogetherAreRefused() {
        assertThrows(
                IllegalArgumentException.class,
                () -> new Limits(Optional.of(6L << 20 - 1), Optional.empty(), Optional.empty(), Optional.empty()));
        assertThrows(
                IllegalArgumentException.class,
                () -> new Limits(Optional.empty(), Optional.of(1L), Optional.empty(), Optional.empty()));
    }

    @ParameterizedTest
    @CsvSource({
        "nofile=1024, RLIMIT_NOFILE, 1024, 1024",
        "nofile=1024:2048, RLIMIT_NOFILE, 1024, 2048",
        "core=0:-1, RLIMIT_CORE, 0, -1",
        "core=-1, RLIMIT_CORE, -1, -1"
    })
    void aUlimitIsANameAndOneOrTwoNumbers(String text, String type, long soft, long hard) {
        assertEquals(new Spec.Rlimit(type, soft, hard), Ulimit.parse(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "nofile",
                "nofile=",
                "nofile=x",
                "nothing=1",
                "nofile=2:1",
                "nofile=-1:5",
                "nofile=-2",
                "nofile=1:2:3"
            })
    void anythingElseIsNoUlimit(String text) {
        refusal(Ulimit::parse, text);
    }

    @Test
    void environmentVariablesKeepTheirPlaceAndTheirLastValue() {
        var environment = new Environment()
                .set(List.of("A=1", "B=2"))
                .set(List.of("A=x=y", "C="))
                .setDefault("B", "no")
                .setDefault("HOME", "/root");
        assertEquals(List.of("A=x=y", "B=2", "C=", "HOME=/root"), environment.list());
    }

    @Test
    void aNameAloneIsTheHostsVariable() {
        assertEquals(List.of("PATH=" + System.getenv("PATH")), Environment.assignments("PATH"));
        assertEquals(List.of(), Environment.assignments("KOKER_NO_SUCH_VARIABLE"));
        refusal(Environment::assignments, "");
        refusal(Environment::assignments, "=x");
        refusal(Environment::assignments, "A=\0");
    }

    @Test
    void anEnvironmentFileHasAVariableInEachLine(@TempDir Path folder) throws Exception {
        var file =
                Files.writeString(folder.resolve("env"), "# comment\n\nA=1\n  B=two words \nKOKER_NO_SUCH_VARIABLE\n");
        assertEquals(List.of("A=1", "B=two words "), Environment.file(file));
        Files.writeString(file, "TWO WORDS=1\n");
        refusal(name -> Environment.file(Path.of(name)), file.toString());
        refusal(
                name -> Environment.file(Path.of(name)),
                folder.resolve("missing").toString());
    }

    @ParameterizedTest
    @CsvSource({"net_admin, NET_ADMIN", "CAP_NET_ADMIN, CAP_NET_ADMIN", "All, ALL"})
    void aCapabilityHasAName(String text, String name) {
        assertEquals(name, Privileges.name(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "NET", "CAP_", "CAP_ALL", "NET_ADMIN "})
    void anythingElseIsNoCapability(String text) {
        refusal(Privileges::name, text);
    }

    @Test
    void capabilitiesAreAddedAndTakenAway() {
        var own = EnumSet.allOf(Capability.class);
        var usual = new Privileges(List.of(), List.of()).names(own);
        assertEquals(14, usual.size());
        assertFalse(usual.contains("CAP_SYS_ADMIN"));
        assertTrue(new Privileges(List.of("SYS_ADMIN"), List.of()).names(own).contains("CAP_SYS_ADMIN"));
        assertFalse(new Privileges(List.of(), List.of("CAP_CHOWN")).names(own).contains("CAP_CHOWN"));
        assertEquals(Set.of(), new Privileges(List.of(), List.of("ALL")).names(own));
        assertEquals(Set.of("CAP_KILL"), new Privileges(List.of("KILL"), List.of("ALL")).names(own));
        assertEquals(
                own.size(), new Privileges(List.of("ALL"), List.of()).names(own).size());
        assertFalse(new Privileges(List.of("ALL"), List.of("KILL")).names(own).contains("CAP_KILL"));
        assertEquals(
                Set.of("CAP_KILL"),
                new Privileges(List.of(), List.of()).names(EnumSet.of(Capability.CAP_KILL)),
                "koker cannot give what it lacks");
    }

    static List<Arguments> mounts() {
        var tmpfs = List.of("nosuid", "nodev", "noexec");
        return List.of(
                Arguments.of(MountRequest.volume("/etc:/x"), "/x", "/etc", BIND),
                Arguments.of(
                        MountRequest.volume("/etc:/x/../y/:ro,noexec"), "/y", "/etc", List.of("rbind", "ro", "noexec")),
                Arguments.of(
                        MountRequest.volume("./src:/x"),
                        "/x",
                        Path.of("src").toAbsolutePath().toString(),
                        BIND),
                Arguments.of(MountRequest.mount("type=bind,src=/etc,dst=/x"), "/x", "/etc", BIND),
                Arguments.of(
                        MountRequest.mount("readonly,type=bind,source=/etc,target=/x"),
                        "/x",
                        "/etc",
                        List.of("rbind", "ro")),
                Arguments.of(
                        MountRequest.mount("type=bind,source=/etc,target=/x,ro=false"),
                        "/x",
                        "/etc",
                        List.of("rbind", "rw")),
                Arguments.of(
                        MountRequest.mount("type=tmpfs,destination=/x,tmpfs-size=1m,tmpfs-mode=1777"),
                        "/x",
                        "tmpfs",
                        List.of("nosuid", "nodev", "noexec", "size=1048576", "mode=1777")),
                Arguments.of(MountRequest.tmpfs("/x"), "/x", "tmpfs", tmpfs),
                Arguments.of(
                        MountRequest.tmpfs("/x:exec,size=1m"),
                        "/x",
                        "tmpfs",
                        List.of("nosuid", "nodev", "noexec", "exec", "size=1m")));
    }

    @ParameterizedTest
    @MethodSource("mounts")
    void aMountIsReadFromEachOfItsForms(MountRequest request, String target, String source, List<String> options) {
        assertEquals(target, request.mount().destination());
        assertEquals(source, request.mount().source());
        assertEquals(options, request.mount().options());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/etc",
                "/etc:",
                ":/x",
                "/etc:x",
                "/etc:/",
                "/etc:/..",
                "/no/such/source:/x",
                "data:/x",
                "/etc:/x:what",
                "/etc:/x:",
                "/etc:/x:ro:ro"
            })
    void anythingElseIsNoVolume(String text) {
        refusal(MountRequest::volume, text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "target=/x",
                "type=bind,target=/x",
                "type=bind,source=/etc",
                "type=volume,target=/x",
                "type=bind,source=/etc,target=x",
                "type=tmpfs,source=/etc,target=/x",
                "type=tmpfs,target=/x,tmpfs-mode=9",
                "type=tmpfs,target=/x,tmpfs-size=x",
                "type=bind,source=/etc,target=/x,what=1",
                "type=bind,source=/etc,target=/x,ro=maybe",
                "type=bind,source=/etc,target=/x,bind-propagation=shared",
                "type=bind,source=/no/such,target=/x"
            })
    void anythingElseIsNoMount(String text) {
        refusal(MountRequest::mount, text);
    }

    @Test
    void twoMountsCannotHaveOneTarget() {
        var mounts = List.of(MountRequest.tmpfs("/x"), MountRequest.volume("/etc:/x/"));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> MountRequest.distinct(mounts))
                .getMessage()
                .contains("/x"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-a", ".a", "a b", "a/b", "ä", "../x"})
    void aNameThatCannotBeIsRefused(String text) {
        refusal(RunOptions::name, text);
        refusal(RunOptions::hostname, text);
    }

    @Test
    void aHostNameHasAtMost64Characters() {
        assertEquals("a".repeat(64), RunOptions.hostname("a".repeat(64)));
        refusal(RunOptions::hostname, "a".repeat(65));
        refusal(RunOptions::hostname, "a-");
    }

    @Test
    void aWorkingFolderIsAbsoluteAndANetworkIsKnown() {
        refusal(RunOptions::workdir, "here");
        assertEquals("default", NetworkRequest.mode("bridge"));
        assertEquals("container:other", NetworkRequest.mode("container:other"));
        refusal(NetworkRequest::mode, "container:");
        refusal(NetworkRequest::mode, "ns:relative");
        refusal(NetworkRequest::mode, "no network");
    }
}

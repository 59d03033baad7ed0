package koker.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import koker.cgroup.Cgroups;
import koker.kernel.Capability;
import koker.spec.JsonRecords;
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
    @ValueSource(
            strings = {
                "0",
                "0.1",
                "1.999999999",
                "0.0009765624999999999999999999",
                "0.0009765625",
                "12.34",
                "8388607.99999999999",
                "00.10",
                "1000000000000"
            })
    void partsOfAUnitAreCountedExactly(String number) {
        for (var factor : List.of(1L, 1L << 10, 1_000_000_000L, 1L << 40)) {
            var exact =
                    new BigDecimal(number).multiply(BigDecimal.valueOf(factor)).toBigInteger();
            var most = BigInteger.valueOf(Long.MAX_VALUE);
            assertEquals(exact.min(most).longValueExact(), Numbers.times(number, factor));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "0-1", "0,1", "0-2,4", "10-20,3,5-6"})
    void aSetIsOfNumbersAndRanges(String text) {
        assertEquals(text, ProcessorLimits.set(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ",", "-", "1-", "-1", "1,", ",1", "1-2-3", "a", "1,,2", " 1", "١"})
    void anythingElseIsNoSet(String text) {
        refusal(ProcessorLimits::set, text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"abc", "0", "-1", "0.001", "100000", "NaN", "", "1/2", "1e99"})
    void cpusThatCannotBeAreRefused(String text) {
        assertTrue(refusal(ProcessorLimits::cpus, text).contains("'" + text + "'"));
    }

    @Test
    void cpusAreCountedInBillionths() {
        assertEquals(500_000_000L, ProcessorLimits.cpus("0.5"));
        assertEquals(500_000_000L, ProcessorLimits.cpus(".5"));
        assertEquals(1_000_000_000L, ProcessorLimits.cpus("1"));
        assertEquals(10_000_000L, ProcessorLimits.cpus("0.01"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-2", "abc", "", "1.5", "4194305", "99999999999999999999"})
    void aNumberOfProcessesThatCannotBeIsRefused(String text) {
        refusal(Limits::pids, text);
    }

    private static final Spec.Resources NONE = Spec.Resources.NONE;

    private static Limits limits(Optional<Long> memory, Optional<Long> swap, Optional<Long> both) {
        return new Limits(
                new MemoryLimits(memory, Optional.empty(), swap, both, Optional.empty()),
                ProcessorLimits.NONE,
                Optional.empty(),
                BlockLimits.NONE,
                List.of());
    }

    private static Optional<Long> some(long value) {
        return Optional.of(value);
    }

    @Test
    void limitsBecomeResources(@TempDir Path folder) throws Exception {
        var legacy = Cgroups.of(List.of("1 2 0:3 / " + folder + " rw - cgroup cgroup rw,memory"));
        var none = Optional.<Long>empty();
        var all = new Limits(
                new MemoryLimits(some(10L << 20), some(8L << 20), some(5L << 20), none, some(60)),
                new ProcessorLimits(some(1_500_000_000L), some(512), none, none, Optional.of("0,2"), Optional.of("0")),
                some(-1),
                new BlockLimits(Optional.of(100), List.of(new Spec.Throttle(8, 0, 1)), List.of(), List.of(), List.of()),
                List.of(new Spec.HugepageLimit("2MB", 1)));
        assertEquals(
                new Spec.Resources(
                        new Spec.Memory(10L << 20, 8L << 20, 15L << 20, 60L),
                        new Spec.Cpu(512L, 150_000L, 100_000L, "0,2", "0"),
                        new Spec.Pids(-1L),
                        new Spec.BlockIo(100, List.of(new Spec.Throttle(8, 0, 1)), null, null, null),
                        List.of(new Spec.HugepageLimit("2MB", 1)),
                        null,
                        null),
                all.over(NONE, legacy));
        var memory = limits(some(10L << 20), none, none);
        assertEquals(null, memory.over(NONE, legacy).memory().swap(), "the host cannot limit swap");
        Files.createFile(folder.resolve("memory.memsw.limit_in_bytes"));
        assertEquals(20L << 20, memory.over(NONE, legacy).memory().swap(), "as much swap as memory");
        assertEquals(
                -1,
                limits(some(10L << 20), some(-1), none)
                        .over(NONE, legacy)
                        .memory()
                        .swap());
        assertEquals(
                -1,
                limits(some(10L << 20), none, some(-1))
                        .over(NONE, legacy)
                        .memory()
                        .swap());
        assertEquals(
                12L << 20,
                limits(some(10L << 20), none, some(12L << 20))
                        .over(NONE, legacy)
                        .memory()
                        .swap());
    }

    @Test
    void whatIsNotNamedStays(@TempDir Path folder) {
        var legacy = Cgroups.of(List.of("1 2 0:3 / " + folder + " rw - cgroup cgroup rw,memory"));
        var none = Optional.<Long>empty();
        var base = new Spec.Resources(
                new Spec.Memory(10L << 20, 1L, 13L << 20, 5L),
                new Spec.Cpu(2L, 3000L, 4000L, "0", "0"),
                new Spec.Pids(6L),
                null,
                null,
                null,
                null);
        assertEquals(base, Limits.NONE.over(base, legacy));
        assertEquals(
                new Spec.Memory(20L << 20, 1L, 23L << 20, 5L),
                limits(some(20L << 20), none, none).over(base, legacy).memory(),
                "swap beside memory stays as much");
    }

    @Test
    void limitsThatMakeNoSenseTogetherAreRefused(@TempDir Path folder) {
        var legacy = Cgroups.of(List.of("1 2 0:3 / " + folder + " rw - cgroup cgroup rw,memory"));
        var none = Optional.<Long>empty();
        var refused = IllegalArgumentException.class;
        assertThrows(refused, () -> limits(some((6L << 20) - 1), none, none));
        assertThrows(refused, () -> limits(some(10L << 20), some(1), some(20L << 20)));
        assertThrows(refused, () -> limits(none, some(1L), none).over(NONE, legacy));
        assertThrows(refused, () -> limits(none, none, some(1L)).over(NONE, legacy));
        assertThrows(
                refused, () -> limits(some(10L << 20), none, some(9L << 20)).over(NONE, legacy));
        assertThrows(
                refused,
                () -> new ProcessorLimits(some(1), none, some(1000), none, Optional.empty(), Optional.empty()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "0-", "-1", "0,,1", "0 1"})
    void aSetOfNumbersThatIsNoneIsRefused(String text) {
        refusal(ProcessorLimits::set, text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/dev/null", ":1m", "/dev/nothing:1m", "/dev/null:1m", "/dev/null:x"})
    void aRateOfWhatIsNoBlockDeviceIsRefused(String text) {
        refusal(BlockLimits::bytes, text);
    }

    @ParameterizedTest
    @CsvSource({
        "/dev/null, /dev/null, rwm",
        "/dev/null:/dev/x, /dev/x, rwm",
        "/dev/null:r, /dev/null, r",
        "/dev/null:/x:rw, /x, rw"
    })
    void aDeviceIsGivenUnderItsNameOrAnother(String text, String target, String access) {
        var request = DeviceRequest.parse(text);
        assertEquals(target, request.target());
        assertEquals(access, request.access());
        assertEquals(new Spec.Device(target, "c", 1, 3, 0666, 0, 0), request.node());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/etc/passwd",
                "/dev/nothing",
                "/dev/null:x",
                "/dev/null:/a:/b",
                "/dev/null:/a:rx",
                "/dev/null:a:rw"
            })
    void aDeviceThatIsNoneIsRefused(String text) {
        refusal(DeviceRequest::parse, text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "..", "/a/../b", "a//../b"})
    void aCgroupParentThatLeadsElsewhereIsRefused(String text) {
        refusal(RunOptions::cgroupParent, text);
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
        var usual = new Privileges(List.of(), List.of(), List.of()).names(own);
        assertEquals(14, usual.size());
        assertFalse(usual.contains("CAP_SYS_ADMIN"));
        assertTrue(new Privileges(List.of("SYS_ADMIN"), List.of(), List.of())
                .names(own)
                .contains("CAP_SYS_ADMIN"));
        assertFalse(new Privileges(List.of(), List.of("CAP_CHOWN"), List.of())
                .names(own)
                .contains("CAP_CHOWN"));
        assertEquals(Set.of(), new Privileges(List.of(), List.of("ALL"), List.of()).names(own));
        assertEquals(Set.of("CAP_KILL"), new Privileges(List.of("KILL"), List.of("ALL"), List.of()).names(own));
        assertEquals(
                own.size(),
                new Privileges(List.of("ALL"), List.of(), List.of()).names(own).size());
        assertFalse(new Privileges(List.of("ALL"), List.of("KILL"), List.of())
                .names(own)
                .contains("CAP_KILL"));
        assertEquals(
                Set.of("CAP_KILL"),
                new Privileges(List.of(), List.of(), List.of()).names(EnumSet.of(Capability.CAP_KILL)),
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

    @Test
    void aNetworkIsAModeOrDockersLongForm() {
        assertEquals(EndpointRequest.of("web"), EndpointRequest.parse("web"));
        assertEquals(EndpointRequest.of("ns:/run/a=b"), EndpointRequest.parse("ns:/run/a=b"));
        assertEquals(
                new EndpointRequest("web", "10.1.2.3", "fd00::1", "02:42:0a:01:02:03", List.of("db", "sql")),
                EndpointRequest.parse(
                        "name=web,ip=10.1.2.3,ip6=fd00:0::1,alias=db,mac-address=02:42:0A:01:02:03,alias=sql"));
        assertEquals("default", EndpointRequest.parse("name=bridge").network());
        refusal(EndpointRequest::parse, "name=web,ip=10.1.2");
        refusal(EndpointRequest::parse, "name=web,alias");
        refusal(EndpointRequest::parse, "name=web,");
        refusal(EndpointRequest::parse, "name=");
        refusal(EndpointRequest::connectable, "host");
        refusal(EndpointRequest::connectable, "container:web");
    }

    @Test
    void whatNetworksAreAskedForIsKept() {
        var endpoints = List.of(
                new EndpointRequest("one", "10.1.2.3", "fd00::7", null, List.of("db")),
                new EndpointRequest("two", null, null, "02:42:0a:01:02:03", List.of()));
        var request = NetworkRequest.of("none").in(endpoints);
        var read = JsonRecords.read(JsonRecords.write(request), NetworkRequest.class);
        assertEquals("one", read.mode());
        assertEquals(endpoints, read.endpoints());
        assertEquals("none", read.in(List.of()).mode());
        assertEquals(List.of(), read.in(List.of()).endpoints());
        var older = JsonRecords.read("{\"mode\": \"web\", \"ip\": \"10.1.2.3\"}", NetworkRequest.class);
        assertEquals(List.of(new EndpointRequest("web", "10.1.2.3", null, null, List.of())), older.endpoints());
    }
}

package koker.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * {@code --systemd-cgroup}: what systemd is asked for by D-Bus. It is imitated by systemd.py, on a bus of the test's own, as there is no systemd
 * on every machine that tests run on. A real one is in the virtual machines of {@link VmIT}.
 */
@Timeout(120)
class SystemdCgroupIT {
    private static final Path CGROUPS = Path.of("/sys/fs/cgroup");
    private static final String SLICE = "kokertest.slice";

    @RegisterExtension
    static final Host host = new Host();

    private OciLab lab;
    private Path record;
    private String bus;
    private Command.Running daemon;
    private Command.Running systemd;

    @BeforeEach
    void startBus() throws IOException {
        lab = OciLab.on(host).add("linux", "\"cgroupsPath\": \"" + SLICE + ":koker:one\"");
        record = host.work().resolve("record");
        Files.deleteIfExists(record);
        var socket = host.work().resolve("bus");
        Files.deleteIfExists(socket);
        bus = "unix:path=" + socket;
        var configuration = host.work().resolve("bus.conf");
        Files.writeString(configuration, """
                <busconfig>
                  <type>session</type>
                  <listen>%s</listen>
                  <auth>EXTERNAL</auth>
                  <policy context="default">
                    <allow send_destination="*"/>
                    <allow receive_sender="*"/>
                    <allow own="*"/>
                  </policy>
                </busconfig>
                """.formatted(bus));
        daemon = host.command("dbus-daemon", "--nofork", "--nopidfile", "--config-file=" + configuration)
                .start();
        Poll.until("there is a bus", () -> Files.exists(socket));
        var hierarchy = Files.isDirectory(CGROUPS.resolve("systemd")) ? CGROUPS.resolve("systemd") : CGROUPS;
        systemd = host.command(
                        "/usr/bin/python3",
                        Path.of("src/test/java/koker/it/systemd.py").toAbsolutePath(),
                        hierarchy,
                        record)
                .env("DBUS_SYSTEM_BUS_ADDRESS", bus)
                .start();
        Poll.until("systemd is there", () -> Files.exists(record));
    }

    @AfterEach
    void removeAll() throws IOException {
        if (Files.exists(host.root().resolve("oci/c"))) {
            oci("delete", "--force", "c").run();
        }
        systemd.process().destroy();
        daemon.process().destroy();
        systemd.end();
        daemon.end();
        for (var slice : slices()) {
            try (var folders = Files.walk(slice)) {
                for (var folder : folders.filter(Files::isDirectory)
                        .sorted(Comparator.reverseOrder())
                        .toList()) {
                    Files.delete(folder);
                }
            }
        }
        lab.close();
    }

    private static List<Path> slices() throws IOException {
        try (var hierarchies = Files.list(CGROUPS)) {
            return Stream.concat(Stream.of(CGROUPS), hierarchies)
                    .map(hierarchy -> hierarchy.resolve(SLICE))
                    .filter(Files::isDirectory)
                    .toList();
        }
    }

    private Command oci(Object... words) {
        return lab.oci(words).env("DBUS_SYSTEM_BUS_ADDRESS", bus);
    }

    private Command.Ended run() {
        return oci("--systemd-cgroup", "run", "--bundle", lab.bundle().folder(), "c")
                .run();
    }

    /** What was asked of systemd, by the name of the call; the last one of that name. */
    private JsonObject asked(String call) throws IOException {
        JsonObject last = null;
        for (var line : Files.readAllLines(record)) {
            var object = JsonParser.parseString(line).getAsJsonObject();
            if (object.get("call").getAsString().equals(call)) {
                last = object;
            }
        }
        assertTrue(last != null, () -> "nobody asked for " + call);
        return last;
    }

    @Test
    void theContainerIsAScopeWithItsLimits() throws IOException {
        lab.add(
                "linux.resources",
                "\"memory\": {\"limit\": 67108864}, \"pids\": {\"limit\": 30}, \"cpu\": {\"quota\": 25000, \"period\": 50000}, "
                        + "\"devices\": [{\"allow\": false, \"access\": \"rwm\"}]");
        lab.add(
                "",
                "\"annotations\": {\"org.systemd.property.TimeoutStopUSec\": \"uint64 7\", "
                        + "\"org.systemd.property.CollectMode\": \"'inactive-or-failed'\"}");
        lab.bundle().running("cat", "/proc/self/cgroup");
        var ended = run().succeeded();
        var own = ended.out()
                .lines()
                .filter(line -> !line.startsWith("0::/") || line.contains(SLICE))
                .toList();
        assertFalse(own.isEmpty());
        own.forEach(line -> assertTrue(line.endsWith("/" + SLICE + "/koker-one.scope"), line));
        var asked = asked("StartTransientUnit");
        assertEquals("koker-one.scope", asked.get("unit").getAsString());
        var properties = asked.getAsJsonObject("properties");
        assertEquals(SLICE, properties.get("Slice").getAsString());
        assertTrue(properties.get("Delegate").getAsBoolean());
        assertEquals(30, properties.get("TasksMax").getAsInt());
        assertEquals(500_000, properties.get("CPUQuotaPerSecUSec").getAsInt());
        assertEquals(
                67108864,
                properties
                        .get(properties.has("MemoryMax") ? "MemoryMax" : "MemoryLimit")
                        .getAsInt());
        assertEquals("strict", properties.get("DevicePolicy").getAsString());
        assertTrue(properties.get("DeviceAllow").toString().contains("[\"/dev/char/1:3\",\"rwm\"]"));
        assertEquals(7, properties.get("TimeoutStopUSec").getAsInt());
        assertEquals("inactive-or-failed", properties.get("CollectMode").getAsString());
        assertEquals("koker-one.scope", asked("StopUnit").get("unit").getAsString());
        for (var slice : slices()) {
            assertFalse(Files.exists(slice.resolve("koker-one.scope")), slice::toString);
        }
    }

    @Test
    void aContainerThatWaitsForItsStartIsChangedAndDeleted() throws IOException {
        lab.bundle().running("sleep", "1000");
        lab.create("--systemd-cgroup").env("DBUS_SYSTEM_BUS_ADDRESS", bus).run().succeeded();
        oci("start", "c").run().succeeded();
        oci("update", "--resources", "-", "c")
                .input("{\"pids\": {\"limit\": 41}}")
                .run()
                .succeeded();
        var asked = asked("SetUnitProperties");
        assertEquals(41, asked.getAsJsonObject("properties").get("TasksMax").getAsInt());
        assertTrue(asked.get("runtime").getAsBoolean());
        oci("delete", "--force", "c").run().succeeded();
        assertEquals("koker-one.scope", asked("StopUnit").get("unit").getAsString());
    }

    @Test
    void oneOfTwoTimesThatIsChangedLeavesTheOther() throws IOException {
        lab.bundle().running("sleep", "1000");
        lab.add("linux.resources", "\"cpu\": {\"quota\": 25000, \"period\": 50000}");
        lab.create("--systemd-cgroup").env("DBUS_SYSTEM_BUS_ADDRESS", bus).run().succeeded();
        oci("update", "--cpu-period", "100000", "c").run().succeeded();
        var asked = asked("SetUnitProperties").getAsJsonObject("properties");
        assertEquals(100_000, asked.get("CPUQuotaPeriodUSec").getAsInt());
        assertEquals(250_000, asked.get("CPUQuotaPerSecUSec").getAsLong());
        oci("update", "--cpu-quota", "50000", "c").run().succeeded();
        asked = asked("SetUnitProperties").getAsJsonObject("properties");
        assertEquals(500_000, asked.get("CPUQuotaPerSecUSec").getAsLong());
        oci("delete", "--force", "c").run().succeeded();
    }

    @Test
    void aUnitThatHasFailedBeforeIsForgottenFirst() throws IOException {
        lab.add("linux", "\"cgroupsPath\": \"" + SLICE + ":koker:twice\"");
        lab.bundle().running("true");
        run().succeeded();
        assertEquals("koker-twice.scope", asked("ResetFailedUnit").get("unit").getAsString());
    }

    @Test
    void whatSystemdIsAskedForIsShownAndRecorded() throws IOException {
        lab.add("linux.resources", "\"pids\": {\"limit\": 30}");
        lab.bundle().running("true");
        var trace = host.work().resolve("trace");
        var ended = oci(
                        "--explain",
                        "--systemd-cgroup",
                        "--trace",
                        trace,
                        "run",
                        "--bundle",
                        lab.bundle().folder(),
                        "c")
                .run();
        var shown = ended.errors();
        assertEquals(0, ended.status(), shown);
        assertTrue(shown.contains("DBG Subscribe to systemd address=\"" + bus + "\""), shown);
        assertTrue(
                Pattern.compile("DBG Start transient unit unit=koker-one.scope .*Slice=" + SLICE + " .*TasksMax=30\\b")
                        .matcher(shown)
                        .find(),
                shown);
        assertTrue(shown.contains("systemd is to make the scope koker-one.scope"), shown);
        assertTrue(shown.contains("DBG Stop unit unit=koker-one.scope"), shown);
        var recorded = Files.readString(trace);
        assertTrue(recorded.contains("\"text\":\"Start transient unit\""), recorded);
        assertTrue(recorded.contains("\"TasksMax\":\"30\""), recorded);
        Files.delete(trace);
    }

    @ParameterizedTest
    @CsvSource({
        "kokertest.slice:koker:refused,systemd does not start koker-refused.scope: Unit is masked.",
        "kokertest.slice:koker:canceled,the job ended as canceled",
        "/a/path,slice:prefix:name",
        "a--b.slice:koker:one,is no slice",
        "../x.slice:koker:one,is no slice",
        "kokertest.slice:koker:a/b,names no unit"
    })
    void whatSystemdDoesNotDoIsTold(String path, String reason) throws IOException {
        lab.add("linux", "\"cgroupsPath\": \"" + path + "\"");
        var ended = run();
        assertEquals(1, ended.status());
        assertTrue(ended.errors().contains(reason), ended.errors());
        assertFalse(Files.exists(host.root().resolve("oci/c")));
    }

    @Test
    void whereThereIsNoSystemdThatIsSaid() {
        var ended = lab.oci("--systemd-cgroup", "run", "--bundle", lab.bundle().folder(), "c")
                .env("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nowhere")
                .run();
        assertEquals(1, ended.status());
        assertTrue(
                ended.errors().contains("systemd is not to be reached by D-Bus at unix:path=/nowhere"), ended.errors());
        assertFalse(Files.exists(host.root().resolve("oci/c")));
    }
}

package koker.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** config.json: what is written is read again, and what is damaged is named in one line. */
class SpecFileTest {
    static final String MINIMAL = """
            {"ociVersion": "1.2.0", "root": {"path": "rootfs"}, "linux": {},
             "process": {"user": {"uid": 0, "gid": 0}, "cwd": "/", "args": ["true"]}}
            """;

    @TempDir
    Path bundle;

    private Spec read(String json) throws IOException {
        Files.writeString(bundle.resolve("config.json"), json);
        return SpecFile.read(bundle);
    }

    private String refusal(String json) {
        var message = assertThrows(SpecException.class, () -> read(json), json).getMessage();
        assertTrue(message.startsWith(bundle.resolve("config.json") + ": "), message);
        assertFalse(message.contains("\n"), message);
        assertFalse(message.contains("java") || message.contains("koker.spec"), message);
        return message.substring(bundle.resolve("config.json").toString().length() + 2);
    }

    @Test
    void whatIsWrittenIsReadAgain() throws IOException {
        var spec = new Spec(
                "1.2.0",
                new Spec.Process(
                        true,
                        new Spec.ConsoleSize(24, 80),
                        new Spec.User(1000, 4294967294L, 077, List.of(1L, 2L)),
                        List.of("sh", "-c", "echo <&> \"ü\"\n"),
                        List.of("A=b=c"),
                        "/work",
                        new Spec.Capabilities(Set.of("CAP_KILL"), Set.of(), Set.of(), Set.of("CAP_KILL"), Set.of()),
                        List.of(new Spec.Rlimit("RLIMIT_CORE", 0, -1)),
                        true,
                        -5,
                        "docker-default",
                        "system_u:system_r:container_t:s0"),
                new Spec.Root("rootfs", true),
                "name",
                "domain",
                List.of(new Spec.Mount("/x", "tmpfs", null, List.of("ro"))),
                Map.of("key", "value"),
                new Spec.Linux(
                        List.of(new Spec.Namespace("uts", null), new Spec.Namespace("network", "/run/ns")),
                        "/cgroup",
                        new Spec.Resources(
                                new Spec.Memory(1L << 40, 7L, -1L, 60L),
                                new Spec.Cpu(2L, 50000L, 100000L, "0-1", "0"),
                                new Spec.Pids(10L),
                                new Spec.BlockIo(10, List.of(new Spec.Throttle(8, 0, 1)), null, null, null),
                                List.of(new Spec.HugepageLimit("2MB", 0)),
                                Map.of("memory.high", "1"),
                                List.of(new Spec.DeviceRule(true, "c", 1L, null, "rwm"))),
                        List.of(new Spec.Device("/dev/fuse", "c", 10, 229, 0666, 1, 2)),
                        Map.of("net.ipv4.ip_forward", "1"),
                        List.of("/masked"),
                        List.of("/read-only"),
                        new Seccomp(
                                "SCMP_ACT_ERRNO",
                                38,
                                List.of("SCMP_ARCH_X86"),
                                List.of(),
                                "/run/agent",
                                "a word",
                                List.of(new Seccomp.Rule(
                                        List.of("read"),
                                        "SCMP_ACT_ALLOW",
                                        null,
                                        List.of(new Seccomp.Condition(
                                                1,
                                                BigInteger.TWO.pow(64).subtract(BigInteger.ONE),
                                                BigInteger.TWO,
                                                "SCMP_CMP_MASKED_EQ"))))),
                        "system_u:object_r:container_file_t:s0"),
                new Hooks(
                        null,
                        List.of(new Hooks.Hook("/bin/hook", List.of("hook", "x"), List.of("A=b"), 5)),
                        null,
                        null,
                        null,
                        null));
        SpecFile.write(bundle, spec);
        assertEquals(spec, SpecFile.read(bundle));
    }

    @Test
    void whatIsAbsentIsEmpty() throws IOException {
        var spec = read(MINIMAL);
        assertEquals(List.of(), spec.mounts());
        assertEquals(Map.of(), spec.annotations());
        assertEquals(List.of(), spec.process().env());
        assertEquals(List.of(), spec.linux().namespaces());
        assertEquals(List.of(), spec.process().user().additionalGids());
    }

    @Test
    void numbersOf64BitsAreReadWhole() throws IOException {
        var spec = read(MINIMAL.replace(
                "\"args\":",
                "\"rlimits\": [{\"type\": \"RLIMIT_AS\", \"soft\": 7, \"hard\": 18446744073709551615}], \"args\":"));
        assertEquals(
                List.of(new Spec.Rlimit("RLIMIT_AS", 7, -1)), spec.process().rlimits());
        SpecFile.write(bundle, spec);
        assertTrue(Files.readString(bundle.resolve("config.json")).contains("18446744073709551615"));
    }

    @Test
    void everyFieldIsReadAndWrittenAgain() throws IOException {
        var json = """
                {"ociVersion": "1.2.0", "root": {"path": "r"},
                 "process": {"user": {"uid": 1, "gid": 2}, "cwd": "/", "args": ["x"],
                  "scheduler": {"policy": "SCHED_FIFO", "nice": 0, "priority": 5, "flags": ["SCHED_FLAG_RESET_ON_FORK"]},
                  "ioPriority": {"class": "IOPRIO_CLASS_BE", "priority": 3}},
                 "mounts": [{"destination": "/x", "type": "bind", "source": "/y", "options": ["bind", "idmap"],
                   "uidMappings": [{"containerID": 0, "hostID": 9, "size": 5}],
                   "gidMappings": [{"containerID": 0, "hostID": 8, "size": 5}]}],
                 "linux": {"namespaces": [{"type": "user"}, {"type": "time"}], "rootfsPropagation": "rslave",
                  "uidMappings": [{"containerID": 0, "hostID": 100, "size": 10}],
                  "gidMappings": [{"containerID": 0, "hostID": 100, "size": 10}],
                  "timeOffsets": {"boottime": {"secs": -1, "nanosecs": 2}}, "personality": {"domain": "LINUX32"},
                  "devices": [{"path": "/dev/p", "type": "p"}],
                  "resources": {
                   "memory": {"kernel": 1, "kernelTCP": 2, "disableOOMKiller": true, "useHierarchy": true,
                     "checkBeforeUpdate": true},
                   "cpu": {"burst": 1, "realtimeRuntime": 2, "realtimePeriod": 3, "idle": 1},
                   "blockIO": {"weightDevice": [{"major": 8, "minor": 0, "weight": 20}]},
                   "network": {"classID": 7, "priorities": [{"name": "eth0", "priority": 3}]},
                   "rdma": {"mlx5_1": {"hcaHandles": 3, "hcaObjects": 4}}}}}
                """;
        var spec = read(json);
        SpecFile.write(bundle, spec);
        assertEquals(spec, SpecFile.read(bundle));
        var written = JsonParser.parseString(Files.readString(bundle.resolve("config.json")));
        assertContains("", JsonParser.parseString(json), written);
    }

    /** All that is in {@code part} is in {@code whole}, too. */
    private static void assertContains(String path, JsonElement part, JsonElement whole) {
        if (part.isJsonObject()) {
            for (var entry : part.getAsJsonObject().entrySet()) {
                var there = whole.getAsJsonObject().get(entry.getKey());
                assertNotNull(there, path + "." + entry.getKey());
                assertContains(path + "." + entry.getKey(), entry.getValue(), there);
            }
        } else if (part.isJsonArray()) {
            for (var i = 0; i < part.getAsJsonArray().size(); i++) {
                assertContains(
                        path + "[" + i + "]",
                        part.getAsJsonArray().get(i),
                        whole.getAsJsonArray().get(i));
            }
        } else {
            assertEquals(part, whole, path);
        }
    }

    @Test
    void fieldsThatKokerDoesNotKnowAreLeftOut() throws IOException {
        assertEquals(read(MINIMAL), read(MINIMAL.replaceFirst("\\{", "{\"something\": {\"else\": true}, ")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ociVersion", "root", "root.path", "process", "process.user", "process.cwd", "linux"})
    void aFieldThatIsMissingOrNullIsNamed(String field) {
        var json = JsonParser.parseString(MINIMAL).getAsJsonObject();
        JsonObject parent = json;
        var path = field.split("\\.");
        for (var i = 0; i < path.length - 1; i++) {
            parent = parent.getAsJsonObject(path[i]);
        }
        parent.add(path[path.length - 1], JsonNull.INSTANCE);
        assertEquals(field + " is missing", refusal(json.toString()));
        parent.remove(path[path.length - 1]);
        assertEquals(field + " is missing", refusal(json.toString()));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            "args": ["true"]   | "args": []                      | process.args
            "args": ["true"]   | "args": [null]                  | process.args
            "cwd": "/"         | "cwd": "here"                   | process.cwd
            "linux": {}        | "linux": {}, "mounts": [{}]     | mounts[0].destination
            "linux": {}        | "linux": {}, "mounts": [null]   | mounts
            "linux": {}        | "linux": {}, "mounts": [{"destination": ""}] | destination
            "linux": {}        | "linux": {}, "mounts": [{"destination": "/x", "options": [null]}] | mounts[0].options
            "linux": {}        | "linux": {"namespaces": [null]} | linux.namespaces
            "linux": {}        | "linux": {"maskedPaths": [null]} | linux.maskedPaths
            "linux": {}        | "linux": {"readonlyPaths": [null]} | linux.readonlyPaths
            "linux": {}        | "linux": {"sysctl": {"a": null}} | linux.sysctl
            "args":            | "env": [null], "args":          | process.env
            "args":            | "rlimits": [null], "args":      | process.rlimits
            "args":            | "capabilities": {"bounding": [null]}, "args": | process.capabilities
            "gid": 0           | "gid": 0, "additionalGids": [null] | process.user.additionalGids
            "gid": 0           | "gid": 4294967295              | process.user.gid
            "gid": 0           | "gid": 0, "umask": 4096        | process.user.umask
            "1.2.0"            | "2.0.0"                        | ociVersion
            "1.2.0"            | "1."                           | ociVersion
            "1.2.0"            | "1.2"                          | ociVersion
            "1.2.0"            | "1.02.0"                       | ociVersion
            "1.2.0"            | "1.2.0.1"                      | ociVersion
            "1.2.0"            | "1.2.0-"                       | ociVersion
            "1.2.0"            | "1.2.0 "                       | ociVersion
            "1.2.0"            | "1.banana"                     | ociVersion
            "args":            | "terminal": true, "consoleSize": {"height": 65536}, "args": | process.consoleSize.height
            "linux": {}        | "linux": {}, "annotations": {"": "x"} | annotations
            "linux": {}        | "linux": {"resources": {"network": {"priorities": [{"name": "lo", "priority": -1}]}}} | priority
            "linux": {}        | "linux": {"resources": {"network": {"priorities": [{"name": "lo", "priority": 4294967296}]}}} | priority
            "args":            | "env": ["X"], "args":          | process.env
            "args":            | "env": ["=X"], "args":         | process.env
            "args":            | "oomScoreAdj": 1001, "args":   | process.oomScoreAdj
            "args":            | "rlimits": [{"type": "RLIMIT_AS", "soft": 2, "hard": 1}], "args": | RLIMIT_AS
            "args":            | "rlimits": [{"type": "X", "soft": 1, "hard": 1}, {"type": "X", "soft": 1, "hard": 1}], "args": | twice
            "args":            | "ioPriority": {"class": "IOPRIO_CLASS_BE", "priority": 8}, "args": | process.ioPriority.priority
            "args":            | "ioPriority": {"class": "BE", "priority": 1}, "args": | process.ioPriority.class
            "args":            | "scheduler": {"policy": "SCHED_OTHER", "priority": 1}, "args": | process.scheduler.priority
            "args":            | "scheduler": {"policy": "SCHED_OTHER", "nice": 20}, "args": | process.scheduler.nice
            "args":            | "scheduler": {"policy": "SCHED_BATCH", "runtime": 20}, "args": | runtime
            "args":            | "execCPUAffinity": {"initial": "0"}, "args": | process.execCPUAffinity
            "args":            | "scheduler": {"policy": "SCHED_X"}, "args": | process.scheduler.policy
            "linux": {}        | "linux": {}, "hostname": "h"   | hostname
            "linux": {}        | "linux": {}, "domainname": "h" | domainname
            "linux": {}        | "linux": {}, "vm": {}          | vm
            "linux": {}        | "linux": {}, "windows": {}     | windows
            "linux": {}        | "linux": {}, "solaris": {}     | solaris
            "linux": {}        | "linux": {}, "zos": {}         | zos
            "linux": {}        | "linux": {"intelRdt": {}}      | linux.intelRdt
            "linux": {}        | "linux": {"memoryPolicy": {}}  | linux.memoryPolicy
            "linux": {}        | "linux": {"namespaces": [{"type": "pid"}, {"type": "pid"}]} | twice
            "linux": {}        | "linux": {"namespaces": [{"type": "pids"}]} | pids
            "linux": {}        | "linux": {"namespaces": [{"type": "user"}]} | uidMappings
            "linux": {}        | "linux": {"namespaces": [{"type": "net", "path": "x"}]} | net
            "linux": {}        | "linux": {"uidMappings": [{"containerID": 0, "hostID": 0, "size": 1}]} | user namespace
            "linux": {}        | "linux": {"uidMappings": [{"containerID": 0, "hostID": 0, "size": 0}]} | size
            "linux": {}        | "linux": {"timeOffsets": {"boottime": {"secs": 1}}} | time namespace
            "linux": {}        | "linux": {"namespaces": [{"type": "time"}], "timeOffsets": {"realtime": {"secs": 1}}} | realtime
            "linux": {}        | "linux": {"rootfsPropagation": "x"} | linux.rootfsPropagation
            "linux": {}        | "linux": {"maskedPaths": ["x"]} | linux.maskedPaths
            "linux": {}        | "linux": {"personality": {"domain": "x"}} | linux.personality.domain
            "linux": {}        | "linux": {"devices": [{"path": "/x", "type": "x"}]} | linux.devices[].type
            "linux": {}        | "linux": {"devices": [{"path": "x", "type": "c"}]} | linux.devices[].path
            "linux": {}        | "linux": {"devices": [{"path": "/x", "type": "c", "major": -1}]} | linux.devices[].major
            "linux": {}        | "linux": {"resources": {"devices": [{"allow": true, "access": "x"}]}} | access
            "linux": {}        | "linux": {"resources": {"unified": {"../x": "1"}}} | unified
            "linux": {}        | "linux": {"resources": {"hugepageLimits": [{"pageSize": "../2MB", "limit": 1}]}} | pageSize
            "linux": {}        | "linux": {"resources": {"memory": {"limit": 10, "swap": 5}}} | swap
            "linux": {}        | "linux": {"resources": {"cpu": {"idle": 2}}} | idle
            "linux": {}        | "linux": {"resources": {"blockIO": {"leafWeight": 20}}} | leafWeight
            "linux": {}        | "linux": {"resources": {"blockIO": {"weightDevice": [{"major": 8, "minor": 0, "leafWeight": 20}]}}} | leafWeight
            "linux": {}        | "linux": {"resources": {"blockIO": {"weightDevice": [{"major": 8, "minor": 0}]}}} | neither weight nor leafWeight
            "linux": {}        | "linux": {"resources": {"blockIO": {"weightDevice": [{"major": 8, "minor": 0, "weight": 9}]}}} | weightDevice
            "linux": {}        | "linux": {"resources": {"blockIO": {"weight": 9}}} | blockIO.weight is 9
            "linux": {}        | "linux": {"resources": {"rdma": {"mlx5_0": {}}}} | neither hcaHandles nor hcaObjects
            "linux": {}        | "linux": {"resources": {"memory": {"swappiness": 101}}} | swappiness
            "linux": {}        | "linux": {"resources": {"memory": {"useHierarchy": false}}} | useHierarchy
            "linux": {}        | "linux": {"resources": {"cpu": {"cpus": "x"}}} | cpus
            "linux": {}        | "linux": {}, "mounts": [{"destination": "/x", "options": ["bind", "idmap"]}] | idmap
            """)
    void aFieldThatCannotBeIsNamed(String field, String damaged, String named) {
        var json = MINIMAL.replace(field, damaged);
        assertFalse(json.equals(MINIMAL));
        var message = refusal(json);
        assertTrue(message.contains(named), message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.0.0", "1.0.2-dev", "1.2.1", "1.10.20-rc.1+build.5", "1.2.0+dev"})
    void versionsAreThoseOfSemVer(String version) throws IOException {
        assertEquals(version, read(MINIMAL.replace("1.2.0", version)).ociVersion());
    }

    @Test
    void theSizeOfATerminalThatIsNoneIsNotLookedAt() throws IOException {
        read(MINIMAL.replace("\"args\":", "\"consoleSize\": {\"height\": -1, \"width\": 65536}, \"args\":"));
    }

    @Test
    void whatAsksForNothingOfPacketsIsAsGoodAsAbsent() throws IOException {
        var spec = read(MINIMAL.replace("\"linux\": {}", "\"linux\": {\"resources\": {\"network\": {}}}"));
        assertEquals(null, spec.linux().resources().network());
    }

    @Test
    void aHookWithoutAnEnvironmentIsNotOneWithAnEmptyOne() throws IOException {
        var spec = read(MINIMAL.replace(
                "\"linux\": {}",
                "\"linux\": {}, \"hooks\": {\"poststop\": [{\"path\": \"/a\"}, {\"path\": \"/b\", \"env\": []}]}"));
        assertEquals(null, spec.hooks().poststop().get(0).env());
        assertEquals(List.of(), spec.hooks().poststop().get(1).env());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            "args": ["true"]   | "args": "true"        | process.args
            "args": ["true"]   | "args": [["true"]]    | process.args
            "uid": 0           | "uid": "root"         | process.user.uid
            "uid": 0           | "uid": {}             | process.user.uid
            "uid": 0           | "uid": 1e30           | process.user.uid
            {"path": "rootfs"} | "rootfs"              | root
            "linux": {}        | "linux": []           | linux
            "linux": {}        | "linux": {}, "mounts": {} | mounts
            "linux": {}        | "linux": {"resources": {"memory": {"limit": "much"}}} | linux.resources.memory.limit
            """)
    void aFieldOfTheWrongTypeIsNamed(String field, String damaged, String named) {
        var json = MINIMAL.replace(field, damaged);
        assertFalse(json.equals(MINIMAL));
        var message = refusal(json);
        assertTrue(message.startsWith("damaged: ") && message.contains(named), message);
    }

    @Test
    void whatIsThereTwiceIsDamaged() {
        assertTrue(refusal(MINIMAL.replaceFirst("\\{", "{\"linux\": {}, ")).contains("linux: is there twice"));
        assertTrue(refusal(MINIMAL.replace("{},", "{\"sysctl\": {\"a\": \"1\", \"a\": \"2\"}},"))
                .contains("linux.sysctl.a: is there twice"));
    }

    @Test
    void textsThatTheKernelWouldTakeForOthersAreDamaged() {
        assertTrue(refusal(MINIMAL.replace("rootfs", "root\\u0000fs")).contains("root.path: has a zero byte"));
        assertTrue(refusal(MINIMAL.replace("rootfs", "root\\ud800fs")).contains("root.path: has half a character"));
    }

    @Test
    void whatIsNestedTooDeeplyIsDamaged() {
        assertTrue(refusal(MINIMAL.replaceFirst("\\{", "{\"x\": " + "[".repeat(100_000) + ", "))
                .startsWith("damaged: "));
    }

    @Test
    void aFileThatIsTooLargeIsNotRead() throws IOException {
        try (var file = new RandomAccessFile(bundle.resolve("config.json").toFile(), "rw")) {
            file.setLength(100L << 20);
        }
        var message =
                assertThrows(SpecException.class, () -> SpecFile.read(bundle)).getMessage();
        assertTrue(message.contains("16 MiB"), message);
    }

    @Test
    void whatIsNamedInARefusalCannotSpeakForKoker() {
        var message = refusal(MINIMAL.replace("\"/\"", "\"x\\n\\u001b[2Jroot: done\\u202e" + "y".repeat(5000) + "\""));
        assertTrue(message.startsWith("process.cwd is not an absolute path: x??[2Jroot: done?"), message);
        assertTrue(message.length() < 1100, message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " \n", "null", "\0\0\0\0", "[]", "7", "\"text\"", "{", "{\"ociVersion\": ", "}{"})
    void whatIsNoObjectIsDamaged(String json) {
        assertTrue(refusal(json).startsWith("damaged: "));
    }

    @Test
    void everyBeginningOfAFileIsDamaged() {
        var json = MINIMAL.strip();
        for (var length = 0; length < json.length(); length++) {
            refusal(json.substring(0, length));
        }
    }

    @Test
    void bytesThatAreNoTextAreDamaged() throws IOException {
        Files.write(bundle.resolve("config.json"), new byte[] {'{', (byte) 0xff, (byte) 0xfe, '}'});
        var message =
                assertThrows(SpecException.class, () -> SpecFile.read(bundle)).getMessage();
        assertTrue(message.startsWith(bundle.resolve("config.json") + ": "), message);
    }

    @Test
    void aFileThatIsMissingIsNamed() {
        var message =
                assertThrows(SpecException.class, () -> SpecFile.read(bundle)).getMessage();
        assertEquals(
                bundle.resolve("config.json") + ": no such file; a bundle is a folder with a config.json", message);
    }

    @Test
    void aFolderInItsPlaceIsRefused() throws IOException {
        Files.createDirectory(bundle.resolve("config.json"));
        var message =
                assertThrows(SpecException.class, () -> SpecFile.read(bundle)).getMessage();
        assertTrue(message.startsWith(bundle.resolve("config.json") + ": cannot be read"), message);
    }
}

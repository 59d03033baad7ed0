package koker.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
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
                        List.of(new Spec.Namespace("pid", null), new Spec.Namespace("network", "/run/ns")),
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
    void fieldsThatKokerDoesNotKnowAreLeftOut() throws IOException {
        assertEquals(read(MINIMAL), read(MINIMAL.replaceFirst("\\{", "{\"windows\": {\"servicing\": true}, ")));
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
            "linux": {}        | "linux": {}, "mounts": [{}]     | mounts[].destination
            "linux": {}        | "linux": {}, "mounts": [null]   | mounts
            "linux": {}        | "linux": {}, "mounts": [{"destination": "x"}] | destination
            "linux": {}        | "linux": {}, "mounts": [{"destination": "/x", "options": [null]}] | mounts[].options
            "linux": {}        | "linux": {"namespaces": [null]} | linux.namespaces
            "linux": {}        | "linux": {"maskedPaths": [null]} | linux.maskedPaths
            "linux": {}        | "linux": {"readonlyPaths": [null]} | linux.readonlyPaths
            "linux": {}        | "linux": {"sysctl": {"a": null}} | linux.sysctl
            "args":            | "env": [null], "args":          | process.env
            "args":            | "rlimits": [null], "args":      | process.rlimits
            "args":            | "capabilities": {"bounding": [null]}, "args": | process.capabilities
            "gid": 0           | "gid": 0, "additionalGids": [null] | process.user.additionalGids
            """)
    void aFieldThatCannotBeIsNamed(String field, String damaged, String named) {
        var json = MINIMAL.replace(field, damaged);
        assertFalse(json.equals(MINIMAL));
        var message = refusal(json);
        assertTrue(message.contains(named), message);
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

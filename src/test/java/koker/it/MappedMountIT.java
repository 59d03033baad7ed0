package koker.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Bind mounts whose files have other owners inside than on the disk (OCI runtime-spec 1.2, config.md, "Mounts"). */
@Timeout(120)
class MappedMountIT {
    private static final String MAPPED = """
            "uidMappings": [{"containerID": 0, "hostID": 100, "size": 10}, {"containerID": 20, "hostID": 7, "size": 1}],
            "gidMappings": [{"containerID": 0, "hostID": 200, "size": 10}]
            """;
    private static final String OWNERS = "stat -c %u:%g /mapped/five /mapped/twenty /mapped/other";

    @RegisterExtension
    static final Host host = new Host();

    private Bundle bundle;
    private Path source;

    @BeforeEach
    void makeBundle() throws IOException {
        bundle = Bundle.make(host.work().resolve("bundle"));
        source = Files.createDirectories(host.work().resolve("source"));
        Files.createSymbolicLink(bundle.folder().resolve("rootfs/bin/stat"), Path.of("busybox"));
        for (var file : new String[] {"five 5:6", "twenty 20:0", "other 30:30"}) {
            var words = file.split(" ");
            Files.createFile(source.resolve(words[0]));
            host.command("chown", words[1], source.resolve(words[0])).run().succeeded();
        }
    }

    @AfterEach
    void remove() {
        host.command("rm", "-rf", bundle.folder(), source, state()).run().succeeded();
    }

    private static Path state() {
        return host.work().resolve("state");
    }

    private void mount(String options, String mappings) throws IOException {
        var mount = JsonParser.parseString("{\"destination\": \"/mapped\", \"type\": \"bind\", \"source\": \"" + source
                        + "\", \"options\": [" + options + "]" + (mappings.isEmpty() ? "" : ", " + mappings) + "}")
                .getAsJsonObject();
        bundle.changed(all -> all.getAsJsonArray("mounts").add(mount));
    }

    private void addUserNamespace(String path, JsonObject mappings) throws IOException {
        var namespace = new JsonObject();
        namespace.addProperty("type", "user");
        namespace.addProperty("path", path);
        bundle.changed(all -> {
            var linux = all.getAsJsonObject("linux");
            linux.getAsJsonArray("namespaces").add(namespace);
            mappings.entrySet().forEach(each -> linux.add(each.getKey(), each.getValue()));
        });
        host.command("chown", "-R", "100:200", bundle.folder().resolve("rootfs"))
                .run()
                .succeeded();
    }

    private static JsonObject mappings() {
        return JsonParser.parseString("{" + MAPPED + "}").getAsJsonObject();
    }

    private static Command.Ended run(Bundle bundle) {
        return host.command(Host.KOKER, "oci", "--root", state(), "run", "--bundle", bundle.folder(), "mapped")
                .run();
    }

    @Test
    void filesHaveTheOwnersThatTheMountSays() throws IOException {
        mount("\"bind\", \"idmap\"", MAPPED);
        assertEquals(
                "105:206\n7:200\n65534:65534\n",
                run(bundle.script(OWNERS)).succeeded().out());
    }

    @Test
    void mappingsNeedNoOption() throws IOException {
        mount("\"bind\", \"ro\"", MAPPED);
        assertEquals(
                "105:206\n7:200\n65534:65534\n",
                run(bundle.script(OWNERS)).succeeded().out());
    }

    /** Numbers go there and back: what the container's own root writes is root's on the disk. */
    @Test
    void aUserNamespaceOfTheContainerIsTheMapping() throws IOException {
        mount("\"bind\", \"idmap\"", "");
        addUserNamespace("", mappings());
        assertEquals(
                "5:6\n20:0\n65534:65534\n",
                run(bundle.script("touch /mapped/new && " + OWNERS)).succeeded().out());
        assertEquals(0, Files.getAttribute(source.resolve("new"), "unix:uid"));
        assertEquals(0, Files.getAttribute(source.resolve("new"), "unix:gid"));
    }

    @Test
    void soIsOneThatItJoins() throws IOException {
        var other = host.command("unshare", "--user", "sleep", "1000").start();
        try {
            var process = Path.of("/proc", Long.toString(other.pid()));
            Poll.until(
                    "it sleeps", () -> Files.readString(process.resolve("comm")).equals("sleep\n"));
            Files.writeString(process.resolve("uid_map"), "0 100 10\n20 7 1\n");
            Files.writeString(process.resolve("gid_map"), "0 200 10\n");
            mount("\"bind\", \"idmap\"", "");
            addUserNamespace(process + "/ns/user", new JsonObject());
            assertEquals(
                    "5:6\n20:0\n65534:65534\n",
                    run(bundle.script(OWNERS)).succeeded().out());
        } finally {
            other.signal("KILL");
            other.end();
        }
    }

    @Test
    void onlyRidmapIsForWhatIsMountedBelow() throws IOException {
        Files.createDirectory(source.resolve("below"));
        var config = Files.readString(bundle.config());
        for (var option : new String[] {"idmap", "ridmap"}) {
            Files.writeString(bundle.config(), config);
            mount("\"rbind\", \"" + option + "\"", MAPPED);
            bundle.script("stat -c %u:%g /mapped/below");
            var ended = host.command(
                            "unshare",
                            "--mount",
                            "sh",
                            "-c",
                            "mount -t tmpfs t \"$0\" && exec \"$@\"",
                            source.resolve("below"),
                            Host.KOKER,
                            "oci",
                            "--root",
                            state(),
                            "run",
                            "--bundle",
                            bundle.folder(),
                            "mapped")
                    .run();
            assertEquals(
                    option.equals("idmap") ? "0:0\n" : "100:200\n",
                    ended.succeeded().out());
        }
    }

    @Test
    void aFileSystemThatCannotSaysSo() throws IOException {
        source = Path.of("/proc/sys");
        mount("\"bind\", \"idmap\"", MAPPED);
        var ended = run(bundle.running("true"));
        assertEquals(1, ended.status());
        assertTrue(ended.errors().contains("EINVAL"), ended.errors());
        assertTrue(ended.errors().contains("/proc/sys is on cannot have its owners mapped"), ended.errors());
        source = host.work().resolve("source");
    }

    @Test
    void aNewFileSystemIsRefused() throws IOException {
        var mounts = new JsonArray();
        mounts.add(JsonParser.parseString(
                "{\"destination\": \"/t\", \"type\": \"tmpfs\", \"options\": [\"idmap\"], " + MAPPED + "}"));
        bundle.changed(all -> all.add("mounts", mounts));
        var ended = run(bundle.running("true"));
        assertEquals(1, ended.status());
        assertTrue(ended.errors().contains("/t is no bind mount"), ended.errors());
    }
}

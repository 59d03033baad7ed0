package koker.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Containers of a user who is not root, from bundles of {@code runc spec --rootless}. */
@Timeout(180)
class RootlessIT {
    private static final String USER = "12345";

    /** Of cgroups runc mounts each by itself, and not all devices; koker makes the link core. */
    private static final String PROBE = """
            id; pwd; umask; grep -E '^(Uid|Gid|Groups|Cap...|NoNewPrivs):' /proc/self/status
            cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups
            hostname; cat /proc/self/limits /proc/self/cgroup
            cut -d' ' -f5- /proc/self/mountinfo | grep -v cgroup | grep -v devtmpfs | sort
            ls /dev | grep -v core; ls /proc/self/fd; cat /proc/1/comm; env | sort
            touch /new && ls -ln /new
            """;

    @RegisterExtension
    static final Host host = new Host();

    private Bundle bundle;

    @BeforeEach
    void makeBundle() throws IOException {
        bundle = Bundle.make(home().resolve("bundle"));
        for (var command : List.of("grep", "cut", "sort", "hostname", "umask")) {
            Files.createSymbolicLink(bundle.folder().resolve("rootfs/bin").resolve(command), Path.of("busybox"));
        }
        Files.delete(bundle.config());
        host.command("chown", "-R", USER + ":" + USER, home()).run().succeeded();
        asUser("runc", "spec", "--rootless", "--bundle", bundle.folder()).run().succeeded();
        bundle.changed(all -> {
            all.getAsJsonObject("process").addProperty("terminal", false);
            all.getAsJsonObject("root").addProperty("readonly", false);
        });
    }

    @AfterEach
    void remove() {
        koker("delete", "--force", "c").run();
        host.command("rm", "-rf", home()).run().succeeded();
    }

    private static Path home() {
        return host.work().resolve("home");
    }

    private static Command asUser(Object... words) {
        return host.command("setpriv", "--reuid", USER, "--regid", USER, "--clear-groups", Command.words(words))
                .env("KOKER_CACHE", home().resolve("cache").toString())
                .env("XDG_RUNTIME_DIR", home().toString())
                .env("HOME", home().toString());
    }

    private static Command koker(Object... words) {
        return asUser(Host.KOKER, "oci", "--rootless=true", "--root", home().resolve("koker"), Command.words(words));
    }

    private Command.Ended run() {
        return koker("run", "--bundle", bundle.folder(), "c").run();
    }

    @Test
    void theViewIsThatOfRunc() throws IOException {
        bundle.script(PROBE)
                .changed(
                        all -> { // how those differ is OciViewIT's
                            List.of("maskedPaths", "readonlyPaths").forEach(all.getAsJsonObject("linux")::remove);
                        });
        var runc = asUser("runc", "--root", home().resolve("runc"), "run", "--bundle", bundle.folder(), "c")
                .run();
        assertEquals(0, runc.status(), runc.errors());
        var koker = run();
        assertEquals("", koker.errors());
        assertEquals(runc.out(), koker.out());
        assertEquals(0, koker.status());
        assertTrue(koker.out().contains("deny"), koker.out());
        assertEquals(
                Integer.parseInt(USER),
                Files.getAttribute(bundle.folder().resolve("rootfs/new"), "unix:uid"),
                "whose file it is outside");
    }

    @Test
    void limitsWithoutACgroupAreRefused() throws IOException {
        bundle.running("true").changed(all -> all.getAsJsonObject("linux")
                .add(
                        "resources",
                        JsonParser.parseString("{\"devices\": [{\"allow\": false}], \"memory\": {\"limit\": 0}}")));
        run().succeeded();
        for (var limit : List.of(
                "\"memory\": {\"limit\": 1048576}",
                "\"pids\": {\"limit\": 1}",
                "\"cpu\": {\"cpus\": \"0\"}",
                "\"blockIO\": {\"weight\": 100}",
                "\"hugepageLimits\": [{\"pageSize\": \"2MB\", \"limit\": 0}]",
                "\"rdma\": {\"mlx5_0\": {\"hcaHandles\": 1}}",
                "\"unified\": {\"memory.high\": \"1\"}")) {
            bundle.changed(
                    all -> all.getAsJsonObject("linux").add("resources", JsonParser.parseString("{" + limit + "}")));
            var ended = run();
            var name = limit.substring(1, limit.indexOf('"', 1));
            assertTrue(ended.errors().contains("linux.resources." + name + " asks for limits"), ended.errors());
            assertEquals(1, ended.status());
        }
    }

    @Test
    void aLifeInFiveCommands() throws IOException {
        bundle.running("sleep", "1000");
        create();
        assertEquals("created", state().get("status").getAsString());
        koker("start", "c").run().succeeded();
        assertEquals(
                "0 sleep\n",
                koker("exec", "c", "sh", "-c", "echo $(id -u) $(cat /proc/1/comm)")
                        .run()
                        .succeeded()
                        .out());
        var pause = koker("pause", "c").run();
        assertTrue(pause.errors().contains("no cgroup"), pause.errors());
        koker("kill", "--all", "c", "KILL").run().succeeded();
        Poll.until("it has stopped", () -> state().get("status").getAsString().equals("stopped"));
        koker("delete", "c").run().succeeded();
    }

    /** The process that enters the user namespace is the container's, which koker then must not take with it. */
    @Test
    void withoutAPidNamespaceItOutlivesKoker() throws IOException {
        bundle.running("sleep", "1000").changed(all -> {
            without(all.getAsJsonObject("linux").getAsJsonArray("namespaces"), "type", "pid");
            without(all.getAsJsonArray("mounts"), "destination", "/proc");
            all.getAsJsonArray("mounts").add(JsonParser.parseString("""
                    {"destination": "/proc", "type": "bind", "source": "/proc", "options": ["rbind"]}
                    """));
            List.of("maskedPaths", "readonlyPaths").forEach(all.getAsJsonObject("linux")::remove);
        });
        create();
        assertEquals("created", state().get("status").getAsString());
        koker("start", "c").run().succeeded();
        assertEquals("running", state().get("status").getAsString());
        koker("kill", "c", "KILL").run().succeeded();
    }

    private static void without(JsonArray list, String member, String value) {
        for (var i = list.size() - 1; i >= 0; i--) {
            if (list.get(i).getAsJsonObject().get(member).getAsString().equals(value)) {
                list.remove(i);
            }
        }
    }

    /** Its process has no streams of the test's, which would wait for their end. */
    private void create() {
        host.command(
                        "sh",
                        "-c",
                        "\"$@\" </dev/null >/dev/null 2>&1",
                        "sh",
                        koker("create", "--bundle", bundle.folder(), "c").line())
                .env("KOKER_CACHE", home().resolve("cache").toString())
                .run()
                .succeeded();
    }

    private static JsonObject state() {
        return JsonParser.parseString(koker("state", "c").run().succeeded().out())
                .getAsJsonObject();
    }

    @Test
    void hooksAreRunAsTheUserAndAsRootInside() throws IOException {
        bundle.running("true")
                .changed(all -> all.add("hooks", JsonParser.parseString("""
                        {
                          "createRuntime": [{"path": "/bin/sh", "args": ["sh", "-c", "id -u > HOME/outside"]}],
                          "createContainer": [{"path": "/bin/sh", "args": ["sh", "-c", "id -u > HOME/inside"]}]
                        }
                        """.replace("HOME", home().toString()))));
        run().succeeded();
        assertEquals(USER + "\n", Files.readString(home().resolve("outside")));
        assertEquals("0\n", Files.readString(home().resolve("inside")));
    }

    @Test
    void whatTheUserCannotGiveIsRefused() throws IOException {
        var config = Files.readString(bundle.config());
        bundle.changed(all -> all.getAsJsonObject("process")
                .getAsJsonObject("user")
                .add("additionalGids", JsonParser.parseString("[5]")));
        assertRefused("cannot set any additional groups in a rootless container");
        Files.writeString(bundle.config(), config);
        bundle.changed(
                all -> all.add("hooks", JsonParser.parseString("{\"startContainer\": [{\"path\": \"/bin/true\"}]}")));
        assertRefused("hooks.startContainer is not supported for a user who is not root");
        Files.writeString(bundle.config(), config.replace("\"size\":1", "\"size\":2"));
        assertRefused("whoever is not root may map one user and one group, his own");
        Files.writeString(bundle.config(), config);
        bundle.changed(all -> {
            var linux = all.getAsJsonObject("linux");
            List.of("uidMappings", "gidMappings").forEach(linux::remove);
            linux.add("namespaces", JsonParser.parseString("[{\"type\": \"mount\"}]"));
            all.remove("hostname");
        });
        assertRefused("rootless container requires user namespaces");
    }

    private void assertRefused(String reason) {
        var ended = run();
        assertEquals(1, ended.status());
        assertTrue(ended.errors().contains(reason), ended.errors());
    }
}

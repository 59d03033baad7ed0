package koker.it;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What other runtimes had to publish security advisories for. */
class AdvisoryIT {
    private static final String ADVISORY = "koker-advisory";
    private static final String SECRET = "what the host keeps to itself";

    @RegisterExtension
    static final Host host = new Host();

    private Path victim;
    private Path root;

    @BeforeEach
    void makeVictim() throws IOException {
        victim = Files.createDirectory(host.victim());
        Files.writeString(victim.resolve("secret"), SECRET);
        root = bundle("one", _ -> {}).resolve("rootfs");
    }

    @AfterEach
    void nothingOfTheHostHasChanged() throws IOException {
        for (var id : oci("list", "-q").run().lines()) {
            oci("delete", "--force", id).run();
        }
        try (var files = Files.list(victim)) {
            assertEquals(1, files.count());
        }
        assertEquals(SECRET, Files.readString(victim.resolve("secret")));
    }

    /** CVE-2019-5736: the runtime's own executable as the container's command, or as that of its entry point. */
    @ParameterizedTest
    @ValueSource(strings = {"/proc/self/exe", "/script"})
    void theCommandCannotBeTheRuntime(String command) throws IOException {
        executable("/script", "#!/proc/self/exe\n");
        args("one", command, "-version");
        assertNoRuntime(oci("run", "--bundle", host.work().resolve("one"), "c").run());
        var said = host.work().resolve("said");
        var created = oci("create", "--bundle", host.work().resolve("one"), "c").line();
        host.command("sh", "-c", "exec \"$@\" >\"$0\" 2>&1", said, created)
                .run()
                .succeeded();
        oci("start", "c").run().succeeded();
        Poll.until("the container says why it has ended", () -> !Files.readString(said)
                .isEmpty());
        assertEquals("exec " + command + ": exec format error\n", Files.readString(said));
        oci("delete", "--force", "c").run();
        args("one", "sleep", "1000");
        start("one", "c");
        assertNoRuntime(oci("exec", "c", command, "-version").run());
    }

    private static void assertNoRuntime(Command.Ended ended) {
        assertNotEquals(0, ended.status());
        assertFalse((ended.out() + ended.errors()).contains("penJDK"), ended.errors());
        assertTrue(ended.errors().matches("(?is).*exec format error.*"), ended.errors());
    }

    /** CVE-2019-5736, again: who shares its PID namespace with a container that is about to start. */
    @Test
    void othersCannotReachTheRuntimeOfAWaitingContainer() throws IOException {
        args("one", "sleep", "1000");
        edit("one", config -> capabilities(config, "CAP_SYS_PTRACE", "CAP_DAC_OVERRIDE"));
        var first = start("one", "first");
        bundle("two", config -> namespace(config, "pid").addProperty("path", "/proc/" + first + "/ns/pid"));
        args("two", "sleep", "2000");
        silent("create", "--bundle", host.work().resolve("two"), "second").run().succeeded();
        var seen = oci("exec", "first", "sh", "-c", "for p in /proc/[0-9]*; do readlink $p/exe; done")
                .run()
                .out();
        assertTrue(seen.contains("/bin/busybox"), seen);
        assertFalse(seen.contains("java"), seen);
    }

    /** CVE-2024-21626: descriptors of the runtime's that lead to the host. */
    @Test
    void noDescriptorIsLeft() throws IOException {
        args("one", "ls", "-l", "/proc/self/fd");
        assertNoDescriptor(
                holding(oci("run", "--bundle", host.work().resolve("one"), "c")).run());
        args("one", "sleep", "1000");
        start("one", "c");
        assertNoDescriptor(
                holding(oci("exec", "c", "ls", "-l", "/proc/self/fd")).run());
    }

    private static void assertNoDescriptor(Command.Ended listed) {
        assertEquals(0, listed.status(), listed.errors());
        assertTrue(
                listed.out().lines().allMatch(line -> line.matches("total 0|.* [012] -> .*|.* 3( -> /proc/\\d+/fd)?")),
                listed.out());
    }

    /** CVE-2024-21626: a working folder that is one of them. */
    @Test
    void noWorkingFolderLeadsToTheHost() throws IOException {
        for (var descriptor : new int[] {3, 4, 5, 6, 7, 8, 9, 100, 101, 102}) {
            args("one", "sh", "-c", "cat ../../../../../../../../../.." + victim + "/secret");
            edit("one", config -> config.getAsJsonObject("process").addProperty("cwd", "/proc/self/fd/" + descriptor));
            var ended = holding(oci("run", "--bundle", host.work().resolve("one"), "c"))
                    .run();
            assertFalse(ended.out().contains(SECRET), "descriptor " + descriptor);
        }
        edit("one", config -> config.getAsJsonObject("process").addProperty("cwd", "/"));
        args("one", "sleep", "1000");
        start("one", "c");
        for (var descriptor : new int[] {3, 4, 5, 6, 7, 100}) {
            var ended = holding(oci(
                            "exec",
                            "--cwd",
                            "/proc/self/fd/" + descriptor,
                            "c",
                            "sh",
                            "-c",
                            "cat ../../../../../../../../../.." + victim + "/secret"))
                    .run();
            assertFalse(ended.out().contains(SECRET), "descriptor " + descriptor);
        }
    }

    /** CVE-2024-21626: a working folder that is one of a process of the host. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1000})
    void noWorkingFolderIsThatOfAnother(int user) throws IOException {
        var folder = "/proc/" + ProcessHandle.current().pid() + "/cwd";
        var secret = Path.of("").toAbsolutePath().relativize(victim.resolve("secret"));
        edit("one", config -> {
            config.getAsJsonObject("linux").getAsJsonArray("namespaces").remove(namespace(config, "pid"));
            config.getAsJsonObject("process").getAsJsonObject("user").addProperty("uid", user);
            config.getAsJsonObject("process").addProperty("cwd", folder);
        });
        args("one", "cat", secret.toString());
        assertOutside(oci("run", "--bundle", host.work().resolve("one"), "c").run());
        edit("one", config -> config.getAsJsonObject("process").addProperty("cwd", "/"));
        args("one", "sleep", "1000");
        start("one", "c");
        assertOutside(
                oci("exec", "--user", user, "--cwd", folder, "c", "cat", secret).run());
    }

    private static void assertOutside(Command.Ended ended) {
        assertNotEquals(0, ended.status());
        assertEquals("", ended.out());
        assertTrue(ended.errors().contains("outside of the container's root"), ended.errors());
    }

    /** CVE-2021-30465, CVE-2024-45310: what is made for mounts and devices is made in the container, wherever links point. */
    @ParameterizedTest
    @ValueSource(strings = {"folder", "file", "memory", "device", "cwd"})
    void linksLeadNowhereButInside(String kind) throws IOException {
        Files.createDirectories(root.resolve(victim.toString().substring(1)));
        Files.createSymbolicLink(root.resolve("data"), victim);
        edit("one", config -> make(config, kind));
        args("one", "ls", victim.toString());
        var ended = oci("run", "--bundle", host.work().resolve("one"), "c").run();
        assertEquals(kind + "\n", ended.out(), ended.errors());
    }

    /** The same, where processes of the host are seen, and so are links to the host's root. */
    @ParameterizedTest
    @ValueSource(strings = {"folder", "file", "memory", "device", "cwd"})
    void linksOfOthersAreNotFollowed(String kind) throws IOException {
        var own = "/proc/" + ProcessHandle.current().pid() + "/root";
        Files.createSymbolicLink(root.resolve("data"), Path.of(own + victim));
        edit("one", config -> {
            config.getAsJsonObject("linux").getAsJsonArray("namespaces").remove(namespace(config, "pid"));
            make(config, kind);
        });
        args("one", "true");
        assertLoop(oci("run", "--bundle", host.work().resolve("one"), "c").run());
    }

    /** The same, where it is the host's own /proc that is bound in the container. */
    @Test
    void linksOfABoundProcAreNotFollowed() throws IOException {
        var own = "/host/" + ProcessHandle.current().pid() + "/root";
        Files.createSymbolicLink(root.resolve("data"), Path.of(own + victim));
        edit("one", config -> {
            mount(config, "/proc", "/host", "bind");
            make(config, "folder");
        });
        args("one", "true");
        assertLoop(oci("run", "--bundle", host.work().resolve("one"), "c").run());
    }

    private static void assertLoop(Command.Ended ended) {
        assertNotEquals(0, ended.status());
        assertTrue(ended.errors().contains("ELOOP"), ended.errors());
    }

    /** When the container runs, links of /proc lead where they always do. */
    @Test
    void linksAreFollowedAfterwards() throws IOException {
        edit("one", config -> config.getAsJsonObject("linux")
                .getAsJsonArray("namespaces")
                .remove(namespace(config, "pid")));
        args("one", "cat", "/proc/self/cwd/proc/self/comm");
        assertEquals(
                "cat\n",
                oci("run", "--bundle", host.work().resolve("one"), "c")
                        .run()
                        .succeeded()
                        .out());
    }

    /** Has something made at {@code /data/} and the name of its kind. */
    private void make(JsonObject config, String kind) {
        var path = "/data/" + kind;
        switch (kind) {
            case "folder" -> mount(config, host.work().toString(), path, "bind");
            case "file" -> mount(config, victim.resolve("secret").toString(), path, "bind");
            case "memory" -> mount(config, "tmpfs", path, "tmpfs");
            case "device" -> device(config, path);
            default -> config.getAsJsonObject("process").addProperty("cwd", path);
        }
    }

    /** CVE-2019-19921, CVE-2023-27561: a /proc that is somewhere else. */
    @ParameterizedTest
    @ValueSource(strings = {"proc", "sys"})
    void procIsAFolder(String name) throws IOException {
        Files.delete(root.resolve(name));
        Files.createDirectory(root.resolve("elsewhere"));
        Files.createSymbolicLink(root.resolve(name), Path.of("/elsewhere"));
        args("one", "true");
        var ended = oci("run", "--bundle", host.work().resolve("one"), "c").run();
        assertNotEquals(0, ended.status());
        assertTrue(ended.errors().contains("/" + name), ended.errors());
    }

    /** CVE-2025-52881, CVE-2023-27561: what is written to /proc is not written to files that lie over it. */
    @Test
    void whatTheKernelIsToldIsNotToldToFiles() throws IOException {
        var fake = host.work().resolve("fake");
        var files = new Path[] {
            fake.resolve("sys/net/ipv4/ip_forward"),
            fake.resolve("self/oom_score_adj"),
            fake.resolve("self/attr/exec"),
            fake.resolve("self/attr/apparmor/exec")
        };
        for (var file : files) {
            Files.createDirectories(file.getParent());
            Files.writeString(file, "untouched");
        }
        Files.createSymbolicLink(root.resolve("link"), Path.of("/proc"));
        edit("one", config -> {
            mount(config, fake.toString(), "/link", "bind");
            var sysctl = new JsonObject();
            sysctl.addProperty("net.ipv4.ip_forward", "1");
            config.getAsJsonObject("linux").add("sysctl", sysctl);
            config.getAsJsonObject("process").addProperty("oomScoreAdj", 500);
            config.getAsJsonObject("linux").remove("maskedPaths");
            config.getAsJsonObject("linux").remove("readonlyPaths");
        });
        args("one", "sh", "-c", "umount /proc; cat /proc/sys/net/ipv4/ip_forward /proc/self/oom_score_adj");
        edit("one", config -> capabilities(config, "CAP_SYS_ADMIN"));
        var ended = oci("run", "--bundle", host.work().resolve("one"), "c").run();
        for (var file : files) {
            assertEquals("untouched", Files.readString(file), file.toString());
        }
        assertTrue(ended.status() != 0 || ended.out().equals("1\n500\n"), ended.out());
    }

    /** CVE-2025-31133: a /dev/null that is something else. */
    @Test
    void whatIsMaskedIsNotCoveredByWhatTheImageCallsNull() throws IOException {
        Files.createDirectories(root.resolve("dev"));
        Files.writeString(root.resolve("bait"), "bait");
        Files.writeString(root.resolve("hidden"), "hidden");
        Files.createSymbolicLink(root.resolve("dev/null"), Path.of("/bait"));
        edit("one", config -> {
            removeMounts(config, "/dev");
            var masked = new JsonArray();
            masked.add("/hidden");
            config.getAsJsonObject("linux").add("maskedPaths", masked);
        });
        args("one", "cat", "/hidden");
        var ended = oci("run", "--bundle", host.work().resolve("one"), "c").run();
        assertArrayEquals(new byte[0], ended.output(), ended.out());
        assertEquals("bait", Files.readString(root.resolve("bait")));
    }

    /** CVE-2025-52565: a terminal whose name is that of something else. */
    @Test
    void theConsoleIsTheTerminal() throws IOException {
        Files.writeString(root.resolve("bait"), "bait");
        var names = Files.createDirectories(host.work().resolve("names/pts")).getParent();
        host.command("mknod", "-m", "666", names.resolve("ptmx"), "c", "5", "2")
                .run()
                .succeeded();
        Files.createSymbolicLink(names.resolve("0"), Path.of("/bait"));
        edit("one", config -> {
            removeMounts(config, "/dev/pts");
            mount(config, names.toString(), "/dev/pts", "bind");
            mount(config, "devpts", "/dev/pts/pts", "devpts");
        });
        args("one", "sh", "-c", "stat -c %t /dev/console; cat /bait; test -t 0 && echo tty");
        var ended = onTerminal();
        assertTrue(ended.out().contains("88\r\nbaittty"), ended.out() + ended.errors());
    }

    /** CVE-2025-52565: a console that the image has made a link. */
    @Test
    void theConsoleIsNoLink() throws IOException {
        Files.writeString(root.resolve("bait"), "bait");
        Files.createDirectories(root.resolve("dev/pts"));
        Files.createSymbolicLink(root.resolve("dev/console"), Path.of("/bait"));
        edit("one", config -> {
            removeMounts(config, "/dev");
            mount(config, "devpts", "/dev/pts", "devpts");
        });
        args("one", "cat", "/bait");
        var ended = onTerminal();
        assertNotEquals(0, ended.status());
        assertTrue(ended.out().contains("Open terminal") && ended.out().contains("ELOOP"), ended.out());
    }

    private static Command.Ended onTerminal() throws IOException {
        edit("one", config -> config.getAsJsonObject("process").addProperty("terminal", true));
        var words = oci("run", "--bundle", host.work().resolve("one"), "c");
        return host.command("script", "-qec", String.join(" ", words.line()), "/dev/null")
                .run();
    }

    /** CVE-2022-29162: capabilities that are inherited, for no one who is not root to have. */
    @Test
    void nothingIsInheritable() throws IOException {
        args("one", "sleep", "1000");
        start("one", "c");
        assertEquals(
                "CapInh:\t0000000000000000",
                oci("exec", "--cap", "CAP_NET_RAW", "c", "grep", "CapInh", "/proc/self/status")
                        .run()
                        .succeeded()
                        .out()
                        .strip());
    }

    /** CVE-2023-25809: cgroups that can be written to, where there is a user namespace and no cgroup namespace. */
    @Test
    void noCgroupCanBeMadeWithoutANamespaceOfThem() throws IOException {
        own(root);
        try {
            assertNoCgroupCanBeMade();
        } finally {
            for (var folder : cgroups()) {
                host.command("find", folder, "-depth", "-type", "d", "-delete").run();
            }
        }
    }

    /** Those that the container has. */
    private static List<Path> cgroups() throws IOException {
        var all = new ArrayList<Path>();
        try (var hierarchies = Files.list(Path.of("/sys/fs/cgroup"))) {
            hierarchies
                    .map(each -> each.getFileName().toString().equals(ADVISORY) ? each : each.resolve(ADVISORY))
                    .filter(Files::isDirectory)
                    .forEach(all::add);
        }
        return all;
    }

    private static void assertNoCgroupCanBeMade() throws IOException {
        edit("one", config -> {
            config.getAsJsonObject("linux").addProperty("cgroupsPath", "/" + ADVISORY);
            // They become the container's own, so that it is their mounts alone that forbid it.
            config.add("hooks", JsonParser.parseString("""
                            {"createRuntime": [{"path": "/bin/sh", "args": ["sh", "-c",
                             "chown 100000 /sys/fs/cgroup/*/NAME /sys/fs/cgroup/NAME 2>/dev/null; true"]}]}
                            """.replace("NAME", ADVISORY)));
            var linux = config.getAsJsonObject("linux");
            linux.getAsJsonArray("namespaces").remove(namespace(config, "cgroup"));
            linux.getAsJsonArray("namespaces").add(JsonParser.parseString("{\"type\": \"user\"}"));
            for (var ids : new String[] {"uidMappings", "gidMappings"}) {
                linux.add(ids, JsonParser.parseString("[{\"containerID\": 0, \"hostID\": 100000, \"size\": 65536}]"));
            }
        });
        args(
                "one",
                "sh",
                "-c",
                "find /sys/fs/cgroup -type d | while read d; do mkdir $d/escaped 2>/dev/null && echo $d; done; ls -d /sys/fs/cgroup");
        var ended = oci("run", "--bundle", host.work().resolve("one"), "c").run();
        assertEquals("/sys/fs/cgroup\n", ended.out(), ended.errors());
        assertEquals(0, ended.status(), ended.errors());
    }

    /** The same, by somebody who has folders of the host open. */
    private Command holding(Command command) {
        return host.command(
                "sh", "-c", "exec \"$@\" 5</ 7<" + victim + " 9<" + victim.resolve("secret"), "sh", command.line());
    }

    private static Command oci(Object... words) {
        return host.command(Host.KOKER, "oci", "--root", host.work().resolve("oci"), Command.words(words));
    }

    /** The same, where a container that stays does not hold the test's pipes. */
    private static Command silent(Object... words) {
        return host.command(
                "sh", "-c", "exec \"$0\" \"$@\" >/dev/null 2>&1", oci(words).line());
    }

    /** A bundle with BusyBox, as {@code koker oci spec} describes it. */
    private static Path bundle(String name, Consumer<JsonObject> change) throws IOException {
        var bundle = Files.createDirectory(host.work().resolve(name));
        var bin = Files.createDirectories(bundle.resolve("rootfs/bin"));
        Files.createDirectory(bundle.resolve("rootfs/proc"));
        Files.createDirectory(bundle.resolve("rootfs/sys"));
        Files.copy(Path.of("/bin/busybox"), bin.resolve("busybox"));
        for (var link : new String[] {
            "sh", "cat", "ls", "sleep", "true", "grep", "readlink", "find", "mkdir", "umount", "stat", "test"
        }) {
            Files.createSymbolicLink(bin.resolve(link), Path.of("busybox"));
        }
        host.command(Host.KOKER, "oci", "spec", "--bundle", bundle).run().succeeded();
        edit(name, config -> {
            config.getAsJsonObject("process").addProperty("terminal", false);
            config.getAsJsonObject("root").addProperty("readonly", false);
            change.accept(config);
        });
        return bundle;
    }

    private static void edit(String name, Consumer<JsonObject> change) throws IOException {
        var file = host.work().resolve(name).resolve("config.json");
        var config = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
        change.accept(config);
        Files.writeString(file, config.toString());
    }

    private static void args(String name, String... words) throws IOException {
        var args = new JsonArray();
        for (var word : words) {
            args.add(word);
        }
        edit(name, config -> config.getAsJsonObject("process").add("args", args));
    }

    /** Starts a container, and returns its process. */
    private static long start(String name, String id) {
        var file = host.work().resolve("pid-" + id);
        var ended = silent(
                        "run",
                        "--detach",
                        "--pid-file",
                        file,
                        "--bundle",
                        host.work().resolve(name),
                        id)
                .run();
        assertEquals(0, ended.status(), ended.errors());
        try {
            return Long.parseLong(Files.readString(file));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void executable(String path, String text) throws IOException {
        var file = Files.writeString(root.resolve(path.substring(1)), text);
        assertTrue(file.toFile().setExecutable(true, false));
    }

    private static void own(Path folder) {
        host.command("chown", "-hR", "100000:100000", folder).run().succeeded();
    }

    private static JsonObject namespace(JsonObject config, String type) {
        for (var namespace : config.getAsJsonObject("linux").getAsJsonArray("namespaces")) {
            if (namespace.getAsJsonObject().get("type").getAsString().equals(type)) {
                return namespace.getAsJsonObject();
            }
        }
        return new JsonObject();
    }

    private static void mount(JsonObject config, String source, String destination, String type) {
        var mount = new JsonObject();
        mount.addProperty("source", source);
        mount.addProperty("destination", destination);
        mount.addProperty("type", type);
        if (type.equals("bind")) {
            var options = new JsonArray();
            options.add("bind");
            mount.add("options", options);
        }
        config.getAsJsonArray("mounts").add(mount);
    }

    /** Removes the mount at {@code folder}, and those below it. */
    private static void removeMounts(JsonObject config, String folder) {
        var kept = new JsonArray();
        for (var mount : config.getAsJsonArray("mounts")) {
            var destination = mount.getAsJsonObject().get("destination").getAsString();
            if (!destination.equals(folder) && !destination.startsWith(folder + "/")) {
                kept.add(mount);
            }
        }
        config.add("mounts", kept);
    }

    private static void device(JsonObject config, String path) {
        config.getAsJsonObject("linux")
                .add(
                        "devices",
                        JsonParser.parseString("[{\"path\": \"" + path
                                + "\", \"type\": \"c\", \"major\": 1, \"minor\": 3, \"fileMode\": 438}]"));
    }

    /** Gives {@code names} beside what the process has. */
    private static void capabilities(JsonObject config, String... names) {
        var sets = config.getAsJsonObject("process").getAsJsonObject("capabilities");
        for (var set : new String[] {"bounding", "effective", "permitted"}) {
            for (var name : names) {
                sets.getAsJsonArray(set).add(name);
            }
        }
    }
}

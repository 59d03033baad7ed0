package koker.registry;

import static koker.registry.FakeRegistry.reply;
import static koker.registry.TestImages.field;
import static koker.registry.TestImages.run;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import koker.image.Digest;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Pulls from Debian's docker-registry what skopeo pushed there, and from one that misbehaves; all on loopback. */
@Timeout(120)
class PullIT {
    private static final Path KOKER = Path.of(System.getProperty("koker.binary"));
    private static final String PASSWORD = "open sesame";
    private static final String BASIC =
            Base64.getEncoder().encodeToString(("somebody:" + PASSWORD).getBytes(StandardCharsets.UTF_8));
    private static final String HTPASSWD = "somebody:$2y$05$SmcllRFOVO1i9mFnhcioI.Vkcgr13LJoLm/OQgltrh61F70dXrm9.";
    private static final int KILLS = 100;

    private static Path folder;
    private static TestImages images;
    private static String layered;
    private static DockerRegistry open;
    private static DockerRegistry closed;

    private Path root;
    private Path dockerConfig;

    private record Started(Process process, Path err) {}

    private record Ended(int status, String out, String err) {}

    @BeforeAll
    static void startRegistries() throws Exception {
        folder = Files.createTempDirectory(KOKER.toAbsolutePath().getParent().resolveSibling("target"), "pull");
        images = new TestImages(folder.resolve("source"));
        layered = images.layered("layered");
        images.twoPlatforms("two");
        images.image("zstd", images.zstd("mkdir bin; cp /bin/busybox bin/sh"));
        var passwords = Files.writeString(folder.resolve("htpasswd"), HTPASSWD);
        open = new DockerRegistry(folder.resolve("open"), "");
        closed = new DockerRegistry(
                folder.resolve("closed"), "auth: {htpasswd: {realm: here, path: " + passwords + "}}");
        push(open, "layered", "");
        push(open, "two", "--all");
        push(open, "zstd", "");
        push(closed, "layered", "--dest-creds 'somebody:" + PASSWORD + "'");
    }

    @AfterAll
    static void stopRegistries() throws Exception {
        if (open != null) {
            open.close();
        }
        if (closed != null) {
            closed.close();
        }
        run("rm -rf " + folder);
    }

    @BeforeEach
    void makeRoot() throws IOException {
        root = Files.createTempDirectory(folder, "root");
        dockerConfig = Files.createTempDirectory(folder, "docker");
    }

    @AfterEach
    void removeRoot() throws Exception {
        run("rm -rf " + root + " " + dockerConfig);
    }

    @Test
    void whatWouldBeBroughtIsShownAndNothingIsStored() throws Exception {
        var name = open.host() + "/two";
        var plan = good(koker("pull", "--dry-run", name)).out();
        assertEquals(
                List.of("KIND", "index", "manifest", "config", "layer"),
                plan.lines().map(line -> line.split(" ")[0]).toList());
        assertEquals(
                1, plan.lines().filter(line -> line.endsWith("is looked into")).count(), plan);
        assertEquals(3, plan.lines().filter(line -> line.endsWith("is brought")).count(), plan);
        assertEquals("", run("find " + root + " -type f"));
        var manifest = plan.lines().toList().get(2).split(" +")[1];
        good(koker("pull", name));
        assertTrue(Files.exists(root.resolve("images/blobs/sha256").resolve(manifest.substring("sha256:".length()))));
        plan = good(koker("pull", "--dry-run", "--format", "json", name)).out();
        assertEquals(
                3, plan.lines().filter(line -> line.endsWith("\"here\":true}")).count(), plan);
        assertEquals(125, koker("pull", "--format", "json", name).status());
    }

    @Test
    void theTreeIsWhatUmociUnpacks() throws Exception {
        good(koker("pull", open.host() + "/layered"));
        run("umoci unpack --image " + images.folder + ":layered " + folder.resolve("bundle"));
        var layers = new ArrayList<String>();
        for (var diffId :
                config(layered).split("\"diff_ids\":\\[")[1].split("]")[0].split(", *")) {
            layers.addFirst(root + "/layers/" + diffId.replaceAll("\"|sha256:", ""));
        }
        // The times of folders are not compared: umoci's are those of its own writing where layers meet.
        var list = " && find . -mindepth 1 ! -type d -printf '%P %y %m %U %G %s %n %T@ %l\\n' | sort"
                + " && find . -mindepth 1 -type d -printf '%P %m %U %G\\n' | sort"
                + " && find . -type f -exec sha256sum {} + | sort -k2";
        var expected = run("cd " + folder.resolve("bundle/rootfs") + list);
        var mount = "mount -t overlay overlay -o lowerdir=" + String.join(":", layers) + " "
                + folder.resolve("bundle/rootfs");
        var look = Files.writeString(
                folder.resolve("look.sh"), mount + " && cd " + folder.resolve("bundle/rootfs") + list);
        assertEquals(expected, run("unshare -m sh " + look));
    }

    @Test
    void skopeoReadsTheStore() throws Exception {
        good(koker("pull", open.host() + "/layered"));
        var name = open.host() + "/layered:latest";
        var raw = run("skopeo inspect --raw oci:" + root + "/images:" + name);
        assertEquals(Files.readString(images.blob(field(layered, "digest"))), raw);
    }

    @Test
    void readsZstdWithAllItsFrames() throws Exception {
        var run = good(koker("run", open.host() + "/zstd", "sh", "-c", "echo $MARKER"));
        assertEquals("one\n", run.out());
        assertFalse(run.err().contains("WARNING"), run::err);
    }

    @Test
    void choosesThePlatformOfAnIndex() throws Exception {
        var name = open.host() + "/two";
        assertEquals(
                "amd64\n", good(koker("run", name, "sh", "-c", "echo $MARKER")).out());
        var amd64 = good(koker("images", "-q")).out();
        good(koker("pull", "--platform", "linux/arm64", name));
        assertNotEquals(amd64, good(koker("images", "-q")).out());
        var none = koker("pull", "--platform", "linux/s390x", name);
        assertEquals(125, none.status());
        assertTrue(
                none.err().contains("not made for linux/s390x; choose one with --platform: linux/amd64, linux/arm64"),
                none::err);
    }

    @Test
    void whatIsHereIsNotFetchedAgain() throws Exception {
        try (var registry = new FakeRegistry(images, layered, (_, _, _) -> false)) {
            good(koker("pull", registry.image()));
            assertEquals(5, registry.times("/blobs/"));
            good(koker("pull", registry.image()));
            assertEquals(5, registry.times("/blobs/"));
            assertEquals(2, registry.times("/manifests/"));
        }
    }

    @Test
    void twoPullsAtOnceDoTheWorkOnce() throws Exception {
        try (var registry =
                new FakeRegistry(images, layered, (_, path, _) -> pause(path.contains("/blobs/") ? 300 : 0))) {
            var one = start("pull", registry.image());
            var two = start("pull", registry.image());
            good(end(one));
            good(end(two));
            assertEquals(5, registry.times("/blobs/"));
        }
        nothingHalfDone();
    }

    @Test
    void passwordOpensAndIsNotShown() throws Exception {
        var name = closed.host() + "/layered";
        var anonymous = koker("pull", name);
        assertEquals(125, anonymous.status());
        assertTrue(anonymous.err().contains("gives no access without a login"), anonymous::err);
        login(closed.host(), Base64.getEncoder().encodeToString("somebody:wrong".getBytes(StandardCharsets.UTF_8)));
        assertTrue(koker("pull", name).err().contains("does not accept your credentials"));
        login(closed.host(), BASIC);
        var pulled = good(koker("-D", "pull", name));
        assertTrue(
                pulled.err()
                        .contains("HTTP request method=GET url=http://" + closed.host()
                                + "/v2/layered/manifests/latest status=401"),
                pulled::err);
        assertTrue(pulled.err().contains("authorization=Basic"), pulled::err);
        assertFalse(pulled.err().contains(BASIC) || pulled.err().contains(PASSWORD), pulled::err);
    }

    @Test
    void tokenIsFetchedWhereTheRegistrySays() throws Exception {
        try (var registry = new FakeRegistry(images, layered, (exchange, path, _) -> {
            var authorization = exchange.getRequestHeaders().getFirst("Authorization");
            if (path.startsWith("/token")) {
                var known = path.equals("/token?service=fake&scope=repository:fake:pull")
                        && ("Basic " + BASIC).equals(authorization);
                reply(exchange, known ? 200 : 401, "{\"token\":\"t0psecret\",\"expires_in\":300}");
                return true;
            }
            if ("Bearer t0psecret".equals(authorization)) {
                return false;
            }
            var realm = "http://" + exchange.getLocalAddress().toString().substring(1) + "/token";
            exchange.getResponseHeaders()
                    .set(
                            "WWW-Authenticate",
                            "Bearer realm=\"" + realm + "\",service=\"fake\",scope=\"repository:fake:pull\"");
            reply(exchange, 401, "");
            return true;
        })) {
            login(registry.host(), BASIC);
            var pulled = good(koker("-D", "pull", registry.image()));
            assertEquals(1, registry.times("/token"));
            assertFalse(pulled.err().contains("t0psecret") || pulled.err().contains(BASIC), pulled::err);
        }
    }

    @Test
    void redirectsDoNotCarryCredentials() throws Exception {
        try (var storage = new FakeRegistry(images, layered, (_, _, _) -> false);
                var registry = new FakeRegistry(images, layered, (exchange, path, _) -> {
                    if (exchange.getRequestHeaders().getFirst("Authorization") == null) {
                        exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=x");
                        reply(exchange, 401, "");
                        return true;
                    }
                    if (path.contains("/blobs/")) {
                        exchange.getResponseHeaders()
                                .set("Location", "http://" + storage.host() + path + "?signature=s3cret");
                        reply(exchange, 307, "");
                        return true;
                    }
                    return false;
                })) {
            login(registry.host(), BASIC);
            var pulled = good(koker("-D", "pull", registry.image()));
            assertTrue(storage.times("/blobs/") > 0);
            storage.asked.forEach(asked -> assertNull(asked.authorization()));
            assertFalse(pulled.err().contains("s3cret"), pulled::err);
        }
    }

    @Test
    void aServerOutOfBreathIsAskedAgain() throws Exception {
        try (var registry = new FakeRegistry(images, layered, (exchange, path, nth) -> {
            if (nth > 1) {
                return false;
            }
            if (path.contains("/manifests/")) {
                exchange.getResponseHeaders().set("Retry-After", "1");
                reply(exchange, 429, "{\"errors\":[{\"code\":\"TOOMANYREQUESTS\",\"message\":\"slow down\"}]}");
            } else {
                reply(exchange, 500, "");
            }
            return true;
        })) {
            var pulled = good(koker("pull", registry.image()));
            assertTrue(pulled.err().contains("429, slow down\" wait=1000ms"), pulled::err);
            assertEquals(10, registry.times("/blobs/"));
        }
    }

    @Test
    void interruptedTransfersGoOn() throws Exception {
        try (var registry = new FakeRegistry(images, layered, (exchange, path, nth) -> {
            if (!path.contains("/blobs/") || nth > 1) {
                return false;
            }
            var bytes = Files.readAllBytes(images.blob(path.replaceFirst(".*/", "")));
            exchange.sendResponseHeaders(200, bytes.length);
            exchange.getResponseBody().write(bytes, 0, bytes.length / 2);
            exchange.getResponseBody().flush();
            exchange.close(); // with half of it unsent
            return true;
        })) {
            good(koker("pull", registry.image()));
            var ranges = registry.asked.stream()
                    .filter(asked -> asked.range() != null)
                    .toList();
            assertTrue(ranges.size() >= 4, ranges::toString);
        }
        nothingHalfDone();
    }

    @Test
    void wrongBytesAreRefused() throws Exception {
        try (var registry = new FakeRegistry(images, layered, (exchange, path, _) -> {
            if (!path.contains("/blobs/")) {
                return false;
            }
            var bytes = Files.readAllBytes(images.blob(path.replaceFirst(".*/", "")));
            bytes[bytes.length / 2]++;
            exchange.sendResponseHeaders(200, bytes.length);
            exchange.getResponseBody().write(bytes);
            return true;
        })) {
            var refused = koker("pull", registry.image());
            assertEquals(125, refused.status());
            assertTrue(
                    refused.err().matches("(?s).*koker: sha256:\\w+ is refused: what came has .* and the digest .*"),
                    refused::err);
            assertEquals(1, refused.err().lines().count(), refused::err);
            assertEquals(1, files(root.resolve("images/blobs")).size(), "only the manifest is true");
        }
    }

    @Test
    void endlessRepliesAreCutOff() throws Exception {
        try (var registry = new FakeRegistry(images, layered, (exchange, path, _) -> {
            exchange.sendResponseHeaders(200, 0);
            var blanks = new byte[1 << 20];
            for (var i = 0; i < 1000; i++) {
                exchange.getResponseBody().write(blanks);
            }
            return true;
        })) {
            var refused = koker("pull", registry.image());
            assertEquals(125, refused.status());
            assertTrue(refused.err().contains("larger than 8 MiB"), refused::err);
        }
    }

    @Test
    void artifactsAreRefusedByName() throws Exception {
        var chart = images.put("application/vnd.cncf.helm.config.v1+json", TestImages.utf8("{}"));
        var manifest = images.put(
                TestImages.MANIFEST,
                TestImages.utf8("{\"schemaVersion\":2,\"mediaType\":\"%s\",\"config\":%s,\"layers\":[]}"
                        .formatted(TestImages.MANIFEST, chart)));
        try (var registry = new FakeRegistry(images, manifest, (_, _, _) -> false)) {
            var refused = koker("pull", registry.image());
            assertEquals(125, refused.status());
            assertTrue(
                    refused.err().contains("an artifact of type application/vnd.cncf.helm.config.v1+json"),
                    refused::err);
            assertEquals(0, registry.times("/blobs/"));
        }
    }

    @Test
    @Timeout(300)
    void aKilledPullLeavesAWholeStore() throws Exception {
        var random = new Random(3);
        var name = open.host() + "/layered";
        var started = System.nanoTime();
        good(koker("pull", name));
        // On a busy machine later pulls may be much quicker than the first: the kills must come while there is
        // something to kill.
        var whole = Math.min(1000, (int) TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - started));
        good(koker("rmi", name));
        for (var i = 0; i < KILLS; i++) {
            var pull = start("pull", name).process();
            if (!pull.waitFor(random.nextInt(whole / 4, whole), TimeUnit.MILLISECONDS)) {
                pull.destroyForcibly().waitFor();
            }
            for (var blob : files(root.resolve("images/blobs"))) {
                assertEquals(
                        "sha256:" + blob.getFileName(),
                        Digest.sha256(Files.readAllBytes(blob)).toString());
            }
            if (i % 5 == 4) {
                good(koker("images"));
                run("rm -rf " + root + "/images " + root + "/layers");
            }
        }
        good(koker("pull", name));
        nothingHalfDone();
        assertEquals(
                "one\n",
                good(koker("run", "--pull", "never", name, "sh", "-c", "echo $MARKER"))
                        .out());
    }

    @Test
    void removesWhatNothingElseNeeds() throws Exception {
        var name = open.host() + "/layered";
        good(koker("pull", name));
        good(koker("pull", open.host() + "/two"));
        var table = good(koker("images")).out().lines().toList();
        assertTrue(table.getFirst().matches("REPOSITORY +TAG +IMAGE ID +CREATED +SIZE"), table::toString);
        assertTrue(
                table.stream()
                        .anyMatch(line -> line.matches(name + " +latest +[0-9a-f]{12} +\\d+ months ago +[0-9.]+MB")),
                table::toString);

        good(koker("run", "--name", "user", name, "busybox", "true"));
        var refused = koker("rmi", name);
        assertEquals(1, refused.status());
        assertTrue(refused.err().contains("in use by container user; remove that first"), refused::err);
        good(koker("rmi", "-f", name));
        var unnamed = good(koker("images", "--no-trunc")).out();
        assertTrue(unnamed.matches("(?s).*<none> +<none> +sha256:.*"), unnamed);
        good(koker("container", "rm", "user"));
        var id = unnamed.replaceAll("(?s).*<none> +<none> +sha256:(\\w{12}).*", "$1");
        good(koker("image", "rm", id));

        assertEquals(3, files(root.resolve("images/blobs")).size(), "the other image's");
        assertEquals(
                1, Files.list(root.resolve("layers")).filter(Files::isDirectory).count());
        assertEquals(
                "amd64\n",
                good(koker("run", "--pull", "never", open.host() + "/two", "sh", "-c", "echo $MARKER"))
                        .out());
    }

    @Test
    void runPullsWhatIsMissing() throws Exception {
        var name = open.host() + "/layered";
        var never = koker("run", "--pull", "never", name, "true");
        assertEquals(125, never.status());
        assertTrue(never.err().contains("no image '" + name + ":latest' on this machine"), never::err);
        assertEquals(
                "one\n", good(koker("run", name, "sh", "-c", "echo $MARKER")).out());
        assertTrue(good(koker("-D", "run", "--pull", "always", name, "sh", "-c", ":"))
                .err()
                .contains("HTTP request"));
        assertFalse(good(koker("-D", "run", name, "sh", "-c", ":")).err().contains("HTTP request"));
    }

    @Test
    void runStartsAgainToPullFastAndStaysTheSameCommand() throws Exception {
        var script = "echo \"$#$1$2$KOKER_CLASSES\"";
        var words = new String[] {"-D", "run", "--rm", open.host() + "/zstd", "sh", "-c", script, "x", "", "a  b"};
        var first = good(koker(words));
        assertEquals("2a  b\n", first.out());
        assertEquals(
                1,
                first.err().lines().filter(line -> line.contains("Start again")).count(),
                first.err());
        assertFalse(good(koker(words)).err().contains("Start again"));
    }

    private static void push(DockerRegistry registry, String tag, String options) throws Exception {
        run("skopeo --insecure-policy copy -q --dest-tls-verify=false " + options + " oci:" + images.folder + ":" + tag
                + " docker://" + registry.host() + "/" + tag);
    }

    private static String config(String manifest) throws IOException {
        var json = Files.readString(images.blob(field(manifest, "digest")));
        return Files.readString(images.blob(field(json.substring(json.indexOf("\"config\"")), "digest")));
    }

    private void login(String host, String basic) throws IOException {
        Files.writeString(
                dockerConfig.resolve("config.json"), "{\"auths\":{\"%s\":{\"auth\":\"%s\"}}}".formatted(host, basic));
    }

    private void nothingHalfDone() throws IOException {
        for (var folder : List.of("images", "layers")) {
            try (var all = Files.list(root.resolve(folder))) {
                assertEquals(
                        List.of(),
                        all.filter(file -> file.toString().endsWith(".partial")).toList());
            }
        }
    }

    private static List<Path> files(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return List.of();
        }
        try (var all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile).toList();
        }
    }

    private static boolean pause(int millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return false;
    }

    private static Ended good(Ended ended) {
        assertEquals(0, ended.status(), ended::err);
        return ended;
    }

    private Ended koker(String... words) throws Exception {
        return end(start(words));
    }

    private Started start(String... words) throws IOException {
        var command = new ArrayList<>(List.of(KOKER.toString(), "--root", root.toString()));
        command.addAll(List.of(words));
        var err = Files.createTempFile(dockerConfig, "err", "");
        var builder = new ProcessBuilder(command)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectError(err.toFile());
        builder.environment().put("DOCKER_CONFIG", dockerConfig.toString());
        return new Started(builder.start(), err);
    }

    private static Ended end(Started started) throws Exception {
        var out = new String(started.process().getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ended(started.process().waitFor(), out, Files.readString(started.err()));
    }
}

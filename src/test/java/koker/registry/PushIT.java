package koker.registry;

import static koker.registry.FakeRegistry.reply;
import static koker.registry.TestImages.field;
import static koker.registry.TestImages.run;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import koker.image.Digest;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Pushes to Debian's docker-registry, from which skopeo pulls it again, and to one that misbehaves; all on loopback. */
@Timeout(120)
class PushIT {
    private static final String LARGEST = "/blobs/sha256:";

    private static Path folder;
    private static TestImages images;
    private static String layered;
    private static DockerRegistry registry;
    /** What skopeo pushed to the registry, and koker has pulled, is here for all tests to push. */
    private static Client owner;

    private Client client;

    @BeforeAll
    static void pullWhatIsPushed() throws Exception {
        folder = Client.workFolder("push");
        images = new TestImages(folder.resolve("source"));
        layered = images.layered("layered");
        images.twoPlatforms("two");
        registry = new DockerRegistry(folder.resolve("registry"), "");
        for (var tag : List.of("layered", "two")) {
            run("skopeo --insecure-policy copy -q --all --dest-tls-verify=false oci:" + images.folder + ":" + tag
                    + " docker://" + registry.host() + "/" + tag);
        }
        owner = new Client(folder);
        owner.good("pull", registry.host() + "/layered");
        owner.good("pull", "--platform", "linux/arm64", registry.host() + "/two");
    }

    @AfterAll
    static void stop() throws Exception {
        if (registry != null) {
            registry.close();
        }
        if (owner != null) {
            owner.close();
        }
        run("rm -rf " + folder);
    }

    @BeforeEach
    void borrow() throws Exception {
        client = new Client(folder);
        run("cp -a " + owner.root + " " + client.root);
    }

    @AfterEach
    void giveBack() throws IOException {
        client.close();
    }

    private static String source() {
        return registry.host() + "/layered";
    }

    /** Pushes to a fake registry that does {@code mischief}, and checks that all arrived; returns the log. */
    private String pushed(FakeRegistry fake) throws Exception {
        var log = client.good("-D", "push", source(), fake.image()).err();
        var manifest = Files.readAllBytes(images.blob(field(layered, "digest")));
        assertArrayEquals(manifest, fake.taken.get("1"));
        for (var digest : digests(new String(manifest))) {
            assertArrayEquals(Files.readAllBytes(images.blob(digest)), fake.taken.get(digest), digest);
        }
        assertFalse(log.contains("s3cret"), log);
        return log;
    }

    private static Set<String> digests(String manifest) {
        var digests = new HashSet<String>();
        for (var part : manifest.split("\"digest\":\"")) {
            if (part.startsWith("sha256:")) {
                digests.add(part.substring(0, 71));
            }
        }
        return digests;
    }

    @Test
    void whatSkopeoPullsIsTheSame() throws Exception {
        var target = registry.host() + "/some/where:1.0";
        var pushed = client.good("push", source(), target);
        var digest = field(layered, "digest");
        assertEquals("1.0: digest: " + digest + " size: " + field(layered, "size") + "\n", pushed.out());
        run("skopeo --insecure-policy copy -q --src-tls-verify=false docker://" + target + " oci:"
                + folder.resolve("back"));
        for (var each : digests(Files.readString(images.blob(digest)))) {
            assertTrue(Files.exists(folder.resolve("back/blobs").resolve(each.replace(':', '/'))), each);
        }
        assertEquals(
                digest,
                run("skopeo inspect --tls-verify=false --format '{{.Digest}}' docker://" + target)
                        .strip());
        assertEquals(
                digest,
                run("skopeo inspect --raw oci:" + folder.resolve("back") + " | sha256sum | sed 's/ .*//;s/^/sha256:/'")
                        .strip());
    }

    @Test
    void ofAnIndexThePulledManifestIsPushed() throws Exception {
        var target = registry.host() + "/one:arm";
        client.good("push", registry.host() + "/two", target);
        var raw = run("skopeo inspect --config --tls-verify=false --override-arch arm64 docker://" + target);
        assertTrue(raw.replace(" ", "").contains("\"architecture\":\"arm64\""), raw);
    }

    @Test
    void theBlobsOfAnotherRepositoryAreMounted() throws Exception {
        var log = client.good("-D", "push", source(), registry.host() + "/mounted:1")
                .err();
        assertTrue(log.contains("from=layered\" status=201"), log);
        assertFalse(log.contains("method=PATCH"), log);
    }

    @Test
    void whatIsThereIsNotSentAgain() throws Exception {
        client.good("push", source(), registry.host() + "/twice:1");
        var log = client.good("-D", "push", source(), registry.host() + "/twice:2")
                .err();
        assertFalse(log.contains("method=POST") || log.contains("method=PATCH"), log);
    }

    @Test
    void aMountThatIsDeclinedIsAnUpload() throws Exception {
        try (var fake = new FakeRegistry(images, layered, (_, _, _) -> false)) {
            // Now it has a name there, from which blobs might be mounted.
            client.good("pull", fake.host() + "/before:1");
            var log = client.good("-D", "push", fake.host() + "/before:1", fake.host() + "/fake:1")
                    .err();
            assertEquals(5, fake.times("mount=sha256:"), log);
            assertEquals(5, fake.times("POST", "/uploads/"), "the upload that the registry began is used");
            assertEquals(4 + 1, fake.times("PATCH", "/uploads/"));
        }
    }

    @Test
    void aMountThatIsRefusedIsAnUpload() throws Exception {
        try (var fake = new FakeRegistry(images, layered, (exchange, path, _) -> {
            if (path.contains("mount=")) {
                reply(exchange, 403, "");
                return true;
            }
            return false;
        })) {
            client.good("pull", fake.host() + "/before:1");
            client.good("push", fake.host() + "/before:1", fake.host() + "/fake:1");
            assertEquals(5, fake.times("PATCH", "/uploads/"));
        }
    }

    @Test
    void aConnectionThatBreaksGoesOnInChunks() throws Exception {
        try (var fake = new FakeRegistry(images, layered, new OfTheLargest() {
            @Override
            boolean answer(HttpExchange exchange, String path, byte[] body, int nth) {
                if (nth > 1) {
                    return false;
                }
                // Half of it has come, and is kept, when the connection breaks.
                fake().taken.put(path, Arrays.copyOf(body, body.length / 2));
                exchange.close();
                return true;
            }
        })) {
            pushed(fake);
            assertEquals(1, fake.times("GET", "/uploads/"));
            var ranges = fake.asked.stream()
                    .filter(asked -> asked.method().equals("PATCH") && asked.range() != null)
                    .toList();
            assertEquals(1, ranges.size(), ranges::toString);
            assertFalse(ranges.getFirst().range().startsWith("0-"), ranges::toString);
        }
    }

    @Test
    void whatIsTooMuchAtOnceGoesInChunks() throws Exception {
        try (var fake = new FakeRegistry(images, layered, (exchange, path, _) -> {
            if (exchange.getRequestMethod().equals("PATCH")) {
                var length = Integer.parseInt(exchange.getRequestHeaders().getFirst("Content-Length"));
                if (length > 4 << 20) {
                    exchange.getRequestBody().readAllBytes();
                    reply(exchange, 413, "");
                    return true;
                }
            }
            return false;
        })) {
            pushed(fake);
            assertEquals(
                    2,
                    fake.asked.stream()
                            .filter(asked -> asked.method().equals("PATCH") && asked.range() != null)
                            .count());
        }
    }

    @Test
    void aRegistryMayWantLargerChunks() throws Exception {
        try (var fake = new FakeRegistry(images, layered, (exchange, path, nth) -> {
            if (exchange.getRequestMethod().equals("POST")) {
                exchange.getResponseHeaders().set("OCI-Chunk-Min-Length", Integer.toString(5 << 20));
            }
            if (exchange.getRequestMethod().equals("PATCH")
                    && exchange.getRequestHeaders().getFirst("Content-Range") == null) {
                exchange.getRequestBody().readAllBytes();
                reply(exchange, 413, "");
                return true;
            }
            return false;
        })) {
            pushed(fake);
            assertTrue(
                    fake.asked.stream().anyMatch(asked -> ("0-" + ((5 << 20) - 1)).equals(asked.range())),
                    fake.asked::toString);
        }
    }

    @Test
    void aRegistryThatHasForgottenTheUploadGetsItAgain() throws Exception {
        try (var fake = new FakeRegistry(images, layered, (exchange, path, nth) -> {
            if (exchange.getRequestMethod().matches("PATCH|PUT") && path.contains("/uploads/") && nth == 1) {
                exchange.getRequestBody().readAllBytes();
                reply(exchange, 404, "{\"errors\":[{\"code\":\"BLOB_UPLOAD_UNKNOWN\"}]}");
                return true;
            }
            return false;
        })) {
            pushed(fake);
        }
    }

    @Test
    void whatTheRegistryHasIsAskedWhereItDisagrees() throws Exception {
        var refusals = new AtomicInteger();
        try (var fake = new FakeRegistry(images, layered, (exchange, path, nth) -> {
            if (exchange.getRequestMethod().equals("PATCH") && refusals.incrementAndGet() == 1) {
                exchange.getRequestBody().readAllBytes();
                reply(exchange, 416, "");
                return true;
            }
            return false;
        })) {
            pushed(fake);
            assertEquals(1, fake.times("GET", "/uploads/"));
        }
    }

    @Test
    void aReplyThatIsLostIsNotAnUploadThatIs() throws Exception {
        try (var fake = new FakeRegistry(images, layered, new OfTheLargest("PUT") {
            @Override
            boolean answer(HttpExchange exchange, String path, byte[] body, int nth) {
                var upload = exchange.getRequestURI().getPath();
                var bytes = fake().taken.remove(upload);
                fake().taken.put(Digest.sha256(bytes).toString(), bytes);
                exchange.close();
                return true;
            }
        })) {
            pushed(fake);
            assertEquals(5, fake.times("POST", "/uploads/"));
        }
    }

    @Test
    void aServerOutOfBreathIsAskedAgain() throws Exception {
        try (var fake = new FakeRegistry(images, layered, (exchange, path, nth) -> {
            if (nth > 1 || !exchange.getRequestMethod().matches("POST|PATCH|PUT")) {
                return false;
            }
            exchange.getRequestBody().readAllBytes();
            exchange.getResponseHeaders().set("Retry-After", "0");
            reply(exchange, exchange.getRequestMethod().equals("POST") ? 429 : 503, "");
            return true;
        })) {
            pushed(fake);
        }
    }

    @Test
    void patienceEnds() throws Exception {
        try (var fake = new FakeRegistry(images, layered, (exchange, path, _) -> {
            if (!exchange.getRequestMethod().equals("PATCH")) {
                return false;
            }
            exchange.getRequestBody().readAllBytes();
            exchange.getResponseHeaders().set("Retry-After", "0");
            reply(exchange, 500, "");
            return true;
        })) {
            var error = client.refused("push", source(), fake.image());
            assertTrue(error.contains("HTTP 500 (5 times)"), error);
            assertNull(fake.taken.get("1"), "no manifest without its blobs");
        }
    }

    @Test
    void anUploadElsewhereCarriesNoCredentials() throws Exception {
        try (var storage = new FakeRegistry(images, layered, (_, _, _) -> false);
                var fake = new FakeRegistry(images, layered, (exchange, path, _) -> {
                    if (exchange.getRequestHeaders().getFirst("Authorization") == null) {
                        exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=x");
                        reply(exchange, 401, "");
                        return true;
                    }
                    if (exchange.getRequestMethod().equals("POST")) {
                        var upload = "/v2/fake/blobs/uploads/" + path.hashCode() + System.nanoTime();
                        storage.taken.put(upload, new byte[0]);
                        exchange.getResponseHeaders()
                                .set("Location", "http://" + storage.host() + upload + "?signature=s3cret");
                        reply(exchange, 202, "");
                        return true;
                    }
                    return false;
                })) {
            client.logIn(fake.host(), "somebody", "open s3cret");
            var log = client.good("-D", "push", source(), fake.image()).err();
            assertEquals(5, storage.times("PATCH", "/uploads/"));
            storage.asked.forEach(asked -> assertNull(asked.authorization()));
            assertFalse(log.contains("s3cret"), log);
        }
    }

    @Test
    void aRedirectedPatchArrivesWhole() throws Exception {
        try (var fake = new FakeRegistry(images, layered, (exchange, path, _) -> {
            if (!exchange.getRequestMethod().equals("PATCH") || path.contains("moved")) {
                return false;
            }
            exchange.getRequestBody().readAllBytes();
            exchange.getResponseHeaders().set("Location", path.replaceFirst("\\?.*", "") + "?moved");
            reply(exchange, 307, "");
            return true;
        })) {
            pushed(fake);
        }
    }

    @Test
    void aTokenForPushingIsAskedForAndRenewed() throws Exception {
        var tokens = new AtomicInteger();
        try (var fake = new FakeRegistry(images, layered, (exchange, path, _) -> {
            var authorization = exchange.getRequestHeaders().getFirst("Authorization");
            if (path.startsWith("/token")) {
                var right = path.equals("/token?service=fake&scope=repository:fake:pull%2Cpush");
                reply(exchange, right ? 200 : 400, "{\"token\":\"t0p-s3cret-%d\"}".formatted(tokens.incrementAndGet()));
                return true;
            }
            // The first is good for the questions alone; whoever sends anything needs another.
            var sends = exchange.getRequestMethod().matches("PATCH|PUT");
            var number = authorization == null ? 0 : Integer.parseInt(authorization.replaceFirst(".*-", ""));
            if (number >= (sends ? 2 : 1)) {
                return false;
            }
            exchange.getRequestBody().readAllBytes();
            exchange.getResponseHeaders()
                    .set(
                            "WWW-Authenticate",
                            "Bearer realm=\"http://%s/token\",service=\"fake\",scope=\"repository:fake:pull,push\""
                                    .formatted(exchange.getRequestHeaders().getFirst("Host")));
            reply(exchange, 401, "");
            return true;
        })) {
            pushed(fake);
            assertTrue(tokens.get() >= 2 && tokens.get() < 6, tokens::toString);
        }
    }

    @Test
    void aRegistryThatChangesTheManifestIsFoundOut() throws Exception {
        try (var fake = new FakeRegistry(images, layered, (exchange, path, _) -> {
            if (exchange.getRequestMethod().equals("PUT") && path.contains("/manifests/")) {
                exchange.getResponseHeaders().set("Docker-Content-Digest", "sha256:" + "0".repeat(64));
            }
            return false;
        })) {
            var error = client.refused("push", source(), fake.image());
            assertTrue(error.contains("the registry changed it"), error);
        }
    }

    @Test
    void whoMayNotIsToldSo() throws Exception {
        try (var fake = new FakeRegistry(images, layered, (exchange, path, _) -> {
            if (exchange.getRequestMethod().equals("POST")) {
                reply(exchange, 403, "{\"errors\":[{\"code\":\"DENIED\",\"message\":\"not\\nyours\"}]}");
                return true;
            }
            return false;
        })) {
            var error = client.refused("push", source(), fake.image());
            assertTrue(error.contains("HTTP 403, not yours; check the name, or log in"), error);
        }
    }

    @Test
    void foreignLayersComeFromElsewhereAndStayThere() throws Exception {
        try (var owner = new FakeRegistry(images, layered, (_, _, _) -> false)) {
            var own = images.foreign(url -> "http://" + owner.host() + "/v2/owner/blobs/" + url);
            try (var fake = new FakeRegistry(images, own, (_, _, _) -> false)) {
                client.good("pull", fake.image());
                assertEquals(1, owner.times("GET", LARGEST));
                owner.asked.forEach(asked -> assertNull(asked.authorization()));
                var log = client.good("push", fake.image(), fake.host() + "/other:2")
                        .err();
                assertTrue(log.contains("WRN Foreign layer not pushed digest="), log);
                assertTrue(fake.taken.containsKey("2"));
                assertEquals(1, fake.times("PATCH", "/uploads/"), "the configuration alone");
            }
        }
    }

    @Test
    void aForeignLayerInTheClearIsRefused() throws Exception {
        var foreign = images.foreign(digest -> "http://nobody.example/" + digest);
        try (var fake = new FakeRegistry(images, foreign, (_, _, _) -> false)) {
            var error = client.refused("pull", fake.image());
            assertTrue(error.contains("led to http://nobody.example, which is not private"), error);
        }
    }

    @Test
    void whatIsNotHereIsNotPushed() throws Exception {
        assertEquals("koker: no image 'nosuch' on this machine; see: koker image ls", client.refused("push", "nosuch"));
        var id = client.good("images", "-q").out().lines().findFirst().orElseThrow();
        assertEquals(
                "koker: an ID does not say where to push " + id + " to; name that behind it",
                client.refused("push", id));
        run("rm " + client.root + "/images/blobs/sha256/"
                + digests(Files.readString(images.blob(field(layered, "digest")))).stream()
                        .sorted()
                        .findFirst()
                        .orElseThrow()
                        .substring(7));
        var error = client.refused("push", source(), registry.host() + "/damaged:1");
        assertTrue(error.contains("pull it again"), error);
    }

    /** Answers the requests that send, or with another method end, the upload of the largest blob. */
    private abstract static class OfTheLargest implements FakeRegistry.Mischief {
        private static final int LARGE = 5_000_000;
        private final String method;
        private final AtomicInteger times = new AtomicInteger();

        OfTheLargest() {
            this("PATCH");
        }

        OfTheLargest(String method) {
            this.method = method;
        }

        abstract boolean answer(HttpExchange exchange, String path, byte[] body, int nth) throws IOException;

        private FakeRegistry fake;

        FakeRegistry fake() {
            return fake;
        }

        @Override
        public void serves(FakeRegistry registry) {
            fake = registry;
        }

        @Override
        public boolean answer(HttpExchange exchange, String path, int nth) throws IOException {
            var upload = exchange.getRequestURI().getPath();
            if (!exchange.getRequestMethod().equals(method) || !path.contains("/uploads/")) {
                return false;
            }
            if (method.equals("PUT")) {
                return fake.taken.get(upload).length > LARGE
                        && times.incrementAndGet() == 1
                        && answer(exchange, upload, new byte[0], 1);
            }
            var body = exchange.getRequestBody().readAllBytes();
            if (body.length > LARGE && answer(exchange, upload, body, times.incrementAndGet())) {
                return true;
            }
            fake.append(exchange, upload, body);
            return true;
        }
    }
}

package koker.registry;

import static koker.registry.FakeRegistry.reply;
import static koker.registry.TestImages.field;
import static koker.registry.TestImages.run;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The ways to a registry that the environment and the configuration choose: proxies and mirrors; all on loopback. */
@Timeout(120)
class WaysIT {
    private static final String USER = "me:s3cret";
    private static final String BASIC =
            "Basic " + Base64.getEncoder().encodeToString(USER.getBytes(StandardCharsets.UTF_8));
    /** No such host: whoever asked a name server for it instead of the proxy would get nowhere. */
    private static final String HOST = "registry.invalid";

    private static Path folder;
    private static TestImages images;
    private static String layered;
    private static DockerRegistry open;
    private static DockerRegistry secure;

    private Client client;

    @BeforeAll
    static void start() throws Exception {
        folder = Client.workFolder("ways");
        images = new TestImages(folder.resolve("source"));
        layered = images.layered("layered");
        var authority = new Authority(folder.resolve("certs.d/" + HOST));
        authority.sign("server", "genrsa -out KEY 2048", "DNS:" + HOST, "-days 2");
        for (var file : new String[] {"cert", "key"}) {
            Files.move(authority.folder.resolve("server." + file), folder.resolve("server." + file));
        }
        open = new DockerRegistry(folder.resolve("open"), "");
        secure = new DockerRegistry(
                folder.resolve("secure"),
                "",
                ", tls: {certificate: %1$s/server.cert, key: %1$s/server.key}".formatted(folder));
    }

    @AfterAll
    static void stop() throws Exception {
        for (var each : new DockerRegistry[] {open, secure}) {
            if (each != null) {
                each.close();
            }
        }
        run("rm -rf " + folder);
    }

    @BeforeEach
    void makeClient() throws IOException {
        client = new Client(folder);
        client.configure("{\"certificates\": [\"%s/certs.d\"]}".formatted(folder));
    }

    @AfterEach
    void closeClient() throws IOException {
        client.close();
    }

    private ForwardProxy proxy(String wanted) throws IOException {
        return new ForwardProxy(Map.of(HOST + ":443", secure.port, HOST + ":5000", open.port), wanted);
    }

    @Test
    void aTunnelLeadsToTls() throws Exception {
        try (var proxy = proxy(BASIC)) {
            client.environment.put("https_proxy", "http://" + USER + "@" + proxy.address());
            var log = client.good("-D", "push", "busybox", HOST + "/busybox:1").err();
            client.good("pull", HOST + "/busybox:1");
            assertFalse(proxy.asked.isEmpty());
            proxy.asked.forEach(line -> assertEquals("CONNECT " + HOST + ":443 HTTP/1.1 " + BASIC, line));
            assertFalse(log.contains("s3cret") || log.contains(BASIC), log);
        }
    }

    @Test
    void whatIsInTheClearGoesThroughTheOther() throws Exception {
        try (var proxy = proxy(BASIC)) {
            client.environment.put("HTTPS_PROXY", "http://" + USER + "@" + proxy.address());
            client.environment.put("HTTP_PROXY", USER + "@" + proxy.address());
            client.good("push", "--insecure", "busybox", HOST + ":5000/busybox:1");
            assertTrue(
                    proxy.asked.stream()
                            .anyMatch(line -> line.startsWith("HEAD http://" + HOST + ":5000/v2/busybox/blobs/")
                                    && line.endsWith(BASIC)),
                    proxy.asked::toString);
        }
    }

    @Test
    void aProxyThatRefusesIsNamed() throws Exception {
        try (var proxy = proxy(BASIC)) {
            client.environment.put("HTTPS_PROXY", proxy.address());
            var error = client.refused("pull", HOST + "/busybox:1");
            assertTrue(error.contains("the proxy does not let us through (HTTP 407"), error);
        }
        client.environment.put("HTTPS_PROXY", "127.0.0.1:1");
        var error = client.refused("pull", HOST + "/busybox:1");
        assertTrue(error.contains("the proxy 127.0.0.1: Connection refused"), error);
    }

    @Test
    void thisMachineIsReachedDirectly() throws Exception {
        client.environment.put("HTTP_PROXY", "127.0.0.1:1");
        client.environment.put("HTTPS_PROXY", "127.0.0.1:1");
        client.good("push", "busybox", open.host() + "/direct:1");
    }

    @Test
    void aMirrorIsAskedFirst() throws Exception {
        try (var mirror = new FakeRegistry(images, layered, (_, _, _) -> false)) {
            // Whatever registry is asked, the mirror has what it has, with something before its name.
            client.configure("{\"registries\": {\"docker.io\": {\"mirrors\": [\"%s/hub\"]}}}".formatted(mirror.host()));
            client.good("pull", "alpine");
            assertEquals(1, mirror.times("/v2/hub/library/alpine/manifests/latest"));
            assertEquals(5, mirror.times("/v2/hub/library/alpine/blobs/"));
            var row = client.good("image", "ls", "--format", "json").out();
            assertTrue(row.contains(field(layered, "digest")) && row.contains("\"alpine\""), row);
        }
    }

    @Test
    void whereMirrorsFailTheRegistryHasIt() throws Exception {
        try (var registry = new FakeRegistry(images, layered, (_, _, _) -> false);
                var wrong = new FakeRegistry(images, layered, (exchange, path, _) -> {
                    exchange.getResponseHeaders().set("Docker-Content-Digest", "sha256:" + "0".repeat(64));
                    return false;
                });
                var lying = new FakeRegistry(images, layered, (exchange, path, _) -> {
                    if (path.contains("/blobs/")) {
                        var bytes = Files.readAllBytes(images.blob(path.replaceFirst(".*/", "")));
                        bytes[bytes.length / 2]++;
                        exchange.sendResponseHeaders(200, bytes.length);
                        exchange.getResponseBody().write(bytes);
                        return true;
                    }
                    return false;
                });
                var half = new FakeRegistry(images, layered, (exchange, path, _) -> {
                    if (path.contains("/blobs/")) {
                        reply(exchange, 404, "");
                        return true;
                    }
                    return false;
                })) {
            client.configure("{\"registries\": {\"%s\": {\"mirrors\": [\"127.0.0.1:1\", \"%s\", \"%s\", \"%s\"]}}}"
                    .formatted(registry.host(), wrong.host(), lying.host(), half.host()));
            var log = client.good("pull", registry.image()).err();
            assertEquals(
                    4,
                    log.lines()
                            .filter(line -> line.contains("WRN Mirror failed"))
                            .count(),
                    log);
            assertEquals(0, registry.times("/manifests/"), "a mirror had the manifest");
            assertEquals(5, registry.times("/blobs/"));
        }
    }

    @Test
    void aMirrorIsNeverPushedTo() throws Exception {
        try (var mirror = new FakeRegistry(images, layered, (_, _, _) -> false)) {
            client.configure(
                    "{\"registries\": {\"%s\": {\"mirrors\": [\"%s\"]}}}".formatted(open.host(), mirror.host()));
            client.good("push", "busybox", open.host() + "/mirrored:1");
            assertEquals(0, mirror.asked.size());
        }
    }

    @Test
    void aBadConfigurationIsRefusedWithItsPlace() throws Exception {
        client.configure("{\"registries\": {\n  \"docker.io\": {\"mirror\": []}}}");
        assertEquals(
                "koker: " + client.folder + "/registries.json: registries.docker.io.mirror is unknown; there are:"
                        + " insecure, mirrors; correct it",
                client.refused("pull", "alpine"));
    }

    @Test
    void tagsComePageByPage() throws Exception {
        try (var registry = new FakeRegistry(images, layered, (exchange, path, _) -> {
            if (!path.contains("/tags/list")) {
                return false;
            }
            var last = path.contains("last=b");
            if (!last) {
                exchange.getResponseHeaders().set("Link", "</v2/fake/tags/list?last=b&n=2>; rel=\"next\"");
            }
            reply(exchange, 200, last ? "{\"tags\":[\"1.9\",\"c\"]}" : "{\"tags\":[\"1.10\",\"b\\u001b[31m\"]}");
            return true;
        })) {
            var name = registry.host() + "/fake";
            assertEquals(
                    "1.9\n1.10\nb [31m\nc\n",
                    client.good("image", "search-tags", name).out());
            assertEquals(
                    "{\"Name\":\"%1$s\",\"Tag\":\"1.9\"}\n{\"Name\":\"%1$s\",\"Tag\":\"1.10\"}\n".formatted(name),
                    client.good("image", "search-tags", "--limit", "2", "--format", "json", name)
                            .out());
        }
    }

    @Test
    void tagsAreNotFollowedToAnotherHost() throws Exception {
        try (var registry = new FakeRegistry(images, layered, (exchange, path, _) -> {
            exchange.getResponseHeaders().set("Link", "<http://127.0.0.1:1/v2/fake/tags/list>; rel=next");
            reply(exchange, 200, "{\"tags\":[\"a\"]}");
            return true;
        })) {
            var error = client.refused("image", "search-tags", registry.host() + "/fake");
            assertTrue(error.contains("the list goes on at another host"), error);
        }
    }
}

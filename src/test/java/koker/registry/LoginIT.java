package koker.registry;

import static koker.registry.FakeRegistry.reply;
import static koker.registry.TestImages.run;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Logins to a docker-registry with htpasswd, and to token servers; all on loopback. */
@Timeout(120)
class LoginIT {
    private static final String USER = "somebody";
    private static final String PASSWORD = "open sesame";
    private static final String HTPASSWD = "somebody:$2y$05$SmcllRFOVO1i9mFnhcioI.Vkcgr13LJoLm/OQgltrh61F70dXrm9.";
    private static final String PAIR =
            Base64.getEncoder().encodeToString((USER + ":" + PASSWORD).getBytes(StandardCharsets.UTF_8));

    private static Path folder;
    private static TestImages images;
    private static String layered;
    private static DockerRegistry registry;

    private Client client;

    @BeforeAll
    static void start() throws Exception {
        folder = Client.workFolder("login");
        images = new TestImages(folder.resolve("source"));
        layered = images.layered("layered");
        var passwords = Files.writeString(folder.resolve("htpasswd"), HTPASSWD);
        registry = new DockerRegistry(
                folder.resolve("registry"), "auth: {htpasswd: {realm: here, path: " + passwords + "}}");
    }

    @AfterAll
    static void stop() throws Exception {
        if (registry != null) {
            registry.close();
        }
        run("rm -rf " + folder);
    }

    @BeforeEach
    void makeClient() throws IOException {
        client = new Client(folder);
    }

    @AfterEach
    void closeClient() throws IOException {
        client.close();
    }

    private String config() throws IOException {
        return Files.readString(client.folder.resolve("config.json"));
    }

    private Client.Ended logIn(String password, String... more) throws Exception {
        var words = new ArrayList<>(List.of("-D", "login", "-u", USER, "--password-stdin"));
        words.addAll(List.of(more));
        return client.reading(password, words.toArray(String[]::new));
    }

    @Test
    void aLoginIsKeptAndOpens() throws Exception {
        Files.writeString(client.folder.resolve("config.json"), "{\"psFormat\": \"x\", \"auths\": {\"other\": {}}}");
        var in = logIn(PASSWORD + "\n", registry.host());
        assertEquals(0, in.status(), in.err());
        assertEquals("Login Succeeded\n", in.out());
        assertTrue(in.err().contains("is kept unencrypted in " + client.folder.resolve("config.json")), in.err());
        assertFalse(in.err().contains(PASSWORD) || in.err().contains(PAIR), in.err());
        assertTrue(config().contains(PAIR) && config().contains("\"psFormat\"") && config().contains("\"other\""));
        assertEquals(
                "rw-------",
                PosixFilePermissions.toString(Files.getPosixFilePermissions(client.folder.resolve("config.json"))));

        var pushed = client.good("-D", "push", "busybox", registry.host() + "/busybox:1")
                .err();
        assertFalse(pushed.contains(PASSWORD) || pushed.contains(PAIR), pushed);
        run("skopeo inspect --authfile " + client.folder.resolve("config.json") + " --tls-verify=false docker://"
                + registry.host() + "/busybox:1");
        assertEquals(
                "Login Succeeded\n",
                client.good("image", "login", registry.host()).out(),
                "as before");

        assertEquals(
                "Removed the login to " + registry.host() + "\n",
                client.good("logout", registry.host()).out());
        assertFalse(config().contains(PAIR));
        assertTrue(config().contains("\"other\""));
        assertEquals(
                "Not logged in to " + registry.host() + "\n",
                client.good("logout", registry.host()).out());
        assertTrue(client.refused("pull", registry.host() + "/busybox:1")
                .endsWith("gives no access without a login; log in: koker login " + registry.host()));
    }

    @Test
    void aWrongPasswordIsNotKept() throws Exception {
        var in = logIn("wrong", registry.host());
        assertEquals(125, in.status());
        assertTrue(
                in.err().lines().toList().getLast().matches("koker: .* does not accept your credentials.*"), in.err());
        assertFalse(Files.exists(client.folder.resolve("config.json")));
    }

    @Test
    void aPasswordOnTheCommandLineIsWarnedOf() throws Exception {
        var in = client.good("login", "-u", USER, "-p", PASSWORD, "http://" + registry.host() + "/v2/");
        assertTrue(in.err().contains("use --password-stdin"), in.err());
        assertTrue(config().contains('"' + registry.host() + '"'));
    }

    @Test
    void withoutATerminalNothingIsAsked() throws Exception {
        assertEquals(
                "koker: there is no terminal to ask for the username; use --username",
                client.refused("login", registry.host()));
        assertEquals(
                "koker: there is no terminal to ask for the password; use --password-stdin",
                client.refused("login", "-u", USER, registry.host()));
    }

    @Test
    void onATerminalThePasswordIsNotSeen() throws Exception {
        var script = Files.writeString(folder.resolve("type.py"), """
                import os, pty, sys
                pid, terminal = pty.fork()
                if pid == 0:
                    os.execvp(sys.argv[1], sys.argv[1:])
                seen = b""
                for question, answer in ((b"Username: ", b"somebody\\n"), (b"Password: ", b"open sesame\\n")):
                    while question not in seen:
                        seen += os.read(terminal, 1000)
                    os.write(terminal, answer)
                try:
                    while True:
                        more = os.read(terminal, 1000)
                        if not more:
                            break
                        seen += more
                except OSError:
                    pass
                sys.stdout.write(seen.decode())
                sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
                """);
        var seen = run("DOCKER_CONFIG=" + client.folder + " timeout -s KILL 60 python3 " + script + " "
                + System.getProperty("koker.binary") + " --root " + client.root + " login " + registry.host());
        assertTrue(seen.contains("Username: somebody") && seen.contains("Login Succeeded"), seen);
        assertFalse(seen.contains(PASSWORD), seen);
        assertTrue(config().contains(PAIR));
    }

    @Test
    void aHelperKeepsThePassword() throws Exception {
        var helper = Files.writeString(
                client.folder.resolve("docker-credential-test"), """
                #!/bin/sh
                case $1 in
                    store) cat > %1$s ;;
                    get) sed 's/"ServerURL":"[^"]*",//' %1$s 2>/dev/null || { echo credentials not found in native keychain; exit 1; } ;;
                    erase) rm %1$s ;;
                esac
                """.formatted(client.folder.resolve("keychain")));
        Files.setPosixFilePermissions(helper, PosixFilePermissions.fromString("rwx------"));
        client.environment.put("PATH", client.folder + ":" + System.getenv("PATH"));
        Files.writeString(client.folder.resolve("config.json"), "{\"credsStore\": \"test\"}");
        var in = logIn(PASSWORD, registry.host());
        assertEquals(0, in.status(), in.err());
        assertFalse(in.err().contains("unencrypted"), in.err());
        assertFalse(config().contains(PAIR));
        client.good("push", "busybox", registry.host() + "/helped:1");
        client.good("logout", registry.host());
        assertFalse(Files.exists(client.folder.resolve("keychain")));
    }

    @Test
    void aTokenServerIsAskedWhoItIs() throws Exception {
        try (var fake = new FakeRegistry(images, layered, (exchange, path, _) -> {
            var authorization = exchange.getRequestHeaders().getFirst("Authorization");
            if (path.startsWith("/token")) {
                var right = path.equals("/token?service=fake") && ("Basic " + PAIR).equals(authorization);
                reply(exchange, right ? 200 : 401, right ? "{\"token\":\"t0p-s3cret\"}" : "{\"details\":\"no\"}");
            } else if ("Bearer t0p-s3cret".equals(authorization)) {
                reply(exchange, 200, "{}");
            } else {
                challenge(exchange);
            }
            return true;
        })) {
            var in = logIn(PASSWORD, fake.host());
            assertEquals(0, in.status(), in.err());
            assertFalse(in.err().contains("s3cret") || in.err().contains(PAIR), in.err());
            assertEquals(125, logIn("wrong", fake.host()).status());
            assertTrue(config().contains(PAIR), "what was kept before still is");
        }
    }

    @Test
    void anIdentityTokenIsExchangedAgainAndAgain() throws Exception {
        var tokens = new AtomicInteger();
        try (var fake = new FakeRegistry(images, layered, (exchange, path, _) -> {
            if (path.startsWith("/token")) {
                var form = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
                var right = exchange.getRequestMethod().equals("POST")
                        && form.equals("grant_type=refresh_token&client_id=koker&service=fake"
                                + "&scope=repository:fake:pull&refresh_token=r3fresh-s3cret");
                reply(
                        exchange,
                        right ? 200 : 401,
                        "{\"access_token\":\"s3cret-%d\"}".formatted(tokens.incrementAndGet()));
                return true;
            }
            // Blobs need a newer token than manifests: the first has been withdrawn.
            var authorization = exchange.getRequestHeaders().getFirst("Authorization");
            var number = authorization == null ? 0 : Integer.parseInt(authorization.replaceFirst("Bearer s3cret-", ""));
            if (number < (path.contains("/blobs/") ? 2 : 1)) {
                challenge(exchange);
                return true;
            }
            return false;
        })) {
            Files.writeString(
                    client.folder.resolve("config.json"),
                    "{\"auths\":{\"%s\":{\"identitytoken\":\"r3fresh-s3cret\"}}}".formatted(fake.host()));
            var log = client.good("-D", "pull", fake.image()).err();
            assertEquals(2, tokens.get());
            assertFalse(log.contains("s3cret"), log);
        }
    }

    private static void challenge(HttpExchange exchange) throws IOException {
        exchange.getResponseHeaders()
                .set(
                        "WWW-Authenticate",
                        "Bearer realm=\"http://%s/token\",service=\"fake\""
                                .formatted(exchange.getRequestHeaders().getFirst("Host")));
        reply(exchange, 401, "");
    }
}

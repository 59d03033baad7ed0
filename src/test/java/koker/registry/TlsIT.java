package koker.registry;

import static koker.registry.TestImages.run;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Registries with certificates of several kinds: Debian's docker-registry on loopback, and CAs made by openssl. */
@Timeout(120)
class TlsIT {
    private static final String EC = "ecparam -name prime256v1 -genkey -noout -out KEY";
    private static final String HERE = "IP:127.0.0.1,DNS:localhost";

    private static Path folder;
    private static Authority authority;
    private static DockerRegistry registry;
    private static DockerRegistry expired;
    private static DockerRegistry elsewhere;
    private static DockerRegistry exclusive;

    private Client client;
    private Path certificates;

    @BeforeAll
    static void start() throws Exception {
        folder = Client.workFolder("tls");
        authority = new Authority(folder.resolve("ca"));
        authority.sign("here", EC, HERE, "-days 2");
        authority.sign("expired", EC, HERE, "-startdate 20200101000000Z -enddate 20200102000000Z");
        authority.sign("elsewhere", EC, "DNS:registry.example", "-days 2");
        registry = registry("here", "");
        expired = registry("expired", "");
        elsewhere = registry("elsewhere", "");
        exclusive = registry("here", ", clientcas: [" + authority.certificate + "]");
    }

    private static DockerRegistry registry(String certificate, String more) throws Exception {
        var file = authority.folder.resolve(certificate);
        return new DockerRegistry(
                Files.createTempDirectory(folder, certificate),
                "",
                ", tls: {certificate: %s.cert, key: %s.key%s}".formatted(file, file, more));
    }

    @AfterAll
    static void stop() throws Exception {
        for (var each : new DockerRegistry[] {registry, expired, elsewhere, exclusive}) {
            if (each != null) {
                each.close();
            }
        }
        run("rm -rf " + folder);
    }

    @BeforeEach
    void makeClient() throws IOException {
        client = new Client(folder);
        certificates = Files.createDirectories(client.folder.resolve("certs.d"));
        client.configure("{\"certificates\": [\"%s\"]}".formatted(certificates));
    }

    @AfterEach
    void closeClient() throws IOException {
        client.close();
    }

    private Path trust(DockerRegistry whom) throws IOException {
        var own = Files.createDirectories(certificates.resolve(whom.host()));
        Files.copy(authority.certificate, own.resolve("ca.crt"));
        return own;
    }

    @Test
    void theCaOfTheHostsFolderIsTrusted() throws Exception {
        trust(registry);
        var name = registry.host() + "/trusted:1";
        var log = client.good("-D", "push", "busybox", name).err();
        assertTrue(log.contains("https://" + name.split("/")[0]), log);
        assertFalse(log.contains("http://"), log);
        client.good("rmi", "busybox");
        client.good("pull", name);
        assertEquals("1\n", client.good("image", "search-tags", name).out());
    }

    @Test
    void soIsThatOfTheMachine() throws Exception {
        client.environment.put("SSL_CERT_FILE", authority.certificate.toString());
        client.good("push", "busybox", "localhost:" + registry.port + "/busybox:2");
    }

    @Test
    void anUnknownCaIsNot() throws Exception {
        assertTrue(refused(registry).contains("its certificate is signed by nobody that this machine trusts"));
    }

    @Test
    void aFolderIsForItsHostAlone() throws Exception {
        trust(elsewhere);
        assertTrue(refused(registry).contains("its certificate is signed by nobody that this machine trusts"));
    }

    @Test
    void unlessAsked() throws Exception {
        client.good("push", "--insecure", "busybox", registry.host() + "/busybox:3");
        client.configure("{\"registries\": {\"%s\": {\"insecure\": true}}}".formatted(expired.host()));
        client.good("push", "busybox", expired.host() + "/busybox:3");
    }

    @Test
    void anOldCertificateIsNamed() throws Exception {
        trust(expired);
        var error = refused(expired);
        assertTrue(error.contains("its certificate has expired (NotAfter: Thu Jan 02 "), error);
    }

    @Test
    void anotherHostsCertificateIsNamed() throws Exception {
        trust(elsewhere);
        var error = refused(elsewhere);
        assertTrue(error.contains("its certificate is for another host (No subject alternative names"), error);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                EC,
                "genrsa -traditional -out KEY 2048",
                "genrsa -out KEY 2048",
                "genpkey -algorithm ed25519 -out KEY"
            })
    void aClientCertificateOpens(String key) throws Exception {
        var own = trust(exclusive);
        authority.sign("client", key, "DNS:client", "-days 2");
        for (var file : new String[] {"client.cert", "client.key"}) {
            Files.copy(authority.folder.resolve(file), own.resolve(file));
        }
        client.good("push", "busybox", exclusive.host() + "/busybox:1");
    }

    @Test
    void whoHasNoneIsToldWhereItGoes() throws Exception {
        trust(exclusive);
        var error = refused(exclusive);
        assertTrue(error.contains("it does not accept who asks (") && error.contains("/NAME.cert"), error);
    }

    @Test
    void halfAClientCertificateIsNamed() throws Exception {
        var own = trust(exclusive);
        authority.sign("half", EC, "DNS:client", "-days 2");
        Files.copy(authority.folder.resolve("half.cert"), own.resolve("half.cert"));
        assertEquals(
                "koker: the client certificate " + own.resolve("half.cert") + " has no key; put that in "
                        + own.resolve("half.key"),
                refused(exclusive));
    }

    @Test
    void whatIsNoCertificateIsNamed() throws Exception {
        var own = Files.createDirectories(certificates.resolve(registry.host()));
        Files.writeString(own.resolve("ca.crt"), "rubbish");
        var error = refused(registry);
        assertTrue(error.startsWith("koker: " + own.resolve("ca.crt") + " "), error);
    }

    private String refused(DockerRegistry whom) throws Exception {
        return client.refused("pull", whom.host() + "/busybox:1");
    }
}

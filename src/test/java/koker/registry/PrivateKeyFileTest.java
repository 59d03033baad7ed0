package koker.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Keys as openssl(1) writes them. */
class PrivateKeyFileTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({
        "genrsa -traditional -out KEY 2048, BEGIN RSA PRIVATE KEY",
        "genrsa -out KEY 2048, BEGIN PRIVATE KEY",
        "ecparam -name prime256v1 -genkey -out KEY, BEGIN EC PRIVATE KEY",
        "ecparam -name secp384r1 -genkey -noout -out KEY, BEGIN EC PRIVATE KEY",
        "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-521 -out KEY, BEGIN PRIVATE KEY",
        "genpkey -algorithm ed25519 -out KEY, BEGIN PRIVATE KEY",
    })
    void signsWhatTheOtherHalfVerifies(String command, String form) throws Exception {
        var key = folder.resolve("key");
        TestImages.run("openssl " + command.replace("KEY", key.toString()));
        assertTrue(Files.readString(key).contains(form));
        var publicKey = certify(key);
        var algorithm = publicKey.getAlgorithm().startsWith("Ed")
                ? "Ed25519"
                : "SHA256with" + publicKey.getAlgorithm().replace("EC", "ECDSA");
        var signer = Signature.getInstance(algorithm);
        signer.initSign(PrivateKeyFile.read(key, publicKey));
        signer.update(new byte[10]);
        var signature = signer.sign();
        var verifier = Signature.getInstance(algorithm);
        verifier.initVerify(publicKey);
        verifier.update(new byte[10]);
        assertTrue(verifier.verify(signature));
    }

    @Test
    void whatIsNoneIsSaidWithoutShowingIt() throws Exception {
        var key = folder.resolve("key");
        TestImages.run("openssl genrsa -out " + key + " 2048");
        var publicKey = certify(key);
        TestImages.run("openssl genrsa -aes256 -passout pass:x -out " + key + " 2048");
        assertEquals(
                key + " has no private key in PEM form, or an encrypted one; koker reads plain ones",
                assertThrows(RegistryException.class, () -> PrivateKeyFile.read(key, publicKey))
                        .getMessage());
        Files.writeString(key, "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n");
        assertEquals(
                key + " is not the private key of the certificate beside it; replace it",
                assertThrows(RegistryException.class, () -> PrivateKeyFile.read(key, publicKey))
                        .getMessage());
    }

    private PublicKey certify(Path key) throws Exception {
        var certificate = folder.resolve("certificate");
        TestImages.run("openssl req -x509 -key " + key + " -subj /CN=x -days 1 -out " + certificate);
        try (var in = Files.newInputStream(certificate)) {
            return CertificateFactory.getInstance("X.509")
                    .generateCertificate(in)
                    .getPublicKey();
        }
    }
}

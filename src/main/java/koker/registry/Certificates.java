package koker.registry;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Whom to trust, and as whom to appear, when speaking TLS: this machine's CAs, and for a host those in its folder, in
 * which there may also be client certificates (docs.docker.com/engine/security/certificates).
 *
 * @param folders in which there may be one for a host
 * @param bundle the file with this machine's CAs; without one, those that Java has
 * @param unchecked whether whoever answers is trusted
 */
record Certificates(List<Path> folders, Optional<Path> bundle, boolean unchecked) {
    /** Where distributions keep their CAs, in the order in which Go looks (crypto/x509, root_linux.go). */
    private static final List<String> BUNDLES = List.of(
            "/etc/ssl/certs/ca-certificates.crt",
            "/etc/pki/tls/certs/ca-bundle.crt",
            "/etc/ssl/ca-bundle.pem",
            "/etc/pki/tls/cacert.pem",
            "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
            "/etc/ssl/cert.pem");

    private static final char[] NO_PASSWORD = {};
    private static final TrustManager[] EVERYBODY = {new Everybody()};

    /** As the environment says: {@code SSL_CERT_FILE} names another bundle. */
    static Certificates of(List<Path> folders, Map<String, String> environment, boolean unchecked) {
        var named = environment.getOrDefault("SSL_CERT_FILE", "");
        var bundle = named.isEmpty()
                ? BUNDLES.stream().map(Path::of).filter(Files::isReadable).findFirst()
                : Optional.of(Path.of(named));
        return new Certificates(folders, bundle, unchecked);
    }

    /** The folder of {@code endpoint}, if it has one: what is in it concerns no other. */
    Optional<Path> folder(Endpoint endpoint) {
        return folders.stream()
                .map(folder -> folder.resolve(endpoint.folder()))
                .filter(Files::isDirectory)
                .findFirst();
    }

    /** What makes connections to those whose folder this is. */
    SSLContext context(Optional<Path> folder) {
        try {
            return context(folder.isPresent() ? keys(folder.get()) : null, unchecked ? EVERYBODY : trust(folder));
        } catch (IOException | GeneralSecurityException e) {
            throw new RegistryException(
                    "cannot prepare TLS: " + RegistryException.oneLine(String.valueOf(e.getMessage())), e);
        }
    }

    /** What makes connections with whoever it may be, to see whether they speak TLS at all. */
    static SSLContext withAnybody() {
        try {
            return context(null, EVERYBODY);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has TLS", e);
        }
    }

    private static SSLContext context(KeyManager[] keys, TrustManager[] trust) throws GeneralSecurityException {
        var context = SSLContext.getInstance("TLS");
        context.init(keys, trust, null);
        return context;
    }

    private TrustManager[] trust(Optional<Path> folder) throws IOException, GeneralSecurityException {
        var authorities = new ArrayList<X509Certificate>();
        for (var file : folder.isPresent() ? files(folder.get(), ".crt") : List.<Path>of()) {
            authorities.addAll(certificates(file));
        }
        if (bundle.isPresent()) {
            authorities.addAll(certificates(bundle.get()));
        } else if (authorities.isEmpty()) {
            return null;
        } else {
            authorities.addAll(javas());
        }
        var store = empty();
        for (var authority : authorities) {
            store.setCertificateEntry(Integer.toString(store.size()), authority);
        }
        var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory.getTrustManagers();
    }

    private static List<X509Certificate> javas() throws GeneralSecurityException {
        var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init((KeyStore) null);
        return Stream.of(factory.getTrustManagers())
                .flatMap(manager -> Stream.of(((X509ExtendedTrustManager) manager).getAcceptedIssuers()))
                .toList();
    }

    private static KeyManager[] keys(Path folder) throws IOException, GeneralSecurityException {
        var certificates = files(folder, ".cert");
        if (certificates.isEmpty()) {
            return null;
        }
        var store = empty();
        for (var file : certificates) {
            var name = file.getFileName().toString();
            var key = file.resolveSibling(name.replaceAll("cert$", "key"));
            if (!Files.exists(key)) {
                throw new RegistryException("the client certificate " + file + " has no key; put that in " + key);
            }
            var chain = certificates(file).toArray(X509Certificate[]::new);
            store.setKeyEntry(name, PrivateKeyFile.read(key, chain[0].getPublicKey()), NO_PASSWORD, chain);
        }
        var factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, NO_PASSWORD);
        return factory.getKeyManagers();
    }

    private static KeyStore empty() throws IOException, GeneralSecurityException {
        var store = KeyStore.getInstance("PKCS12");
        store.load(null, NO_PASSWORD);
        return store;
    }

    private static List<Path> files(Path folder, String suffix) throws IOException {
        try (var all = Files.list(folder)) {
            return all.filter(file -> file.toString().endsWith(suffix)).sorted().toList();
        }
    }

    private static List<X509Certificate> certificates(Path file) {
        try {
            var factory = CertificateFactory.getInstance("X.509");
            Collection<?> all = factory.generateCertificates(new ByteArrayInputStream(Files.readAllBytes(file)));
            if (!all.isEmpty()) {
                return all.stream().map(X509Certificate.class::cast).toList();
            }
        } catch (IOException e) {
            throw new RegistryException("cannot read " + file + ": " + RegistryException.reason(e), e);
        } catch (GeneralSecurityException e) {
            throw new RegistryException(file + " is no certificate in PEM form; replace it or take it away", e);
        }
        throw new RegistryException(file + " has no certificate in it; replace it or take it away");
    }

    /** Trusts whoever answers: that is what the user asked for. */
    private static final class Everybody extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}

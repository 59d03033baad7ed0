package koker.registry;

import static koker.registry.TestImages.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A certificate authority made by openssl(1), with the certificates that it signs. */
final class Authority {
    final Path folder;
    final Path certificate;

    Authority(Path folder) throws IOException, InterruptedException {
        this.folder = Files.createDirectories(folder);
        certificate = folder.resolve("ca.crt");
        run("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test-ca -keyout "
                + folder.resolve("ca.key") + " -out " + certificate
                + " -addext basicConstraints=critical,CA:true -addext keyUsage=keyCertSign");
        Files.writeString(folder.resolve("index"), "");
        Files.writeString(folder.resolve("ca.conf"), """
                [ca]
                default_ca = here
                [here]
                new_certs_dir = %1$s
                database = %1$s/index
                serial = %1$s/serial
                unique_subject = no
                default_md = sha256
                policy = any
                [any]
                commonName = supplied
                """.formatted(folder));
    }

    /** A certificate NAME.cert and its key NAME.key, in the form that {@code openssl} of a {@code kind} makes. */
    void sign(String name, String kind, String alternativeNames, String validity)
            throws IOException, InterruptedException {
        var path = folder.resolve(name);
        Files.writeString(folder.resolve(name + ".ext"), "subjectAltName=" + alternativeNames + "\n");
        run("openssl " + kind.replace("KEY", path + ".key")
                + " && openssl req -new -key " + path + ".key -subj /CN=" + name + " -out " + path + ".csr"
                + " && openssl ca -batch -notext -rand_serial -config " + folder.resolve("ca.conf") + " -cert "
                + certificate + " -keyfile " + folder.resolve("ca.key") + " -in " + path + ".csr -extfile " + path
                + ".ext " + validity + " -out " + path + ".cert");
    }
}

package koker.it;

import java.io.IOException;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The firewall that koker is to use in the tests of a class, and, where that is iptables, which of the two programs of that name. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
@interface WithFirewall {
    /** Which one. */
    Kind value();

    /** What there is to choose from. */
    enum Kind {
        /** nf_tables, spoken to by koker itself. */
        NFTABLES("nftables", "nft"),
        /** iptables on top of nf_tables. */
        IPTABLES_NFT("iptables", "nft"),
        /** iptables as it was before. */
        IPTABLES_LEGACY("iptables", "legacy");

        private final String firewall;
        private final String programs;

        Kind(String firewall, String programs) {
            this.firewall = firewall;
            this.programs = programs;
        }

        /** What makes a koker choose it: a file that names it, and a PATH on which its programs come first, both below {@code folder}. */
        Map<String, String> environment(Path folder) throws IOException {
            var file = Files.writeString(folder.resolve("firewall.json"), "{\"firewall\": \"" + firewall + "\"}");
            var path = Files.createDirectory(folder.resolve("programs"));
            for (var name : List.of("iptables", "iptables-save", "iptables-restore")) {
                Files.createSymbolicLink(path.resolve(name), Path.of("/usr/sbin/xtables-" + programs + "-multi"));
            }
            return Map.of("KOKER_NETWORK", file.toString(), "PATH", path + ":" + System.getenv("PATH"));
        }
    }
}

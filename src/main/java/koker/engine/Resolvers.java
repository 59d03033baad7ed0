package koker.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Whom a container asks for names: its /etc/resolv.conf, which follows the host's where the user does not say otherwise. */
record Resolvers(NetworkRequest network) {
    private static final Path HOST = Path.of("/etc/resolv.conf");

    /** What the host's own file would say, were there no systemd-resolved in between, which listens on loopback alone. */
    private static final Path BEHIND_SYSTEMD = Path.of("/run/systemd/resolve/resolv.conf");

    /** The content of the file. */
    String content() throws IOException {
        if (!network.isConnected()
                && network.dns().isEmpty()
                && network.dnsSearch().isEmpty()) {
            return Files.isReadable(HOST) ? Files.readString(HOST) : "";
        }
        var lines = new ArrayList<String>();
        for (var line : hostLines()) {
            var word = line.split("[ \\t]", 2)[0];
            var replaced =
                    switch (word) {
                        case "nameserver" -> !network.dns().isEmpty();
                        case "search", "domain" -> !network.dnsSearch().isEmpty();
                        case "options" -> !network.dnsOptions().isEmpty();
                        default -> false;
                    };
            if (!replaced) {
                lines.add(line);
            }
        }
        network.dns().forEach(server -> lines.add("nameserver " + server));
        if (!network.dnsSearch().isEmpty() && !network.dnsSearch().equals(List.of("."))) {
            lines.add("search " + String.join(" ", network.dnsSearch()));
        }
        if (!network.dnsOptions().isEmpty()) {
            lines.add("options " + String.join(" ", network.dnsOptions()));
        }
        return lines.isEmpty() ? "" : String.join("\n", lines) + "\n";
    }

    /** The host's lines, without servers that listen where the container is not. */
    private static List<String> hostLines() throws IOException {
        var lines = reachable(HOST);
        var named = lines.stream().anyMatch(line -> line.startsWith("nameserver"));
        return named || !Files.isReadable(BEHIND_SYSTEMD) ? lines : reachable(BEHIND_SYSTEMD);
    }

    private static List<String> reachable(Path file) throws IOException {
        if (!Files.isReadable(file)) {
            return List.of();
        }
        var lines = new ArrayList<String>();
        for (var line : Files.readAllLines(file)) {
            var words = line.strip().split("[ \\t]+");
            var loopback = words.length > 1
                    && words[0].equals("nameserver")
                    && (words[1].startsWith("127.") || words[1].equals("::1"));
            if (!loopback) {
                lines.add(line);
            }
        }
        return lines;
    }
}

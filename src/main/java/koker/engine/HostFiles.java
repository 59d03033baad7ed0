package koker.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import koker.network.Endpoint;
import koker.plan.HostStep;
import koker.plan.Step;
import koker.spec.Spec;

/** The files by which a container knows its own name and its neighbours: /etc/hosts, /etc/hostname and /etc/resolv.conf. */
record HostFiles(ContainerFolder folder, String hostname, NetworkRequest network) {
    private static final List<String> NAMES = List.of("hosts", "hostname", "resolv.conf");
    private static final String HOSTS = """
            127.0.0.1\tlocalhost
            ::1\tlocalhost ip6-localhost ip6-loopback
            fe00::0\tip6-localnet
            ff00::0\tip6-mcastprefix
            ff02::1\tip6-allnodes
            ff02::2\tip6-allrouters
            """;

    /** Writes them into the container's folder; {@code endpoints} are its own, once that is known. */
    void write(List<Endpoint> endpoints) throws IOException {
        for (var name : NAMES) {
            write(name, content(name, endpoints));
        }
    }

    /** The steps that would write them. */
    List<Step> steps(List<Endpoint> endpoints) throws IOException {
        var steps = new ArrayList<Step>();
        for (var name : NAMES) {
            steps.add(new HostStep.WriteFile(folder.path().resolve(name).toString(), content(name, endpoints)));
        }
        return steps;
    }

    private String content(String name, List<Endpoint> endpoints) throws IOException {
        return switch (name) {
            case "hosts" -> hosts(endpoints);
            case "hostname" -> hostname + "\n";
            default -> new Resolvers(network).content();
        };
    }

    /** The content of /etc/hosts, but for neighbours. */
    String hosts(List<Endpoint> endpoints) throws IOException {
        var lines = new StringBuilder(network.isHost() ? host("hosts") : HOSTS);
        for (var line : network.hosts()) {
            var colon = line.indexOf(':');
            lines.append(line.substring(colon + 1))
                    .append('\t')
                    .append(line, 0, colon)
                    .append('\n');
        }
        for (var endpoint : endpoints) {
            lines.append(endpoint.address()).append('\t').append(hostname).append('\n');
            if (endpoint.address6() != null) {
                lines.append(endpoint.address6()).append('\t').append(hostname).append('\n');
            }
        }
        return lines.toString();
    }

    /** Where they are to be mounted in the container whose image has {@code files}, which may have links in their places. */
    List<Spec.Mount> mounts(ImageFiles files) throws IOException {
        var mounts = new ArrayList<Spec.Mount>();
        for (var name : NAMES) {
            var place = files.place("/etc/" + name);
            mounts.add(new Spec.Mount(place, "bind", folder.path().resolve(name).toString(), List.of("bind")));
        }
        return mounts;
    }

    private void write(String name, String content) throws IOException {
        var file = folder.path().resolve(name);
        Files.writeString(file, content);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    }

    private static String host(String name) throws IOException {
        var file = Path.of("/etc", name);
        return Files.isReadable(file) ? Files.readString(file) : "";
    }
}

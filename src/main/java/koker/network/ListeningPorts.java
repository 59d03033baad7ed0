package koker.network;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import koker.kernel.IpAddress;

/** The ports at which programs of the host wait for others, as /proc/net tells (proc_net(5)). */
final class ListeningPorts {
    private static final String LISTENS = "0A";
    private static final String UNCONNECTED = "07";
    private static final int ADDRESS = 1;
    private static final int STATE = 3;
    private static final int INODE = 9;

    private final List<Port> ports;

    private ListeningPorts(List<Port> ports) {
        this.ports = ports;
    }

    /**
     * @param six whether it is of IPv6; at all addresses of that, it is at those of IPv4, too
     * @param host the address; empty for all
     */
    private record Port(String protocol, boolean six, String host, int number, String inode) {
        boolean isAt(String address) {
            var isOfSix = address.indexOf(':') >= 0;
            return address.isEmpty() || (host.isEmpty() ? six || !isOfSix : host.equals(address));
        }
    }

    /** Those of the network namespace that koker is in. */
    static ListeningPorts read() {
        var ports = new ArrayList<Port>();
        for (var protocol : List.of("tcp", "udp")) {
            for (var version : List.of("", "6")) {
                read(protocol, protocol + version, ports);
            }
        }
        return new ListeningPorts(ports);
    }

    /** The program that has the port, by name and number, if there is one. */
    Optional<String> holder(PortRule wanted) {
        for (var port : ports) {
            if (port.protocol.equals(wanted.protocol()) && port.number == wanted.port() && port.isAt(wanted.host())) {
                return Optional.of(process(port.inode));
            }
        }
        return Optional.empty();
    }

    private static void read(String protocol, String file, List<Port> ports) {
        List<String> lines;
        try {
            lines = Files.readAllLines(Path.of("/proc/net", file));
        } catch (IOException e) {
            return; // this kernel has no IPv6
        }
        for (var line : lines.subList(1, lines.size())) {
            var words = line.strip().split(" +");
            if (words[STATE].equals(protocol.equals("tcp") ? LISTENS : UNCONNECTED)) {
                var colon = words[ADDRESS].indexOf(':');
                ports.add(new Port(
                        protocol,
                        file.endsWith("6"),
                        host(words[ADDRESS].substring(0, colon)),
                        Integer.parseInt(words[ADDRESS].substring(colon + 1), 16),
                        words[INODE]));
            }
        }
    }

    /** The address, of which each 4 bytes are written as a number of this machine; empty for all. */
    private static String host(String hex) {
        if (hex.chars().allMatch(c -> c == '0')) {
            return "";
        }
        var bytes = ByteBuffer.allocate(hex.length() / 2).order(ByteOrder.LITTLE_ENDIAN);
        for (var at = 0; at < hex.length(); at += 8) {
            bytes.putInt(Integer.parseUnsignedInt(hex.substring(at, at + 8), 16));
        }
        return IpAddress.of(bytes.array()).toString();
    }

    private static String process(String inode) {
        var pids = Path.of("/proc").toFile().list();
        for (var pid : pids == null ? new String[0] : pids) {
            var folder = Path.of("/proc", pid, "fd");
            var descriptors = folder.toFile().list();
            for (var descriptor : descriptors == null ? new String[0] : descriptors) {
                try {
                    if (Files.readSymbolicLink(folder.resolve(descriptor))
                            .toString()
                            .equals("socket:[" + inode + "]")) {
                        return "process " + pid + " ("
                                + Files.readString(Path.of("/proc", pid, "comm"))
                                        .strip() + ")";
                    }
                } catch (IOException e) {
                    // it has just gone
                }
            }
        }
        return "a process that cannot be seen from here";
    }
}

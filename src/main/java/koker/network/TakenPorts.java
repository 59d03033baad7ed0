package koker.network;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The ports of the host that somebody has: a program that waits there, or a container to which they lead. */
final class TakenPorts {
    /** Where Linux takes ports from that nobody asked for by number, ip(7). */
    private static final int FIRST_FREE = 32768;

    private static final int LAST_FREE = 60999;

    private final ListeningPorts programs;
    private final List<Taken> containers = new ArrayList<>();

    private TakenPorts(ListeningPorts programs) {
        this.programs = programs;
    }

    private record Taken(PortRule rule, String id) {}

    /** Those of the programs that wait now. */
    static TakenPorts byPrograms() {
        return new TakenPorts(ListeningPorts.read());
    }

    /** And one that leads to the container {@code id}. */
    void add(PortRule rule, String id) {
        containers.add(new Taken(rule, id));
    }

    /**
     * The ports {@code wanted} for the container {@code id}; where the host's was left open, it is one that is free.
     *
     * @throws NetworkException if one of them is taken
     */
    List<PortRule> choose(List<PortRule> wanted, String id) {
        var chosen = new ArrayList<PortRule>();
        for (var port : wanted) {
            var rule = port.port() == 0 ? free(port) : port;
            var holder = holder(rule);
            if (holder.isPresent()) {
                throw new NetworkException("the port " + rule.shown() + " of the host is taken by " + holder.get()
                        + "; choose another one");
            }
            chosen.add(rule);
            add(rule, id);
        }
        return chosen;
    }

    private PortRule free(PortRule port) {
        for (var number = FIRST_FREE; number <= LAST_FREE; number++) {
            if (holder(port.at(number)).isEmpty()) {
                return port.at(number);
            }
        }
        throw new NetworkException("no port of the host is free for port " + port.target() + " of the container");
    }

    private Optional<String> holder(PortRule rule) {
        for (var taken : containers) {
            if (taken.rule().collides(rule)) {
                return Optional.of("container " + taken.id());
            }
        }
        return programs.holder(rule);
    }
}

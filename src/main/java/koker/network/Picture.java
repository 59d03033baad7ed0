package koker.network;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import koker.network.NamespaceState.Link;
import koker.network.NamespaceState.Route;
import koker.network.NetworkState.Member;

/**
 * A drawing of a network in letters: the host on the left, the containers on the right, cables between them, and below them the rules of the
 * firewall. What is not as koker has made it is in capitals.
 */
public final class Picture {
    private static final String DEFAULT = "default";
    private static final String INDENT = "    ";

    private final NetworkState state;
    private final Network network;
    private final Columns columns = new Columns();

    private Picture(NetworkState state) {
        this.state = state;
        this.network = state.network();
    }

    /** Draws {@code state}, 80 columns wide. */
    public static String of(NetworkState state) {
        // Links and rules of others may be called anything.
        return new Picture(state).draw().replaceAll("[^\\n -~]", "?");
    }

    private String draw() {
        columns.left(state.host().id());
        columns.left("ip_forward " + (state.forwards() ? "on" : network.internal() ? "off" : "OFF"));
        drawWayOut();
        columns.left("");
        drawBridge();
        var ports = strangers();
        for (var i = 0; i < state.members().size(); i++) {
            drawMember(state.members().get(i), i + 1 == state.members().size() && ports.isEmpty());
        }
        for (var link : ports) {
            columns.left("  |");
            columns.left("  +-- " + link.name() + (link.isUp() ? "  up" : "  DOWN") + "  UNKNOWN");
        }
        return head() + columns.drawn() + rules();
    }

    private String head() {
        return "network " + network.name() + "  " + network.subnet() + "  mtu " + network.mtu()
                + (network.internal() ? "  internal" : "") + "\n\n";
    }

    private void drawWayOut() {
        for (var route : state.host().routes()) {
            if (isDefault(route)) {
                var link = state.host().link(route.link());
                columns.left("");
                columns.left(
                        route.link() + link.map(each -> "  " + condition(each)).orElse(""));
                link.ifPresent(each -> each.addresses().forEach(address -> columns.left("  " + address)));
                columns.left("  " + DEFAULT + via(route));
            }
        }
        for (var route : state.host().routes()) {
            if (!route.link().equals(network.bridge()) && overlaps(route)) {
                columns.left("");
                columns.left(route.destination() + via(route) + " by " + route.link() + "  UNKNOWN");
            }
        }
    }

    private boolean overlaps(Route route) {
        if (isDefault(route) || isVersion6(route.destination())) {
            return false;
        }
        var destination = Subnet.parse(route.destination());
        return destination.isPlace() && destination.overlaps(network.addresses());
    }

    private void drawBridge() {
        var bridge = state.bridge();
        if (bridge.isEmpty()) {
            // Of a new network there is nothing but a file.
            columns.left(network.bridge() + (state.members().isEmpty() ? "  comes with a container" : "  MISSING"));
            return;
        }
        columns.left(network.bridge() + "  " + condition(bridge.get()));
        addresses(bridge.get(), network.gateway() + "/" + network.addresses().prefix())
                .forEach(line -> columns.left("  " + line));
        columns.left("  " + bridge.get().mac());
        routes(state.host(), bridge.get()).forEach(line -> columns.left("  " + line));
    }

    private void drawMember(Member member, boolean isLast) {
        var near = member.endpoint().flatMap(endpoint -> state.host().link(endpoint.link()));
        var far = member.endpoint()
                .flatMap(endpoint -> member.inside().flatMap(inside -> inside.link(endpoint.inside())));
        var stem = state.bridge().isPresent() ? "  |" : "";
        columns.both(stem, "");
        columns.open(stem, member.name());
        columns.both(stem, member.id() + (member.pid() == 0 ? ", does not run" : ", pid " + member.pid()));
        member.inside().ifPresent(inside -> columns.both(stem, inside.id()));
        if (member.endpoint().isEmpty()) {
            columns.both(stem, member.address() + " is reserved");
            columns.close(stem);
            return;
        }
        var endpoint = member.endpoint().get();
        var isPlugged = state.bridge().isPresent()
                && near.filter(link -> link.master() == state.bridge().get().index())
                        .isPresent();
        var left = near.map(link -> link.name() + "  " + (link.isUp() ? "up" : "DOWN"))
                .orElse(endpoint.link() + "  MISSING");
        var right = far.map(link -> link.name() + "  " + condition(link)).orElse(endpoint.inside() + "  MISSING");
        var isWhole = near.isPresent()
                && far.isPresent()
                && near.get().peer() == far.get().index()
                && far.get().peer() == near.get().index();
        var notes = new ArrayList<String>();
        if (near.isPresent() && !isPlugged) {
            notes.add("AT NO BRIDGE");
        }
        near.filter(link -> link.mtu() != network.mtu()).ifPresent(link -> notes.add("mtu " + link.mtu()));
        columns.cable((isPlugged ? "  +-- " : near.isPresent() ? "  X   " : "      ") + left, isWhole, "  " + right);
        var below = isLast ? "" : stem;
        var lines = inside(member, endpoint, far.orElse(null));
        for (var i = 0; i < Math.max(lines.size(), notes.size()); i++) {
            var note = i < notes.size() ? notes.get(i) : "";
            columns.both(
                    note.isEmpty() ? below : (below + "      ").substring(0, 6) + note,
                    i < lines.size() ? lines.get(i) : " ");
        }
        columns.close(below);
    }

    /** What there is at the container's end, and what else its namespace has. */
    private List<String> inside(Member member, Endpoint endpoint, Link link) {
        var lines = new ArrayList<String>();
        if (member.inside().isEmpty()) {
            return lines;
        }
        var inside = member.inside().get();
        if (link != null) {
            addresses(link, endpoint.address() + "/" + endpoint.prefix()).forEach(line -> lines.add(INDENT + line));
            lines.add(INDENT + link.mac() + (link.mac().equals(endpoint.mac()) ? "" : " NOT " + endpoint.mac()));
            routes(inside, link).forEach(line -> lines.add(INDENT + line));
        }
        if (!network.internal() && inside.routes().stream().noneMatch(Picture::isDefault)) {
            lines.add(INDENT + "default route  MISSING");
        }
        for (var other : inside.links()) {
            if (!other.name().equals("lo") && !other.name().equals(endpoint.inside())) {
                var name = member.others().get(other.name());
                lines.add("  " + other.name() + "  " + condition(other)
                        + (name == null ? "  UNKNOWN" : "  network " + name));
                other.addresses().forEach(address -> lines.add(INDENT + address));
            } else if (other.name().equals("lo") && !other.isUp()) {
                lines.add("  lo  DOWN");
            }
        }
        return lines;
    }

    /** The addresses of a link, {@code wanted} first. */
    private static List<String> addresses(Link link, String wanted) {
        var lines = new ArrayList<String>();
        lines.add(link.addresses().contains(wanted) ? wanted : wanted + "  MISSING");
        for (var address : link.addresses()) {
            if (!address.equals(wanted)) {
                lines.add(address + (isVersion6(address) ? "" : "  UNKNOWN"));
            }
        }
        return lines;
    }

    /** The routes by a link, without the one to its own network, if that is as it should be. */
    private List<String> routes(NamespaceState namespace, Link link) {
        var lines = new ArrayList<String>();
        var isNear = false;
        for (var route : namespace.routesBy(link.name())) {
            if (route.destination().equals(network.subnet()) && route.gateway().isEmpty()) {
                isNear = true;
            } else if (isDefault(route)) {
                var isKnown = route.gateway().equals(network.gateway()) || isVersion6(route.gateway());
                lines.add(DEFAULT + via(route) + (isKnown ? "" : "  UNKNOWN"));
            } else if (!isVersion6(route.destination())) {
                lines.add(route.destination() + via(route) + "  UNKNOWN");
            }
        }
        if (!isNear) {
            lines.addFirst("route to " + network.subnet() + "  MISSING");
        }
        return lines;
    }

    /** The links at the bridge that lead to no container. */
    private List<Link> strangers() {
        var known = state.members().stream()
                .flatMap(member -> member.endpoint().stream())
                .map(Endpoint::link)
                .collect(Collectors.toSet());
        return state.bridge().stream()
                .flatMap(bridge -> state.host().links().stream().filter(link -> link.master() == bridge.index()))
                .filter(link -> !known.contains(link.name()))
                .sorted((one, other) -> one.name().compareTo(other.name()))
                .toList();
    }

    private String rules() {
        var text = new StringBuilder();
        var table = "";
        for (var rule : state.rules()) {
            if (!rule.table().equals(table)) {
                table = rule.table();
                text.append("\nrules, table ").append(table).append('\n');
            }
            var line =
                    switch (rule.presence()) {
                        case THERE -> rule.line();
                        case UNKNOWN -> "UNKNOWN: " + rule.line();
                        case MISSING ->
                            "rule" + (rule.port().isEmpty() ? "" : " for " + rule.port()) + " MISSING: " + rule.line();
                    };
            Columns.wrap(text, line);
        }
        return text.toString();
    }

    private static boolean isDefault(Route route) {
        return route.destination().equals(DEFAULT);
    }

    /** koker notes nothing of IPv6, so that nothing of it is unknown. */
    private static boolean isVersion6(String text) {
        return text.contains(":");
    }

    private static String via(Route route) {
        return route.gateway().isEmpty() ? "" : " via " + route.gateway();
    }

    private static String condition(Link link) {
        return (link.isUp() ? "up" : "DOWN") + "  mtu " + link.mtu();
    }
}

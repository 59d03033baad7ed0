package koker.network;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import koker.kernel.IpAddress;
import koker.kernel.NetlinkConstant;
import koker.kernel.NetlinkMessage;
import koker.kernel.NetlinkSocket;
import koker.kernel.NetlinkSocket.Answer;
import koker.plan.Runner;

/**
 * What the kernel has of a network namespace at this moment: links with their addresses, and the routes of the main table.
 *
 * @param id how it is told from others, {@code net:[4026531840]}
 */
public record NamespaceState(String id, List<Link> links, List<Route> routes) {
    private static final int LINK_BODY = 16;
    private static final int ADDRESS_BODY = 8;
    private static final int ROUTE_BODY = 12;
    private static final int MAIN_TABLE = 254;
    private static final int UNICAST = 1;
    private static final int EVERYWHERE = 0; // the scope of addresses that others can use
    private static final int INET = 2;
    private static final int INET6 = 10;

    /**
     * A link.
     *
     * @param master the number of the bridge that it is connected to; 0 if there is none
     * @param peer the number that the other end of the cable has in its namespace; 0 if it is no cable
     * @param addresses each with the length of its network's prefix, {@code 10.44.0.2/22}
     */
    public record Link(
            int index, String name, boolean isUp, int mtu, String mac, int master, int peer, List<String> addresses) {}

    /**
     * A route.
     *
     * @param destination a subnet, or {@code default}
     * @param gateway empty if the destination is near
     * @param link the name of the link by which it leaves; empty if it has none
     */
    public record Route(String destination, String gateway, String link) {}

    /** That of the namespace that koker is in. */
    public static NamespaceState ofHost(Runner runner) throws IOException {
        try (var netlink = Netlink.ofHost(runner)) {
            return read(netlink, "self");
        }
    }

    /**
     * That of the namespace of the process {@code pid}.
     *
     * @throws koker.plan.StepException if there is no such process any more
     */
    public static NamespaceState of(Runner runner, int pid) throws IOException {
        try (var netlink = Netlink.of(runner, pid)) {
            return read(netlink, Integer.toString(pid));
        }
    }

    /** The link of that name, if there is one. */
    Optional<Link> link(String name) {
        return links.stream().filter(link -> link.name().equals(name)).findFirst();
    }

    /** The routes that leave by the link {@code name}. */
    List<Route> routesBy(String name) {
        return routes.stream().filter(route -> route.link().equals(name)).toList();
    }

    private static NamespaceState read(Netlink netlink, String process) throws IOException {
        var addresses = netlink.list(NetlinkMessage.listAddresses(), ADDRESS_BODY);
        var links = new ArrayList<Link>();
        for (var answer : netlink.list(NetlinkMessage.listLinks(), LINK_BODY)) {
            links.add(link(answer, addresses));
        }
        var routes = new ArrayList<Route>();
        for (var answer : netlink.list(NetlinkMessage.listAllRoutes(), ROUTE_BODY)) {
            route(answer, links).ifPresent(routes::add);
        }
        var id = Files.readSymbolicLink(Path.of("/proc", process, "ns/net")).toString();
        return new NamespaceState(id, links, routes);
    }

    private static Link link(Answer answer, List<Answer> addresses) {
        var index = answer.body().getInt(4);
        var own = new ArrayList<String>();
        for (var address : addresses) {
            var body = address.body();
            if (body.getInt(4) == index && body.get(3) == EVERYWHERE) {
                var value = address.attribute(NetlinkConstant.IFA_LOCAL)
                        .or(() -> address.attribute(NetlinkConstant.IFA_ADDRESS));
                own.add(IpAddress.of(value.orElseThrow()) + "/" + body.get(1));
            }
        }
        return new Link(
                index,
                answer.attribute(NetlinkConstant.IFLA_IFNAME)
                        .map(NetlinkSocket::text)
                        .orElse(""),
                (answer.body().getInt(8) & 1) != 0,
                number(answer, NetlinkConstant.IFLA_MTU),
                answer.attribute(NetlinkConstant.IFLA_ADDRESS)
                        .map(HexFormat.ofDelimiter(":")::formatHex)
                        .orElse(""),
                number(answer, NetlinkConstant.IFLA_MASTER),
                number(answer, NetlinkConstant.IFLA_LINK),
                own);
    }

    private static Optional<Route> route(Answer answer, List<Link> links) {
        var body = answer.body();
        var family = body.get(0);
        var isOfMain = (body.get(4) & 0xff) == MAIN_TABLE && body.get(7) == UNICAST;
        var destination = answer.attribute(NetlinkConstant.RTA_DST);
        var isNear = family == INET6 && destination.isPresent() && (destination.get()[0] & 0xff) >= 0xfe;
        if (!isOfMain || isNear || family != INET && family != INET6) {
            return Optional.empty();
        }
        var gateway = answer.attribute(NetlinkConstant.RTA_GATEWAY);
        var link = number(answer, NetlinkConstant.RTA_OIF);
        return Optional.of(new Route(
                destination.isPresent() ? IpAddress.of(destination.get()) + "/" + body.get(1) : "default",
                gateway.isPresent() ? IpAddress.of(gateway.get()).toString() : "",
                links.stream()
                        .filter(each -> each.index() == link)
                        .map(Link::name)
                        .findFirst()
                        .orElse("")));
    }

    private static int number(Answer answer, NetlinkConstant type) {
        return answer.attribute(type)
                .map(value ->
                        ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN).getInt())
                .orElse(0);
    }
}

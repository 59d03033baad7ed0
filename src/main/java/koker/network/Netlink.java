package koker.network;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import koker.kernel.Errand;
import koker.kernel.Ipv4;
import koker.kernel.Ipv6;
import koker.kernel.NetlinkConstant;
import koker.kernel.NetlinkMessage;
import koker.kernel.NetlinkSocket;
import koker.kernel.NetlinkSocket.Answer;
import koker.plan.FirewallStep;
import koker.plan.LinkStep;
import koker.plan.Maker;
import koker.plan.Step;

/** A conversation with the kernel about the links, addresses and routes of a network namespace, or about its rules for packets. */
final class Netlink implements AutoCloseable {
    private static final int LINK_BODY = 16;
    private static final int ROUTE_BODY = 12;

    private final Maker maker;
    private final NetlinkSocket socket;

    private Netlink(Maker maker, Map<String, Long> opened) {
        this.maker = maker;
        this.socket = new NetlinkSocket(opened.get(LinkStep.SOCKET).intValue());
        maker.make(new LinkStep.ExplainRefusals(socket));
    }

    /**
     * A link of the namespace.
     *
     * @param isUp whether it is switched on
     * @param mtu bytes that a packet can have at most
     */
    record Link(int index, String name, boolean isUp, int mtu) {}

    /**
     * A route of IPv4.
     *
     * @param link the number of the link by which it leaves; 0 if it has none
     */
    record Route(Subnet destination, int link) {}

    /** About the namespace that koker is in. */
    static Netlink ofHost(Maker maker) {
        return new Netlink(maker, maker.make(new LinkStep.OpenNetlink()));
    }

    /** About the namespace of the process {@code pid}. */
    static Netlink of(Maker maker, int pid) {
        return new Netlink(maker, Errand.of(() -> maker.make(new LinkStep.OpenNetlinkInside(pid))));
    }

    /** About the rules of the namespace that koker is in. */
    static Netlink ofRules(Maker maker) {
        return new Netlink(maker, maker.make(new FirewallStep.OpenNetfilter()));
    }

    /**
     * Asks for what {@code step} says.
     *
     * @throws koker.plan.StepException if the kernel refuses
     */
    void request(Function<NetlinkSocket, ? extends Step> step) {
        ask(step.apply(socket));
    }

    private void ask(Step step) {
        socket.beginRequest();
        receive(step);
    }

    private void receive(Step step) {
        if (maker.make(step).get(NetlinkSocket.RECEIVED)
                instanceof Long bytes) { // who only rehearses has received nothing
            socket.received(bytes.intValue());
        }
    }

    /** The link of that name, if there is one. */
    Optional<Link> find(String name) {
        ask(new LinkStep.FindLink(socket, name));
        return socket.refused()
                ? Optional.empty()
                : Optional.of(link(socket.answers(LINK_BODY).getFirst()));
    }

    /** All links. */
    List<Link> links() {
        return list(NetlinkMessage.listLinks(), LINK_BODY).stream()
                .map(Netlink::link)
                .toList();
    }

    /** All routes of IPv4, those to the namespace's own addresses among them. */
    List<Route> routes() {
        return list(NetlinkMessage.listRoutes(false), ROUTE_BODY).stream()
                .map(Netlink::route)
                .toList();
    }

    /** What all routes of IPv6 lead to. */
    List<Subnet6> destinations6() {
        return list(NetlinkMessage.listRoutes(true), ROUTE_BODY).stream()
                .map(answer -> new Subnet6(
                        answer.attribute(NetlinkConstant.RTA_DST).map(Ipv6::of).orElse(new Ipv6(0, 0)),
                        answer.body().get(1)))
                .toList();
    }

    @Override
    public void close() {
        maker.make(new LinkStep.CloseNetlink(socket));
    }

    /**
     * The answers to a request for all of a kind.
     *
     * @param body the bytes of an answer before its attributes
     */
    List<Answer> list(NetlinkMessage message, int body) {
        while (true) {
            var all = new ArrayList<Answer>();
            var changed = false;
            var done = false;
            ask(new LinkStep.ListAll(socket, message));
            while (!done) {
                changed |= socket.interrupted();
                for (var answer : socket.answers(body)) {
                    if (answer.type() == NetlinkConstant.NLMSG_DONE.value()) {
                        done = true;
                    } else {
                        all.add(answer);
                    }
                }
                if (!done) {
                    receive(new LinkStep.ReceiveMore(socket));
                }
            }
            if (!changed) {
                return all;
            }
        }
    }

    private static Link link(Answer answer) {
        return new Link(
                answer.body().getInt(4),
                answer.attribute(NetlinkConstant.IFLA_IFNAME)
                        .map(NetlinkSocket::text)
                        .orElse(""),
                (answer.body().getInt(8) & 1) != 0,
                answer.attribute(NetlinkConstant.IFLA_MTU).map(Netlink::number).orElse(0));
    }

    private static Route route(Answer answer) {
        var destination =
                answer.attribute(NetlinkConstant.RTA_DST).map(Ipv4::of).orElse(new Ipv4(0));
        var link =
                answer.attribute(NetlinkConstant.RTA_OIF).map(Netlink::number).orElse(0);
        return new Route(new Subnet(destination, answer.body().get(1)), link);
    }

    private static int number(byte[] value) {
        return ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN).getInt();
    }
}

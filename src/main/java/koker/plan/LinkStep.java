package koker.plan;

import static koker.trace.Trace.fields;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import koker.kernel.Call;
import koker.kernel.Calls;
import koker.kernel.CloneFlag;
import koker.kernel.Errno;
import koker.kernel.Event.Side;
import koker.kernel.HardwareAddress;
import koker.kernel.IpAddress;
import koker.kernel.Ipv4;
import koker.kernel.Ipv6;
import koker.kernel.NetlinkMessage;
import koker.kernel.NetlinkSocket;

/** What koker does to links, addresses and routes; each step but those that open a socket is one message, rtnetlink(7). */
public sealed interface LinkStep extends Step {
    /** What others know the socket by that a step has opened. */
    String SOCKET = "netlink socket";

    @Override
    default Side side() {
        return Side.HOST;
    }

    /** A socket to the kernel's network, that of the namespace that koker is in. */
    record OpenNetlink() implements LinkStep {
        @Override
        public String title() {
            return "Open netlink";
        }

        @Override
        public List<Call> calls() {
            return List.of(NetlinkSocket.open().as(SOCKET), NetlinkSocket.bind(SOCKET));
        }
    }

    /**
     * A socket to the network of the process {@code pid}: a socket stays in the namespace where it was opened. The thread stays there, too: this is
     * to be made by one that ends with it.
     */
    record OpenNetlinkInside(int pid) implements LinkStep {
        private static final String PROCESS = "process to visit";

        @Override
        public String title() {
            return "Open netlink inside";
        }

        @Override
        public Map<String, Object> about() {
            return fields("pid", pid);
        }

        @Override
        public List<Call> calls() {
            return visit(pid, List.of(NetlinkSocket.open().as(SOCKET), NetlinkSocket.bind(SOCKET)));
        }

        static List<Call> visit(int pid, List<Call> inside) {
            var calls = new ArrayList<Call>();
            calls.add(Calls.pidfdOpen(pid).as(PROCESS));
            calls.add(Calls.setns(PROCESS, CloneFlag.CLONE_NEWNET));
            calls.addAll(inside);
            calls.add(Calls.close(PROCESS));
            return calls;
        }
    }

    /** A message on {@code socket}, and the answer to it. */
    sealed interface Request extends LinkStep {
        /** The connection. */
        NetlinkSocket socket();

        /** What is sent. */
        NetlinkMessage message();

        @Override
        default List<Call> calls() {
            return List.of(socket().send(message()), socket().receive());
        }

        @Override
        default Optional<Call> further() {
            return socket().isBehind() ? Optional.of(socket().receive()) : Optional.empty();
        }

        /** What is as it was to be, though the kernel refuses. */
        default Optional<Errno> accepted() {
            return Optional.empty();
        }

        @Override
        default Optional<NetlinkSocket.Refusal> refusal() {
            var refusal = socket().refusal();
            return refusal.isPresent()
                            && accepted().equals(Optional.of(refusal.get().errno()))
                    ? Optional.empty()
                    : refusal;
        }

        /** The message's type, and what else tells the step from others. */
        default Map<String, Object> message(Object... namesAndValues) {
            var all = new ArrayList<Object>(List.of("message", message().type()));
            all.addAll(List.of(namesAndValues));
            return fields(all.toArray());
        }
    }

    /** The kernel is to say why it refuses, and to leave out what it was told. */
    record ExplainRefusals(NetlinkSocket socket) implements LinkStep {
        @Override
        public String title() {
            return "Explain refusals";
        }

        @Override
        public List<Call> calls() {
            return List.of(socket.explain(), socket.abbreviate());
        }
    }

    /** A bridge connects links as a switch does. {@code alias} says whose it is. */
    record MakeBridge(NetlinkSocket socket, String link, HardwareAddress hardware, String alias) implements Request {
        @Override
        public String title() {
            return "Make bridge";
        }

        @Override
        public Map<String, Object> about() {
            return message("link", link, "mac", hardware);
        }

        @Override
        public NetlinkMessage message() {
            return NetlinkMessage.makeBridge(link, hardware, alias);
        }
    }

    /** A link that is off lets nothing pass. */
    record SwitchOn(NetlinkSocket socket, String link) implements Request {
        @Override
        public String title() {
            return "Switch on";
        }

        @Override
        public Map<String, Object> about() {
            return message("link", link);
        }

        @Override
        public NetlinkMessage message() {
            return NetlinkMessage.switchOn(link);
        }
    }

    /** A cable from the host's bridge into the container: what goes in at one end comes out at the other. */
    record MakeVeth(
            NetlinkSocket socket,
            String link,
            int bridge,
            String bridgeName,
            String peer,
            int pid,
            HardwareAddress hardware,
            int mtu)
            implements Request {
        @Override
        public String title() {
            return "Make veth pair";
        }

        @Override
        public Map<String, Object> about() {
            return message("link", link, "master", bridgeName, "peer", peer, "peer_netns", "pid:" + pid);
        }

        @Override
        public NetlinkMessage message() {
            return NetlinkMessage.makeVeth(link, bridge, peer, pid, hardware, mtu);
        }
    }

    /** A cable that is there already is connected to the bridge, which somebody has removed and koker made again. */
    record PlugIn(NetlinkSocket socket, String link, int bridge, String bridgeName) implements Request {
        @Override
        public String title() {
            return "Plug in";
        }

        @Override
        public Map<String, Object> about() {
            return message("link", link, "master", bridgeName);
        }

        @Override
        public NetlinkMessage message() {
            return NetlinkMessage.plugIn(link, bridge);
        }
    }

    /** A container may reach itself by a port of the host: then the bridge sends back where a packet came from. */
    record SetHairpin(NetlinkSocket socket, String link) implements Request {
        @Override
        public String title() {
            return "Set hairpin";
        }

        @Override
        public Map<String, Object> about() {
            return message("link", link);
        }

        @Override
        public NetlinkMessage message() {
            return NetlinkMessage.setHairpin(link);
        }
    }

    /** The number of a link, by its name. That there is none is an answer, too. */
    record FindLink(NetlinkSocket socket, String link) implements Request {
        @Override
        public String title() {
            return "Find link";
        }

        @Override
        public Map<String, Object> about() {
            return message("link", link);
        }

        @Override
        public NetlinkMessage message() {
            return NetlinkMessage.findLink(link);
        }

        @Override
        public Optional<Errno> accepted() {
            return Optional.of(Errno.ENODEV);
        }
    }

    /** A link goes, and what it had with it. */
    record RemoveLink(NetlinkSocket socket, String link) implements Request {
        @Override
        public String title() {
            return "Remove link";
        }

        @Override
        public Map<String, Object> about() {
            return message("link", link);
        }

        @Override
        public NetlinkMessage message() {
            return NetlinkMessage.removeLink(link);
        }

        @Override
        public Optional<Errno> accepted() {
            return Optional.of(Errno.ENODEV);
        }
    }

    /** An address, and with it the route to all others of its network. */
    record AddAddress(NetlinkSocket socket, String link, int index, Ipv4 address, int prefix, Ipv4 broadcast)
            implements Request {
        @Override
        public String title() {
            return "Add address";
        }

        @Override
        public Map<String, Object> about() {
            return message("link", link, "address", address + "/" + prefix);
        }

        @Override
        public NetlinkMessage message() {
            return NetlinkMessage.addAddress(index, address, prefix, broadcast);
        }

        @Override
        public Optional<Errno> accepted() {
            return Optional.of(Errno.EEXIST);
        }
    }

    /** The same of IPv6. */
    record AddIpv6Address(NetlinkSocket socket, String link, int index, Ipv6 address, int prefix) implements Request {
        @Override
        public String title() {
            return "Add IPv6 address";
        }

        @Override
        public Map<String, Object> about() {
            return message("link", link, "address", address + "/" + prefix);
        }

        @Override
        public NetlinkMessage message() {
            return NetlinkMessage.addAddress(index, address, prefix);
        }

        @Override
        public Optional<Errno> accepted() {
            return Optional.of(Errno.EEXIST);
        }
    }

    /**
     * Switches IPv6 on for a link of the process {@code pid}: it may be off where the host has it off. The files of sysctl are those of the
     * namespace that the thread is in, which is to be one that ends with this.
     */
    record AllowIpv6(int pid, String link) implements LinkStep {
        @Override
        public String title() {
            return "Allow IPv6";
        }

        @Override
        public Map<String, Object> about() {
            return fields("pid", pid, "link", link);
        }

        @Override
        public List<Call> calls() {
            return OpenNetlinkInside.visit(
                    pid, Calls.overwrite("/proc/sys/net/ipv6/conf/" + link + "/disable_ipv6", "0"));
        }
    }

    /** Where packets go that are for no neighbour. */
    record AddDefaultRoute(NetlinkSocket socket, IpAddress gateway) implements Request {
        @Override
        public String title() {
            return "Add default route";
        }

        @Override
        public Map<String, Object> about() {
            return message("via", gateway);
        }

        @Override
        public NetlinkMessage message() {
            return NetlinkMessage.addDefaultRoute(gateway);
        }

        @Override
        public Optional<Errno> accepted() {
            return Optional.of(Errno.EEXIST);
        }
    }

    /** Everything of a kind that the namespace has. What does not fit in one answer comes with more. */
    record ListAll(NetlinkSocket socket, NetlinkMessage message) implements Request {
        @Override
        public String title() {
            return "List";
        }

        @Override
        public Map<String, Object> about() {
            return message(new Object[0]);
        }
    }

    /** The conversation is over. */
    record CloseNetlink(NetlinkSocket socket) implements LinkStep {
        @Override
        public String title() {
            return "Close netlink";
        }

        @Override
        public List<Call> calls() {
            return List.of(socket.close());
        }
    }

    /** The rest of a list. */
    record ReceiveMore(NetlinkSocket socket) implements LinkStep {
        @Override
        public String title() {
            return "Receive more";
        }

        @Override
        public List<Call> calls() {
            return List.of(socket.receive());
        }
    }
}

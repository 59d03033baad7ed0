package koker.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import koker.engine.EndpointRequest;
import koker.engine.NetworkRequest;
import koker.engine.PublishedPort;
import koker.kernel.HardwareAddress;
import koker.kernel.Ipv4;
import koker.kernel.Ipv6;
import koker.network.Network;

/** The options that say how a container that is to be made is connected. */
final class NetworkOptions {
    private final Supplier<List<EndpointRequest>> networks;
    private final Supplier<List<List<PublishedPort>>> ports;
    private final Supplier<Boolean> publishAll;
    private final Supplier<Optional<Ipv4>> ip;
    private final Supplier<Optional<Ipv6>> ip6;
    private final Supplier<Optional<HardwareAddress>> mac;
    private final Supplier<List<String>> aliases;
    private final Supplier<List<String>> dns;
    private final Supplier<List<String>> dnsSearch;
    private final Supplier<List<String>> dnsOptions;
    private final Supplier<List<String>> hosts;
    private final Supplier<Optional<String>> firewall;

    /** Declares them. */
    NetworkOptions(Options options) {
        networks = options.values(
                "NETWORK",
                "A network to connect to; or none, host, container:NAME, or ns:PATH to share one (default: default)."
                        + " Also name=NETWORK,ip=ADDRESS,ip6=ADDRESS,mac-address=ADDRESS,alias=NAME; may be given several times.",
                EndpointRequest::parse,
                "--network");
        ports = options.values(
                "[HOSTIP:][HOSTPORT:]PORT[/PROTOCOL]",
                "Lead a port of the host to one of the container: 8080:80, 127.0.0.1:53:53/udp, 8000-8009:8000-8009.",
                PublishedPort::parse,
                "-p",
                "--publish");
        publishAll = options.flag("The same for all ports that the image exposes.", "-P", "--publish-all");
        ip = options.value(
                "ADDRESS", "The container's address in its first network, instead of any.", Ipv4::parse, "--ip");
        ip6 = options.value("ADDRESS", "The same of IPv6.", Ipv6::parse, "--ip6");
        mac = options.value(
                "ADDRESS", "The address of its first network card.", HardwareAddress::parse, "--mac-address");
        aliases = options.values(
                "NAME",
                "Another name by which its neighbours in the first network know it.",
                NetworkRequest::hostName,
                "--network-alias");
        dns = options.values("ADDRESS", "A server to ask for names.", NetworkRequest::server, "--dns");
        dnsSearch = options.values("DOMAIN", "Where to look for short names.", NetworkRequest::word, "--dns-search");
        dnsOptions = options.values(
                "OPTION", "An option of resolv.conf(5).", NetworkRequest::word, "--dns-option", "--dns-opt");
        hosts = options.values("NAME:ADDRESS", "Another line of /etc/hosts.", NetworkRequest::hostsLine, "--add-host");
        firewall = options.value(
                "KIND",
                "Who filters and translates: iptables, nftables or none (default: iptables where installed, else nftables).",
                NetworkRequest::firewall,
                "--firewall");
    }

    /**
     * What they come to.
     *
     * @throws IllegalArgumentException if they do not go together
     */
    NetworkRequest request() {
        var wanted = new ArrayList<>(networks.get());
        if (wanted.isEmpty()) {
            wanted.add(EndpointRequest.of(Network.DEFAULT));
        }
        var first = wanted.removeFirst()
                .with(
                        ip.get().map(Ipv4::toString).orElse(null),
                        ip6.get().map(Ipv6::toString).orElse(null),
                        mac.get().map(HardwareAddress::toString).orElse(null),
                        aliases.get());
        var request = new NetworkRequest(
                first.network(),
                ports.get().stream().flatMap(List::stream).toList(),
                publishAll.get(),
                first.ip(),
                first.ip6(),
                first.mac(),
                first.aliases(),
                wanted,
                dns.get(),
                dnsSearch.get(),
                dnsOptions.get(),
                hosts.get(),
                firewall.get().orElse(null));
        request.check();
        return request;
    }
}

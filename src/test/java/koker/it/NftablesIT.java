package koker.it;

import static koker.it.NetworkLab.HOST;
import static koker.it.NetworkLab.WORLD;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The default network, with rules that koker tells the kernel by itself; and what nft(8) says of them. */
@WithFirewall(WithFirewall.Kind.NFTABLES)
class NftablesIT extends FirewallIT {
    /** Others' tables are there before the tests, which are to leave the host as it was. */
    @BeforeAll
    static void makeTablesOfIptables() {
        lab.sh("iptables -w -P FORWARD ACCEPT; iptables -w -t nat -P POSTROUTING ACCEPT");
    }

    @Override
    String rules() {
        return lab.sh("nft -s list table inet koker");
    }

    @Override
    String left() {
        return lab.sh("nft list tables | grep -w koker || true");
    }

    @Override
    List<String> published() {
        return lab.sh("nft -s list table inet koker | grep -o 'dport [0-9]*' || true")
                .lines()
                .toList();
    }

    @Override
    void removeRules() {
        lab.sh(
                "nft flush chain inet koker postrouting; nft flush chain inet koker protect;"
                        + " nft delete rule inet koker forward handle $(nft -a list chain inet koker forward | sed -n 's/.*accept # handle //p' | tail -1)");
    }

    /** The default network's part in koker's table; without it the table goes, and then it is all made anew. */
    private static void removeNetwork() {
        host.koker("-q", "network", "rm", "default").run().succeeded();
    }

    private static void makeNetwork() {
        host.run("--rm", "busybox", "true").run().succeeded();
    }

    @Test
    void nftShowsWhatIsThere() {
        removeNetwork();
        makeNetwork();
        var id = lab.serve("web", "-p", "8080:80", "-p", "127.0.0.1:53:81/udp", "--ip", "10.44.0.7");
        assertEquals("""
                table inet koker {
                	chain ports {
                		meta nfproto ipv4 tcp dport 8080 dnat ip to 10.44.0.7:80 comment "koker-ID"
                		ip daddr 127.0.0.1 udp dport 53 dnat ip to 10.44.0.7:81 comment "koker-ID"
                	}

                	chain protect {
                		type filter hook prerouting priority raw; policy accept;
                		iifname "koker*" ip daddr 127.0.0.0/8 drop
                	}

                	chain prerouting {
                		type nat hook prerouting priority dstnat; policy accept;
                		fib daddr type local jump ports
                	}

                	chain output {
                		type nat hook output priority -100; policy accept;
                		ip6 daddr ::1 accept
                		fib daddr type local jump ports
                	}

                	chain forward {
                		type filter hook forward priority filter; policy accept;
                		iifname "koker0" oifname "koker0" accept
                		oifname "koker0" ct status dnat accept
                		oifname "koker0" ct state established,related accept
                		oifname "koker0" drop
                	}

                	chain postrouting {
                		type nat hook postrouting priority srcnat; policy accept;
                		ip saddr 10.44.0.0/22 oifname != "koker0" masquerade
                		ip saddr 10.44.0.0/22 oifname "koker0" ct status dnat masquerade
                		ip saddr 127.0.0.0/8 oifname "koker0" masquerade
                	}
                }
                """.strip(), rules().replace(id, "ID"));
    }

    @Test
    void theTableGoesWithTheLastNetwork() {
        makeNetwork();
        host.koker("-q", "network", "create", "other").run().succeeded();
        host.run("--rm", "--network", "other", "busybox", "true").run().succeeded();
        assertTrue(rules().contains("koker1"));
        host.koker("-q", "network", "rm", "other").run().succeeded();
        assertFalse(rules().contains("koker1"));
        removeNetwork();
        assertEquals("", lab.sh("nft list tables | grep koker || true"));
        makeNetwork();
    }

    @Test
    void aNetworkThatLeadsNowhereDoesNotReachPublishedPorts() {
        host.koker("-q", "network", "create", "--internal", "cell").run().succeeded();
        lab.serve("inner", "--network", "cell");
        lab.serve("web", "-p", "8080:80");
        var gateway = lab.sh("ip -o -4 addr show dev koker1 | sed 's/.* inet \\([^/]*\\).*/\\1/'");
        assertEquals("web", lab.inside("web", "tcp", gateway, 8080));
        assertEquals("none", lab.inside("inner", "tcp", gateway, 8080));
        host.koker("rm", "-f", "inner").run();
        host.koker("-q", "network", "rm", "cell").run().succeeded();
    }

    @Test
    void nothingIsAskedOrToldTwice() {
        makeNetwork();
        var trace = host.koker("-D", "run", "--rm", "busybox", "true").run().errors();
        assertTrue(trace.contains("NFT_MSG_GETRULE"), trace);
        assertFalse(trace.contains("Change rules"), trace);
    }

    @Test
    @Override
    void networkingWorksWhereForwardingIsForbidden() {
        super.networkingWorksWhereForwardingIsForbidden();
        var rule = "-A FORWARD -i koker+ -m comment --comment koker -j ACCEPT";
        assertTrue(lab.sh("iptables-save").contains(rule));
        host.run("--rm", "busybox", "true").run().succeeded();
        assertFalse(lab.sh("iptables-save").contains(rule), "it is not needed any more");
    }

    /** What firewalld keeps, as far as it matters here. */
    private static final String FIREWALLD = """
            table inet firewalld {
                chain filter_FORWARD {
                    type filter hook forward priority filter + 10; policy accept;
                    ct state { established, related } accept
                    ct status dnat accept
                    reject with icmpx admin-prohibited
                }
            }
            """;

    @Test
    void networkingWorksWhereFirewalldRejects() {
        lab.sh("echo '" + FIREWALLD + "' | nft -f -");
        try {
            var before = lab.sh("nft -s list table inet firewalld");
            lab.serve("web", "-p", "8080:80");
            assertEquals("web", lab.inWorld("tcp", HOST, 8080));
            assertEquals(HOST, lab.inside("web", "tcp", WORLD, 7000));
            assertTrue(
                    lab.sh("nft -s list table inet firewalld").contains("iifname \"koker*\" accept comment \"koker\""));
            host.koker("rm", "-f", "web").run();
            removeNetwork();
            assertEquals(before, lab.sh("nft -s list table inet firewalld"));
        } finally {
            lab.sh("nft delete table inet firewalld");
        }
        makeNetwork();
    }

    /** Firewalld can have its table to itself. Each of koker's rules is refused by an answer of its own, and more is asked after that. */
    @Test
    void whatFirewalldRefusesIsToldAndAllElseIsDone() {
        // One line, as the table is its as long as it reads from a terminal.
        var table = FIREWALLD
                .replace("{\n    chain", "{ flags owner; chain")
                .replaceAll("(accept|prohibited)\n", "$1; ")
                .replace("    }\n", "}; ")
                .replace('\n', ' ');
        var firewalld = host.command("sh", "-c", "{ echo '" + table + "'; sleep 1000; } | nft -i")
                .start();
        try {
            Poll.until("firewalld is there", () -> lab.sh("nft list tables").contains("firewalld"));
            lab.sh(
                    "echo 'table inet own { chain pass { type filter hook forward priority 0; policy drop; }; }' | nft -f -");
            var ended = host.koker("run", "--rm", "busybox", "true").run();
            assertEquals(0, ended.status(), ended.errors());
            for (var chain : List.of("inet firewalld filter_FORWARD", "inet own pass")) {
                assertTrue(ended.errors().contains("stop the packets of containers chain=\"" + chain), ended.errors());
            }
        } finally {
            firewalld.process().descendants().forEach(ProcessHandle::destroy);
            lab.sh("nft delete table inet own");
            Poll.until("firewalld is gone", () -> !lab.sh("nft list tables").contains("firewalld"));
        }
    }

    @ParameterizedTest
    @CsvSource({"'', true", "iifname \"koker*\" accept, false"})
    void aTableThatMayDropIsLeftAloneButNamed(String rule, boolean warns) {
        lab.sh("echo 'table inet own { chain pass { type filter hook forward priority 0; policy drop; " + rule
                + "; }; }' | nft -f -");
        try {
            var before = lab.sh("nft -s list table inet own");
            var errors = host.koker("run", "--rm", "busybox", "true").run().errors();
            assertEquals(warns, errors.contains("WRN Another firewall may stop the packets"), errors);
            assertEquals(before, lab.sh("nft -s list table inet own"));
        } finally {
            lab.sh("nft delete table inet own");
        }
    }

    @Test
    void aRefusalOfTheKernelIsTold() {
        removeNetwork();
        lab.sh("nft add table inet koker; nft add chain inet koker forward '{ type route hook output priority 0; }'");
        var ended = host.run("--rm", "busybox", "true").run();
        assertEquals(125, ended.status());
        assertEquals(1, ended.errors().lines().count(), ended.errors());
        assertTrue(ended.errors().contains("Change rules table=koker"), ended.errors());
        assertTrue(ended.errors().contains("NFT_MSG_NEWCHAIN"), ended.errors());
        lab.sh("nft delete table inet koker");
        makeNetwork();
    }
}

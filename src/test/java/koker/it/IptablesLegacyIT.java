package koker.it;

import org.junit.jupiter.api.AfterAll;

/** The default network, with iptables as it was before it came to write rules of nf_tables. */
@WithFirewall(WithFirewall.Kind.IPTABLES_LEGACY)
class IptablesLegacyIT extends NetworkIT {
    /** The kernel asks both, so that what is left here would count in other classes. */
    @AfterAll
    static void removeAllRules() {
        sh("for table in filter nat raw; do iptables-legacy -w -t $table -F; iptables-legacy -w -t $table -X; done");
    }
}

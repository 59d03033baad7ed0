package koker.it;

/** iptables as it was before it came to write rules of nf_tables. */
@WithFirewall(WithFirewall.Kind.IPTABLES_LEGACY)
class IptablesLegacyIT extends FirewallIT {}

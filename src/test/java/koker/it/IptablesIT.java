package koker.it;

/** iptables, which writes rules of nf_tables. */
@WithFirewall(WithFirewall.Kind.IPTABLES_NFT)
class IptablesIT extends FirewallIT {}

/** Networks of containers: links, addresses and routes by rtnetlink(7), address leases, and the firewall's rules. */
package koker.network;

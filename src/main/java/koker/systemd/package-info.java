/** systemd, which on many hosts owns the cgroups, and is asked for one by D-Bus. */
package koker.systemd;

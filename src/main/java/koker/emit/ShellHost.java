package koker.emit;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import koker.kernel.HardwareAddress;
import koker.network.RuleChange;
import koker.plan.FirewallStep;
import koker.plan.HostStep;
import koker.plan.LinkStep;
import koker.plan.Unknown;

/** Writes the steps of the host in shell: folders, cgroups, links, addresses and rules. What they make is taken away in the end. */
final class ShellHost {
    private final ShellText text;

    ShellHost(ShellText text) {
        this.text = text;
    }

    /** The lines for a step; none where the tools do by themselves what it is for. */
    List<String> lines(HostStep step) {
        return switch (step) {
            case HostStep.MakeStateFolder(var folder, var mode) ->
                folder.equals(text.folder())
                        ? List.of("chmod " + octal(mode) + " \"$box\"")
                        : List.of("mkdir -m " + octal(mode) + " " + text.quote(folder));
            case HostStep.WriteFile(var file, var content) ->
                List.of("printf %s " + text.quote(content) + " >" + text.quote(file));
            case HostStep.MakeCgroup(var folder) ->
                List.of("mkdir " + text.quote(folder), "later " + text.quote("remove_cgroup " + text.quote(folder)));
            case HostStep.MakeParentCgroup(var folder) ->
                List.of("[ -d " + text.quote(folder) + " ] || mkdir " + text.quote(folder));
            case HostStep.WriteCgroup(var file, var value, var optional) ->
                List.of((optional ? "[ ! -e " + text.quote(file) + " ] || " : "") + echo(value, file));
            case HostStep.DelegateCgroup(var folder, var user, var files) -> {
                var lines = new ArrayList<String>();
                lines.add("chown " + user + " " + text.quote(folder));
                for (var file : files) {
                    var path = text.quote(folder + "/" + file);
                    lines.add("[ ! -e " + path + " ] || chown " + user + " " + path);
                }
                yield lines;
            }
            case HostStep.MoveToCgroup(var folder, var processes) -> {
                var lines = new ArrayList<String>();
                lines.add("mkdir -p " + text.quote(folder));
                for (var process : processes) {
                    lines.add(echo(process.toString(), folder + "/cgroup.procs") + " || : # it may have ended");
                }
                yield lines;
            }
            case HostStep.RestrictDevices(var folder, var rules) ->
                rules.stream()
                        .map(rule -> echo(rule.devices(), folder + (rule.allow() ? "/devices.allow" : "/devices.deny")))
                        .toList();
            case HostStep.FilterDevices _ ->
                List.of("echo 'devices are not restricted: no tool loads the program of BPF that does it' >&2");
            case HostStep.LeaseAddress(var file, var holder) -> {
                var folder = file.substring(0, file.lastIndexOf('/'));
                yield List.of(
                        "if [ -d " + text.quote(folder) + " ]; then",
                        "    ln -s " + text.quote(holder) + " " + text.quote(file),
                        "    later " + text.quote("rm -f " + text.quote(file)),
                        "fi");
            }
            case HostStep.ReturnAddress(var file) -> List.of("rm -f " + text.quote(file));
            case HostStep.SetHostSysctl(var parameter, var value) ->
                List.of(echo(value, "/proc/sys/" + parameter.replace('.', '/')));
            case HostStep.MapUsers _, HostStep.SetForProcess _ ->
                throw new EmitException("a user namespace is not written as a script");
            case HostStep.LockNetworks _, HostStep.UnlockNetworks _, HostStep.OpenCgroup _ -> List.of();
            case HostStep.RunHook _ -> throw new EmitException("hooks are run by koker; leave them out of config.json");
            case HostStep.MakeGate _, HostStep.OpenGate _, HostStep.LetStart _ ->
                throw new IllegalArgumentException("a container that waits for its start is not written as a script");
            case HostStep.Clone _ -> throw new IllegalArgumentException("the clone is no line but a frame");
        };
    }

    /** The same for a step about links. */
    List<String> lines(LinkStep step) {
        return switch (step) {
            case LinkStep.MakeBridge(var _, var link, HardwareAddress hardware, var alias) ->
                List.of(
                        "ip link add " + text.quote(link) + " address " + hardware + " type bridge",
                        "later " + text.quote("ip link del " + link),
                        "ip link set dev " + text.quote(link) + " alias " + text.quote(alias));
            case LinkStep.SwitchOn on -> List.of(where(on) + "ip link set dev " + text.quote(on.link()) + " up");
            case LinkStep.MakeVeth veth ->
                List.of(
                        "ip link add " + text.quote(veth.link()) + " mtu " + veth.mtu() + " type veth peer name "
                                + text.quote(veth.peer()) + " address " + veth.hardware() + " mtu " + veth.mtu()
                                + " netns \"$pid\"",
                        "ip link set dev " + text.quote(veth.link()) + " master " + text.quote(veth.bridgeName())
                                + " up");
            case LinkStep.PlugIn plug ->
                List.of("ip link set dev " + text.quote(plug.link()) + " master " + text.quote(plug.bridgeName())
                        + " up");
            case LinkStep.SetHairpin hairpin ->
                List.of("ip link set dev " + text.quote(hairpin.link()) + " type bridge_slave hairpin on");
            case LinkStep.RemoveLink remove -> List.of("ip link del " + text.quote(remove.link()) + " || :");
            case LinkStep.AddAddress add ->
                List.of(where(add) + "ip addr add " + add.address() + "/" + add.prefix() + " broadcast "
                        + add.broadcast() + " dev " + text.quote(add.link()));
            case LinkStep.AddIpv6Address add ->
                List.of(where(add) + "ip addr add " + add.address() + "/" + add.prefix() + " nodad dev "
                        + text.quote(add.link()));
            case LinkStep.AllowIpv6 allow ->
                List.of("nsenter --net=\"/proc/$pid/ns/net\" sh -c "
                        + text.quote("echo 0 >/proc/sys/net/ipv6/conf/" + allow.link() + "/disable_ipv6"));
            case LinkStep.AddDefaultRoute add -> List.of(where(add) + "ip route add default via " + add.gateway());
            case LinkStep.OpenNetlink _,
                    LinkStep.OpenNetlinkInside _,
                    LinkStep.ExplainRefusals _,
                    LinkStep.FindLink _,
                    LinkStep.ListAll _,
                    LinkStep.ReceiveMore _,
                    LinkStep.CloseNetlink _ -> List.of();
        };
    }

    /** The same for a step about rules for packets. */
    List<String> lines(FirewallStep step) {
        return switch (step) {
            case FirewallStep.RestoreRules(var words, var rules) -> rules(program(words.getFirst()), rules);
            case FirewallStep.ChangeRules change ->
                change.changes().stream().map(each -> line(RuleChange.of(each))).toList();
            case FirewallStep.OpenNetfilter _ -> List.of();
        };
    }

    private String line(RuleChange change) {
        return switch (change) {
            case RuleChange.Table(var name) -> "nft_table " + text.quote(name);
            case RuleChange.Chain(var table, var name, var hook) ->
                "nft add chain inet " + text.quote(table) + " " + text.quote(name)
                        + (hook.isEmpty() ? "" : " " + text.quote(hook));
            case RuleChange.NewRule(var table, var chain, var first, var rule) ->
                "nft_rule " + (first ? "insert " : "add ") + text.quote(List.of(table, chain, rule));
        };
    }

    private List<String> rules(String program, String rules) {
        var lines = new ArrayList<String>();
        var table = "";
        for (var line : rules.lines().toList()) {
            var words = List.of(line.split(" "));
            if (line.startsWith("*")) {
                table = line.substring(1);
            } else if (line.startsWith(":")) {
                lines.add("chain "
                        + text.quote(List.of(program, table, words.getFirst().substring(1))));
            } else if (line.startsWith("-")) {
                lines.add("rule " + text.quote(List.of(program, table)) + " " + text.quote(words));
            }
        }
        return lines;
    }

    private static String program(String restore) {
        return restore.substring(0, restore.length() - "-restore".length());
    }

    /** What goes before a command that is about the network of the container, not the host's. */
    private static String where(LinkStep.Request request) {
        return request.socket().descriptor() == Unknown.SOCKET_INSIDE ? "nsenter --net=\"/proc/$pid/ns/net\" " : "";
    }

    private String echo(String value, String file) {
        return "echo " + text.quote(value) + " >" + text.quote(file);
    }

    private static String octal(int mode) {
        return Integer.toOctalString(mode);
    }

    /** What the lines call: how to add what is missing, and to take it away again. */
    static Map<String, String> functions() {
        return Map.of("remove_cgroup", """
                # A cgroup can be removed when its last process is gone, which takes a moment.
                remove_cgroup() {
                    for _ in 1 2 3 4 5 6 7 8 9; do
                        rmdir "$1" 2>/dev/null && return
                        sleep 0.1
                    done
                    rmdir "$1"
                }
                """, "chain", """
                # chain PROGRAM TABLE CHAIN: a chain, unless it is there.
                chain() {
                    if "$1" -w -t "$2" -N "$3" 2>/dev/null; then
                        later "$1 -w -t $2 -X $3"
                    fi
                }
                """, "rule", """
                # rule PROGRAM TABLE -A|-I CHAIN ...: a rule, unless it is there.
                rule() {
                    program=$1 table=$2 how=$3
                    shift 3
                    if ! "$program" -w -t "$table" -C "$@" 2>/dev/null; then
                        "$program" -w -t "$table" "$how" "$@"
                        later "$program -w -t $table -D $*"
                    fi
                }
                """, "nft_table", """
                # nft_table TABLE: a table of nf_tables, unless it is there.
                nft_table() {
                    if ! nft list table inet "$1" >/dev/null 2>&1; then
                        nft add table inet "$1"
                        later "nft delete table inet $1"
                    fi
                }
                """, "nft_rule", """
                # nft_rule add|insert TABLE CHAIN RULE: a rule, unless it is there.
                nft_rule() {
                    if [ -z "$(nft_handle "$2" "$3" "$4")" ]; then
                        nft "$1" rule inet "$2" "$3" "$4"
                        later "nft_remove $2 $3 '$4'"
                    fi
                }
                nft_remove() {
                    nft delete rule inet "$1" "$2" handle "$(nft_handle "$1" "$2" "$3")"
                }
                # The number by which the kernel knows a rule, which goes by that alone.
                nft_handle() {
                    nft -a list chain inet "$1" "$2" | while read -r line; do
                        case $line in "$3 # handle "*) echo "${line##* }" ;; esac
                    done
                }
                """);
    }
}

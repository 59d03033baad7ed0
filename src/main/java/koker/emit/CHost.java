package koker.emit;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import koker.kernel.Argument;
import koker.kernel.Call;
import koker.kernel.Calls;
import koker.kernel.CloneFlag;
import koker.kernel.OpenFlag;
import koker.kernel.SystemCall;
import koker.network.RuleChange;
import koker.plan.FirewallStep;
import koker.plan.HostStep;
import koker.plan.LinkStep;
import koker.plan.Step;
import koker.plan.Unknown;

/** Writes those steps of the host in C that are more than their calls: what they make is to be taken away in the end. */
final class CHost {
    private static final String HOME = "namespace of the program";

    private final CCall call;
    private final String folder;

    CHost(CCall call, String folder) {
        this.call = call;
        this.folder = folder;
    }

    /** The lines for a step; none where there is nothing to do. */
    List<String> lines(HostStep step) {
        return switch (step) {
            case HostStep.MakeStateFolder(var path, var mode)
            when path.equals(folder) ->
                List.of("checked(chmod(box, 0" + Integer.toOctalString(mode) + "), " + call.text(step.title())
                        + ", 0);");
            case HostStep.MakeCgroup(var path) -> {
                var lines = new ArrayList<>(calls(step));
                lines.add("later(remove_cgroup, " + call.texts(List.of(path)) + ");");
                yield lines;
            }
            case HostStep.LeaseAddress(var file, var _) -> {
                var lines = new ArrayList<String>();
                lines.add("if (access(" + call.text(file.substring(0, file.lastIndexOf('/'))) + ", F_OK) == 0) {");
                lines.add("    checked(" + call.expression(step.calls().getFirst()) + ", " + call.text(step.title())
                        + ", 0);");
                lines.add("    later(remove_file, " + call.texts(List.of(file)) + ");");
                lines.add("}");
                yield lines;
            }
            case HostStep.FilterDevices(var cgroup, var filter) -> filter(step, cgroup, filter);
            case HostStep.MapUsers _, HostStep.SetForProcess _ ->
                throw new EmitException("a user namespace is not written in C");
            case HostStep.LockNetworks _, HostStep.UnlockNetworks _ -> List.of();
            case HostStep.RunHook _ -> throw new EmitException("hooks are run by koker; leave them out of config.json");
            case HostStep.MakeGate _, HostStep.OpenGate _, HostStep.LetStart _ ->
                throw new IllegalArgumentException("a container that waits for its start is not written in C");
            case HostStep.OpenCgroup _ -> {
                call.know(step.calls().getFirst().label(), "cgroup");
                yield List.of("cgroup = " + checked(step) + ";");
            }
            case HostStep.MakeStateFolder _,
                    HostStep.WriteFile _,
                    HostStep.MakeParentCgroup _,
                    HostStep.WriteCgroup _,
                    HostStep.DelegateCgroup _,
                    HostStep.MoveToCgroup _,
                    HostStep.RestrictDevices _,
                    HostStep.ReturnAddress _,
                    HostStep.SetHostSysctl _ -> calls(step);
            case HostStep.Clone _ -> throw new IllegalArgumentException("the clone is no line but a frame");
        };
    }

    /** The same for a step about links. */
    List<String> lines(LinkStep step) {
        return switch (step) {
            case LinkStep.OpenNetlink _ -> open(step.calls(), step.title(), "host_links");
            case LinkStep.OpenNetlinkInside _ -> open(thereAndBack(step), step.title(), "inside_links");
            case LinkStep.CloseNetlink(var socket) ->
                List.of("close((int)" + (isInside(socket.descriptor()) ? "inside_links" : "host_links") + ");");
            case LinkStep.MakeBridge bridge -> {
                var lines = new ArrayList<>(ask(bridge, ""));
                lines.add("later(remove_link, " + call.texts(List.of(bridge.link())) + ");");
                yield lines;
            }
            case LinkStep.MakeVeth veth ->
                ask(
                        new LinkStep.MakeVeth(
                                veth.socket(),
                                veth.link(),
                                Unknown.LINK,
                                veth.bridgeName(),
                                veth.peer(),
                                veth.pid(),
                                veth.hardware(),
                                veth.mtu()),
                        veth.bridgeName());
            case LinkStep.PlugIn plug ->
                ask(
                        new LinkStep.PlugIn(plug.socket(), plug.link(), Unknown.LINK, plug.bridgeName()),
                        plug.bridgeName());
            case LinkStep.AddAddress add ->
                ask(
                        new LinkStep.AddAddress(
                                add.socket(), add.link(), Unknown.LINK, add.address(), add.prefix(), add.broadcast()),
                        add.link());
            case LinkStep.AddIpv6Address add ->
                ask(
                        new LinkStep.AddIpv6Address(
                                add.socket(), add.link(), Unknown.LINK, add.address(), add.prefix()),
                        add.link());
            case LinkStep.SwitchOn _, LinkStep.SetHairpin _, LinkStep.RemoveLink _, LinkStep.AddDefaultRoute _ ->
                ask((LinkStep.Request) step, "");
            case LinkStep.AllowIpv6 _ -> calls(thereAndBack(step), step.title());
            case LinkStep.ExplainRefusals _, LinkStep.FindLink _, LinkStep.ListAll _, LinkStep.ReceiveMore _ ->
                List.of();
        };
    }

    /** The same for a step about rules for packets. */
    List<String> lines(FirewallStep step) {
        return switch (step) {
            case FirewallStep.RestoreRules(var words, var rules) -> rules(words.getFirst(), rules);
            case FirewallStep.ChangeRules change ->
                change.changes().stream().map(each -> line(RuleChange.of(each))).toList();
            case FirewallStep.OpenNetfilter _ -> List.of();
        };
    }

    /** The calls of a step, one after the other. */
    List<String> calls(Step step) {
        return calls(step.calls(), step.title());
    }

    private List<String> calls(List<Call> calls, String title) {
        return calls.stream().map(each -> call.statement(each, title)).toList();
    }

    /** Those of a step's calls that are of these {@code kinds}, one after the other; nothing is kept of what they return. */
    List<String> calls(Step step, SystemCall... kinds) {
        return step.calls().stream()
                .filter(each -> List.of(kinds).contains(each.operation()))
                .map(each -> call.statement(each.as(""), step.title()))
                .toList();
    }

    private String checked(Step step) {
        return "checked(" + call.expression(step.calls().getFirst()) + ", " + call.text(step.title()) + ", 0)";
    }

    /** The calls of a step for which koker has a thread that ends in another namespace: the only one of a program in C comes back. */
    private static List<Call> thereAndBack(LinkStep step) {
        var calls = new ArrayList<Call>();
        calls.add(Calls.openat("/proc/self/ns/net", OpenFlag.O_RDONLY, OpenFlag.O_CLOEXEC)
                .as(HOME));
        calls.addAll(step.calls());
        calls.add(Calls.setns(HOME, CloneFlag.CLONE_NEWNET));
        calls.add(Calls.close(HOME));
        return calls;
    }

    private List<String> open(List<Call> calls, String title, String variable) {
        var lines = new ArrayList<String>();
        for (var each : calls) {
            lines.add(call.statement(each, title));
            if (each.label().equals(LinkStep.SOCKET)) {
                var line = lines.removeLast();
                lines.add(variable + line.substring(line.indexOf(" = ")));
                call.know(LinkStep.SOCKET, variable);
            }
        }
        return lines;
    }

    /** The message of a step, in which {@code link} and the process are named by the numbers that they have by then. */
    private List<String> ask(LinkStep.Request request, String link) {
        var socket = isInside(request.socket().descriptor()) ? "inside_links" : "host_links";
        if (!(request.calls().getFirst().arguments().get(1) instanceof Argument.Struct(var bytes, var fields))) {
            throw new IllegalArgumentException(request.name());
        }
        var lines = new ArrayList<String>();
        lines.add("message = " + CCall.bytes(bytes) + "; /* " + CCall.harmless(new Unknown().name(fields)) + " */");
        var words = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (var at = 0; at + 4 <= bytes.length; at += 4) {
            if (words.getInt(at) == Unknown.PID) {
                lines.add("put(message + " + at + ", (int)pid);");
            } else if (words.getInt(at) == Unknown.LINK) {
                lines.add("put(message + " + at + ", number_of(" + socket + ", " + call.text(link) + "));");
            }
        }
        lines.add("ask(" + socket + ", message, " + bytes.length + ", " + call.text(request.title()) + ");");
        return lines;
    }

    private String line(RuleChange change) {
        return switch (change) {
            case RuleChange.Table(var name) -> "nft_table(" + call.text(name) + ");";
            case RuleChange.Chain(var table, var name, var hook) ->
                "nft_chain(" + call.text(table) + ", " + call.text(name) + ", "
                        + (hook.isEmpty() ? "NULL" : call.text(hook)) + ");";
            case RuleChange.NewRule(var table, var chain, var first, var rule) ->
                "nft_rule(" + call.text(first ? "insert" : "add") + ", " + call.text(table) + ", " + call.text(chain)
                        + ", " + call.text(rule) + ");";
        };
    }

    private List<String> rules(String restore, String rules) {
        var program = restore.substring(0, restore.length() - "-restore".length());
        var lines = new ArrayList<String>();
        var table = "";
        for (var line : rules.lines().toList()) {
            var words = new ArrayList<>(List.of(line.split(" ")));
            if (line.startsWith("*")) {
                table = line.substring(1);
            } else if (line.startsWith(":")) {
                lines.add("rule("
                        + call.texts(List.of(
                                program,
                                "-w",
                                "-t",
                                table,
                                "-N",
                                words.getFirst().substring(1))) + ");");
            } else if (line.startsWith("-")) {
                words.addAll(0, List.of(program, "-w", "-t", table));
                lines.add("rule(" + call.texts(words) + ");");
            }
        }
        return lines;
    }

    private List<String> filter(HostStep step, String cgroup, List<Long> filter) {
        var lines = new ArrayList<String>();
        var title = call.text(step.title());
        lines.add("{");
        var instructions = new StringBuilder("    unsigned long long instructions[] = {");
        for (var i = 0; i < filter.size(); i++) {
            instructions
                    .append(i % 4 == 0 ? "\n        " : " ")
                    .append("0x")
                    .append(Long.toHexString(filter.get(i)))
                    .append("ULL,");
        }
        lines.add(instructions + "\n    };");
        lines.add("    struct { unsigned type, count; unsigned long long code, licence, room[3]; } load = {");
        lines.add("        15 /* BPF_PROG_TYPE_CGROUP_DEVICE */, " + filter.size()
                + ", (unsigned long)instructions, (unsigned long)\"MIT\", {0}};");
        lines.add("    long folder = checked(open(" + call.text(cgroup) + ", O_RDONLY | O_DIRECTORY | O_CLOEXEC), "
                + title + ", 0);");
        lines.add("    long program = checked(syscall(SYS_bpf, 5L /* BPF_PROG_LOAD */, &load, (long)sizeof load), "
                + title + ", 0);");
        lines.add("    struct { unsigned target, program, type, flags, room[8]; } attach = {");
        lines.add(
                "        (unsigned)folder, (unsigned)program, 6 /* BPF_CGROUP_DEVICE */, 2 /* BPF_F_ALLOW_MULTI */, {0}};");
        lines.add("    checked(syscall(SYS_bpf, 8L /* BPF_PROG_ATTACH */, &attach, (long)sizeof attach), " + title
                + ", 0);");
        lines.add("    close((int)program);");
        lines.add("    close((int)folder);");
        lines.add("}");
        return lines;
    }

    private static boolean isInside(int descriptor) {
        return descriptor == Unknown.SOCKET_INSIDE;
    }
}

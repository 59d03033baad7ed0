package koker.emit;

import java.util.ArrayList;
import java.util.List;
import koker.kernel.CloneFlag;
import koker.kernel.Event.Side;
import koker.kernel.Flag;
import koker.kernel.SystemCall;
import koker.plan.EndStep;
import koker.plan.FirewallStep;
import koker.plan.HostStep;
import koker.plan.LinkStep;
import koker.plan.MountStep;
import koker.plan.NamespaceStep;
import koker.plan.ProcessStep;
import koker.plan.Step;
import koker.plan.StoreStep;
import koker.plan.SupervisorStep;

/**
 * Writes a plan as one file of C that needs the C library alone, and makes the same container by the same system calls, takes away in the end what
 * it has made, and exits as the command does.
 */
public final class CProgram {
    private final Recipe recipe;
    private final CCall call;
    private final CHost host;
    private final StringBuilder body = new StringBuilder();

    private CProgram(Recipe recipe) {
        this.recipe = recipe;
        this.call = new CCall(recipe.folder());
        this.host = new CHost(call, recipe.folder());
    }

    /**
     * The program.
     *
     * @throws EmitException if a step cannot be written in C
     */
    public static String of(Recipe recipe) {
        return new CProgram(recipe).write();
    }

    private String write() {
        var start = recipe.plan().start();
        paragraphs(0, start, Side.HOST);
        make((HostStep.Clone) recipe.steps().get(start), start + 1);
        paragraphs(start + 1, recipe.steps().size(), Side.HOST);
        body.append("\n    return ended(pid, go[0]);\n}\n");
        var title = CCall.harmless(recipe.title());
        return CRuntime.around("/* " + title + """


                   Written by koker --emit c: does by itself what koker would do. To be compiled with gcc, and run as root.
                   A paragraph is a step of koker's plan, and has its number. */
                """, body.toString());
    }

    private void make(HostStep.Clone clone, int number) {
        comment(number, clone);
        if (!recipe.input()) {
            body.append(
                    "    int nothing = (int)checked(open(\"/dev/null\", O_RDONLY | O_CLOEXEC), \"Standard input\", 0);\n");
        }
        body.append("""
                    int go[2]; /* by which it is told to go on */
                    checked(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, go), "Clone process", 0);
                    struct { unsigned long long flags, pidfd, tid, parent_tid, signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup; }
                        clone3 = {.flags = FLAGS, .signal = SIGCHLD, .cgroup = CGROUP};
                    pid = checked(syscall(SYS_clone3, &clone3, (long)sizeof clone3), "Clone process", 0);
                    if (pid == 0) {
                        inside = 1;
                        close(go[0]);
                """.replace("FLAGS", bits(clone))
                .replace("CGROUP", clone.intoCgroup() ? "(unsigned long long)cgroup" : "0"));
        if (!recipe.input()) {
            body.append("        dup2(nothing, 0);\n");
        }
        paragraphs(number, recipe.steps().size(), Side.CONTAINER);
        body.append("    }\n    close(go[1]);\n");
    }

    private static String bits(HostStep.Clone clone) {
        var flags = new ArrayList<Flag>(List.of(CloneFlag.CLONE_CLEAR_SIGHAND));
        flags.addAll(clone.namespaces());
        if (clone.intoCgroup()) {
            flags.add(CloneFlag.CLONE_INTO_CGROUP);
        }
        var names = String.join("|", flags.stream().map(Flag::name).toList());
        return "0x" + Long.toHexString(Flag.bits(flags)) + "ULL /* " + names + " */";
    }

    /** The steps from one number to another of one side. */
    private void paragraphs(int from, int to, Side side) {
        var indent = side == Side.HOST ? "    " : "        ";
        for (var i = from; i < to; i++) {
            var step = recipe.steps().get(i);
            if (step.side() == side) {
                body.append('\n')
                        .append(indent)
                        .append("/* ")
                        .append(heading(i + 1, step))
                        .append(" */\n");
                lines(step).forEach(line -> body.append(indent).append(line).append('\n'));
            }
        }
    }

    private void comment(int number, Step step) {
        body.append("\n    /* ").append(heading(number, step)).append(" */\n");
    }

    private String heading(int number, Step step) {
        return CCall.harmless(recipe.heading(number, step));
    }

    private List<String> lines(Step step) {
        return switch (step) {
            case HostStep mine -> host.lines(mine);
            case LinkStep mine -> host.lines(mine);
            case FirewallStep mine -> host.lines(mine);
            case MountStep.MapOwners _, MountStep.MapOwnersAs _ ->
                throw new EmitException("mounts with other owners are not written as a program; leave out idmap");
            case MountStep.MountCopy _ ->
                throw new EmitException(
                        "a copy of what a tmpfs hides is not written as a program; leave out tmpcopyup");
            case MountStep.MountTmpfs tmpfs -> {
                var lines = new ArrayList<String>();
                lines.add("{");
                lines.add("    struct stat hidden;");
                lines.add("    int there = stat(" + call.text(tmpfs.target()) + ", &hidden) == 0;");
                host.calls(tmpfs, SystemCall.MKDIRAT, SystemCall.MOUNT).forEach(line -> lines.add("    " + line));
                lines.add("    if (there) {");
                lines.add("        checked(chmod(" + call.text(tmpfs.target()) + ", hidden.st_mode & 07777), "
                        + call.text(step.title()) + ", 0);");
                lines.add("    }");
                lines.add("}");
                yield lines;
            }
            case MountStep.MakeDevice device
            when device.found() -> {
                var lines = new ArrayList<String>();
                lines.add("if (access(" + call.text(device.path()) + ", F_OK) != 0) {");
                host.calls(device, SystemCall.MKNODAT, SystemCall.FCHOWNAT).forEach(line -> lines.add("    " + line));
                lines.add("}");
                yield lines;
            }
            case MountStep.VisitRoot _, MountStep.LeaveRoot _ ->
                throw new EmitException("hooks are run by koker; leave them out of config.json");
            case EndStep _ -> throw new IllegalArgumentException("a program that ends a container is not written");
            case StoreStep _ -> throw new IllegalArgumentException("a program that pulls an image is not written");
            case MountStep mine -> host.calls(mine);
            case NamespaceStep.EnterPidNamespace _ -> List.of("enter_pid_namespace();");
            case NamespaceStep.Leave _ -> List.of();
            case NamespaceStep mine -> host.calls(mine);
            case ProcessStep.Meet _ ->
                List.of(
                        "if (read(go[1], (char[1]){0}, 1) != 1) {",
                        "    _exit(125); /* the program outside has ended */", "}");
            case ProcessStep.Exec(var paths, var arguments, var environment, var _) -> {
                var lines = new ArrayList<String>();
                lines.add(call.statement(step.calls().getFirst(), step.title()));
                lines.add("become(" + command(paths, arguments, environment) + ");");
                yield lines;
            }
            case ProcessStep.Init(ProcessStep.Exec(var paths, var arguments, var environment, var _)) ->
                List.of("stay_as_init(" + command(paths, arguments, environment) + ");");
            case ProcessStep.JoinKeyring _ -> {
                var calls = step.calls();
                call.know(calls.getFirst().label(), "keyring");
                yield List.of(
                        "long keyring = " + call.expression(calls.getFirst()) + ";",
                        "if (keyring > 0) {",
                        "    " + call.statement(calls.get(1), step.title()),
                        "} /* else there are no keyrings */");
            }
            case ProcessStep.ChangeFolderAsUser _ ->
                List.of(
                        "if (" + call.variable(ProcessStep.ChangeFolder.ENTERED) + " < 0) {",
                        "    " + call.statement(step.calls().get(1), step.title()),
                        "}");
            case ProcessStep.CheckFolder _ ->
                List.of("checked(getcwd((char[4096]){0}, 4096) == NULL ? -1 : 0, " + call.text(step.title()) + ", 0);");
            case ProcessStep.HideProgram _ -> List.of("/* no koker is in memory here */");
            case ProcessStep.FindCommand _, ProcessStep.AwaitStart _ ->
                throw new EmitException("a container that is created, and started later, is not written in C");
            case ProcessStep.OpenTerminal _, ProcessStep.SizeTerminal _ ->
                throw new EmitException("a terminal has another end, which koker holds; leave out --tty");
            case ProcessStep.FilterCalls _ ->
                throw new EmitException(
                        "a filter of system calls is made by libseccomp, and not written in C; leave out --security-opt seccomp");
            case ProcessStep.JoinCgroup join
            when join.otherwise().isPresent() ->
                host.calls(new ProcessStep.JoinCgroup(join.otherwise().get())); // where the first process is now
            case ProcessStep mine -> host.calls(mine);
            case SupervisorStep _ -> throw new EmitException("a supervisor is not written in C; leave out --detach");
        };
    }

    private String command(List<String> paths, List<String> arguments, List<String> environment) {
        return call.texts(paths) + ",\n            " + call.texts(arguments) + ",\n            "
                + call.texts(environment);
    }
}

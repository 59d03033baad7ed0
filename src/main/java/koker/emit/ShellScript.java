package koker.emit;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import koker.kernel.CloneFlag;
import koker.kernel.Event.Side;
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
 * Writes a plan as a POSIX shell script, which makes the same container with the tools of a host, a paragraph for each step, takes away in the
 * end what it has made, and exits as the command does.
 */
public final class ShellScript {
    private static final List<String> TOOLS = List.of(
            "unshare",
            "nsenter",
            "mount",
            "umount",
            "pivot_root",
            "setsid",
            "setpriv",
            "capsh",
            "ip",
            "nft",
            "prlimit",
            "hostname");

    private final Recipe recipe;
    private final StringBuilder script = new StringBuilder();
    private final ShellHost host;
    private final ShellContainer container;

    private ShellScript(Recipe recipe) {
        this.recipe = recipe;
        var text = new ShellText(recipe.folder());
        this.host = new ShellHost(text);
        this.container = new ShellContainer(text, new ShellCommand(text));
    }

    /**
     * The script.
     *
     * @throws EmitException if a step cannot be written in shell
     */
    public static String of(Recipe recipe) {
        return new ShellScript(recipe).write();
    }

    private String write() {
        var body = new ShellScript(recipe).writeBody();
        begin(body);
        script.append(body);
        return script.toString();
    }

    private String writeBody() {
        var clone = recipe.plan().start();
        paragraphs(0, clone, true);
        make((HostStep.Clone) recipe.steps().get(clone), clone + 1);
        paragraphs(clone + 1, recipe.steps().size(), true);
        script.append("""

                # The container may go on: it waits for a line before it becomes the command.
                echo >&7
                exec 6<&- 7>&-
                status=0
                wait "$child" || status=$?
                child=
                exit
                """);
        return script.toString();
    }

    private void begin(String body) {
        script.append("#!/bin/sh\n# ").append(recipe.title().replace('\n', ' ')).append("""

                # Written by koker --emit sh: does by the host's own tools what koker would do by system calls. To be run as root.
                # A paragraph is a step of koker's plan, and has its number.
                set -eu
                umask 022

                """);
        script.append("for tool in");
        TOOLS.stream().filter(tool -> uses(body, tool)).forEach(tool -> script.append(' ')
                .append(tool));
        script.append("""
                ; do
                    if ! command -v "$tool" >/dev/null; then
                        echo "$0: there is no $tool; install it" >&2
                        exit 125
                    fi
                done

                # What is to be done in the end, the last one first.
                undo=
                child=
                status=125
                later() {
                    undo="$1
                $undo"
                }
                finish() {
                    trap '' HUP INT TERM
                    trap - EXIT
                    set +e
                    if [ -n "$child" ]; then
                        kill -KILL "$child" 2>/dev/null # and with unshare the kernel kills the container
                        wait "$child" 2>/dev/null
                    fi
                    eval "$undo"
                    exit "$status"
                }
                trap finish EXIT
                trap 'status=129; exit' HUP
                trap 'status=130; exit' INT
                trap 'status=143; exit' TERM
                """);
        ShellHost.functions().forEach((name, function) -> {
            if (body.contains("\n" + name + " ") || body.contains("'" + name + " ")) {
                script.append('\n').append(function);
            }
        });
        script.append("""

                # The container's own files.
                box=$(mktemp -d "${TMPDIR:-/tmp}/koker.XXXXXX")
                later 'rm -rf --one-file-system "$box"'
                root=$box/rootfs
                setpriv=$(command -v setpriv) nsenter=$(command -v nsenter) capsh=$(command -v capsh || :)
                export box root setpriv nsenter capsh
                """);
    }

    private static boolean uses(String body, String tool) {
        return Pattern.compile("(?m)(^| |\"\\$|rule /\\S*)" + tool + "[ \"]")
                .matcher(body.replaceAll("(?m)^ *#.*", ""))
                .find();
    }

    /** The clone, and what the new process does, in a script of its own. */
    private void make(HostStep.Clone clone, int number) {
        script.append("\n# ").append(recipe.heading(number, clone)).append("""

                # What follows is what it does. It has two pipes: by one it tells its number, by the other it is told to go on.
                mkfifo "$box/ready" "$box/go"
                mkdir "$box/host"
                cat >"$box/inside" <<'INSIDE'
                set -eu
                trap 'exit 125' EXIT
                if [ "$1" = first ]; then
                """);
        var steps = recipe.steps();
        var isolate = steps.indexOf(new MountStep.IsolateMounts());
        var session = steps.indexOf(new ProcessStep.NewSession());
        var first = new ArrayList<>(List.of(
                "# As the host knows it: this /proc is still the host's.",
                "read -r pid _ </proc/self/stat",
                "echo \"$pid\" >&9",
                "exec 9>&-"));
        first.addAll(lines(number, session + 1, false));
        if (recipe.first(NamespaceStep.HideCgroups.class).isEmpty()) {
            first.add("set -- second");
        }
        first.forEach(
                line -> script.append(line.isEmpty() ? "" : "    ").append(line).append('\n'));
        script.append("fi\nif [ \"$1\" = second ]; then\n");
        var second = new ArrayList<>(lines(session + 1, isolate + 1, false));
        second.addAll(List.of(
                "# pivot_root changes the root of all who have the old one; who has a copy of it as his root keeps that,",
                "# and the host's tools with it.",
                "mount --rbind / \"$box/host\"",
                "exec chroot \"$box/host\" sh \"$0\" third"));
        second.forEach(
                line -> script.append(line.isEmpty() ? "" : "    ").append(line).append('\n'));
        script.append("fi\n");
        lines(isolate + 1, steps.size(), false)
                .forEach(line -> script.append(line).append('\n'));
        script.append("INSIDE\n");
        var joined = recipe.first(NamespaceStep.JoinNamespace.class)
                .map(join -> "nsenter --net=" + join.path() + " ")
                .orElse("");
        if (recipe.input()) {
            script.append("exec 5<&0 # what runs in the background would be given nothing to read\n");
        }
        script.append(joined)
                .append("unshare")
                .append(flags(clone.namespaces()))
                .append(" --fork --kill-child=KILL --propagation unchanged \\\n    setsid sh \"$box/inside\" first ")
                .append("9>\"$box/ready\" 8<\"$box/go\"")
                .append(recipe.input() ? " <&5 5<&-" : " </dev/null")
                .append(" &\n");
        script.append("""
                child=$!
                exec 6<"$box/ready" 7>"$box/go"
                read -r pid <&6 || exit # it has said why
                """);
    }

    private static String flags(Set<CloneFlag> namespaces) {
        var words = new StringBuilder();
        for (var flag : namespaces) {
            words.append(
                    switch (flag) {
                        case CLONE_NEWNS -> " --mount";
                        case CLONE_NEWUTS -> " --uts";
                        case CLONE_NEWIPC -> " --ipc";
                        case CLONE_NEWPID -> " --pid";
                        case CLONE_NEWNET -> " --net";
                        default ->
                            throw new EmitException(
                                    flag.name().toLowerCase(Locale.ROOT) + " is not written as a script");
                    });
        }
        return words.toString();
    }

    private void paragraphs(int from, int to, boolean onHost) {
        lines(from, to, onHost).forEach(line -> script.append(line).append('\n'));
    }

    /** The steps from one number to another that are the host's, or the new process's. */
    private List<String> lines(int from, int to, boolean onHost) {
        var lines = new ArrayList<String>();
        var silent = false;
        for (var i = from; i < to; i++) {
            var step = recipe.steps().get(i);
            if ((step.side() == Side.HOST) != onHost) {
                continue;
            }
            var own = lines(step);
            if (!(own.isEmpty() && silent)) {
                lines.add("");
            }
            lines.add("# " + recipe.heading(i + 1, step) + (own.isEmpty() ? elsewhere(step) : ""));
            lines.addAll(own);
            silent = own.isEmpty();
        }
        return lines;
    }

    private List<String> lines(Step step) {
        return switch (step) {
            case HostStep mine -> host.lines(mine);
            case LinkStep mine -> host.lines(mine);
            case FirewallStep mine -> host.lines(mine);
            case EndStep _ -> throw new IllegalArgumentException("a script that ends a container is not written");
            case StoreStep _ -> throw new IllegalArgumentException("a script that pulls an image is not written");
            case MountStep mine -> container.lines(mine);
            case NamespaceStep mine -> container.lines(mine);
            case ProcessStep mine -> container.lines(mine);
            case SupervisorStep _ ->
                throw new EmitException("a supervisor is not written as a script; leave out --detach");
        };
    }

    /** Where that is done for which there is no line. */
    private static String elsewhere(Step step) {
        return switch (step) {
            case LinkStep _ -> ": ip(8) does that";
            case MountStep.TakeAlong _, MountStep.HoldNull _ ->
                ": mount(8) finds it below, as the host's tree is still in sight";
            case MountStep.EnterRoot _ -> ": in the end";
            case ProcessStep.DieWithKoker _ -> ": unshare --kill-child";
            case ProcessStep.NewSession _ -> ": setsid has made it";
            case ProcessStep.JoinKeyring _ -> ": none of these tools can; keyctl(1) of the keyutils could";
            case ProcessStep.HideProgram _ -> ": no koker is in memory here";
            case ProcessStep.SetUmask _ -> ": the tools are told the modes";
            case NamespaceStep.JoinNamespace _ -> ": nsenter has done that";
            case ProcessStep _ -> ": by the tools that run the command, below";
            default -> ": not needed here";
        };
    }
}

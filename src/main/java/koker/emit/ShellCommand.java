package koker.emit;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import koker.kernel.Capability;
import koker.plan.ProcessStep;

/**
 * The last line of the new process: it enters the root, loses its rights, and becomes the command, all by one chain of tools, as inside there
 * may be none.
 */
final class ShellCommand {
    private final ShellText text;
    private Set<Capability> dropped = Set.of();
    private ProcessStep.SetUser user = new ProcessStep.SetUser(0, 0, List.of());
    private boolean noNewPrivileges;
    private String folder = "/";

    ShellCommand(ShellText text) {
        this.text = text;
    }

    List<String> note(ProcessStep.DropBounding step) {
        dropped = step.dropped();
        return List.of();
    }

    List<String> note(ProcessStep.SetUser step) {
        user = step;
        return List.of();
    }

    /** What execve(2) makes of the other sets follows from the bounding set and the user, unless there are ambient ones. */
    List<String> note(ProcessStep.SetCapabilities step) {
        if (!step.ambient().isEmpty() || !step.inheritable().isEmpty()) {
            throw new EmitException("ambient and inheritable capabilities are not written as a script");
        }
        return List.of();
    }

    List<String> noteNoNewPrivileges() {
        noNewPrivileges = true;
        return List.of();
    }

    List<String> note(ProcessStep.ChangeFolder step) {
        folder = step.path();
        return List.of();
    }

    /** The lines that end in {@code exec}. */
    List<String> lines(ProcessStep.Exec exec) {
        var lines = new ArrayList<String>();
        lines.add("cd \"$root\"");
        lines.add("nsenter --mount=/proc/self/ns/mnt --wd=. pivot_root . .");
        lines.add("umount --no-canonicalize --lazy .");
        var mayEnter = !dropped.contains(Capability.CAP_SYS_CHROOT);
        if (mayEnter && (user.uid() == 0 || !dropped.contains(Capability.CAP_SETUID))) {
            lines.addAll(byNsenter(exec));
        } else if (folder.equals("/")) {
            lines.addAll(byCapsh(exec));
        } else {
            throw new EmitException(
                    "the working folder " + folder
                            + " cannot be written as a script together with so few capabilities; leave out --workdir, or use --emit c");
        }
        return lines;
    }

    /** nsenter(1) enters root and folder after setpriv(1) has taken rights away, and so still needs that to enter a root. */
    private List<String> byNsenter(ProcessStep.Exec exec) {
        var lines = start(exec);
        lines.add("    " + setpriv()
                + (dropped.isEmpty() ? "" : " --bounding-set " + names(dropped, "-", ""))
                + " -- \\");
        lines.add("    \"$nsenter\" --root=. --wd=" + text.quote("." + folder)
                + (user.uid() == 0 ? "" : " --setuid=" + user.uid()) + " -- \\");
        lines.add("    " + text.quote(exec.arguments()));
        return lines;
    }

    /** capsh(1) does both in the order that is asked for, but starts at the root, and wants to know where the program is. */
    private List<String> byCapsh(ProcessStep.Exec exec) {
        var lines = new ArrayList<String>();
        lines.add("for command in " + text.quote(exec.paths()) + "; do");
        lines.add("    if [ -e \".$command\" ] || [ -L \".$command\" ]; then break; fi");
        lines.add("done");
        lines.addAll(start(exec));
        lines.add("    " + setpriv() + " -- \\");
        lines.add("    \"$capsh\" --drop=" + names(dropped, "", "cap_") + " --chroot=. "
                + (user.uid() == 0 ? "" : "--uid=" + user.uid() + " ") + "--shell=\"$command\" -- "
                + text.quote(exec.arguments().subList(1, exec.arguments().size())));
        return lines;
    }

    private List<String> start(ProcessStep.Exec exec) {
        var lines = new ArrayList<String>();
        lines.add("trap - EXIT");
        lines.add("exec env --default-signal=INT,QUIT -i " + text.quote(exec.environment()) + " \\");
        return lines;
    }

    private String setpriv() {
        return "\"$setpriv\" --regid " + user.gid()
                + (user.groups().isEmpty()
                        ? " --clear-groups"
                        : " --groups "
                                + user.groups().stream().map(String::valueOf).collect(Collectors.joining(",")))
                + " --inh-caps -all" + (noNewPrivileges ? " --no-new-privs" : "");
    }

    /** As the tools name them. */
    private static String names(Set<Capability> set, String before, String prefix) {
        return set.stream()
                .map(capability -> before
                        + prefix
                        + capability.name().substring("CAP_".length()).toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(","));
    }
}

package koker.emit;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import koker.kernel.MountFlag;
import koker.plan.MountStep;
import koker.plan.NamespaceStep;
import koker.plan.ProcessStep;
import koker.plan.Step;

/**
 * Writes the steps of the new process in shell. Its tools are the host's, so that all is done before the root is entered, below where it is
 * mounted.
 */
final class ShellContainer {
    private final ShellText text;
    private final Map<String, String> binds = new HashMap<>();
    private final ShellCommand command;

    ShellContainer(ShellText text, ShellCommand command) {
        this.text = text;
        this.command = command;
    }

    /** The lines for a step; none where another one does what it is for. */
    List<String> lines(MountStep step) {
        return switch (step) {
            case MountStep.IsolateMounts _ -> List.of("mount --make-rprivate /");
            case MountStep.Mount mount -> List.of(mount(mount));
            case MountStep.MountTmpfs(var _, var source, var target, var flags, var data) -> {
                var place = text.below(target);
                var options = new ArrayList<>(options(flags));
                if (!data.isEmpty()) {
                    options.add(data);
                }
                options.add("mode=");
                yield List.of(
                        "if [ -d " + place + " ]; then mode=$(stat -c %a " + place + "); else mode=1777; fi",
                        "mkdir -p " + place,
                        "mount -t tmpfs -o " + text.quote(String.join(",", options)) + "$mode "
                                + text.quote(source.isEmpty() ? "none" : source) + " " + place);
            }
            case MountStep.MountInParts _ ->
                throw new EmitException("mount(8) does not take options of more than a page, which so many layers are");
            case MountStep.TakeAlong(var source, var target, var recursive) -> {
                binds.put(source + " for " + target, recursive ? "--rbind" : "--bind");
                yield List.of();
            }
            case MountStep.Attach(var source, var target, var flags) -> {
                var lines = new ArrayList<String>();
                lines.add("mount " + binds.get(source + " for " + target) + " " + text.quote(source) + " "
                        + text.below(target));
                if (!flags.isEmpty()) {
                    lines.add(remount(flags, target));
                }
                yield lines;
            }
            case MountStep.HoldNull _, MountStep.EnterRoot _ -> List.of();
            case MountStep.VisitRoot _, MountStep.LeaveRoot _ ->
                throw new EmitException("hooks are run by koker; leave them out of config.json");
            case MountStep.MakeFolder(var _, var path) ->
                path.equals("/") ? List.of() : List.of("mkdir -p " + text.below(path));
            case MountStep.MakeFile(var _, var path) -> {
                var file = text.below(path);
                yield List.of(
                        "mkdir -p " + text.below(path.substring(0, Math.max(1, path.lastIndexOf('/')))),
                        "[ -e " + file + " ] || : >" + file);
            }
            case MountStep.MakeDevice(
                    var path,
                    var type,
                    var major,
                    var minor,
                    var mode,
                    var uid,
                    var gid,
                    var found) -> {
                var lines = new ArrayList<String>();
                lines.add("mknod -m " + Integer.toOctalString(mode) + " " + text.below(path) + " " + type
                        + (type.equals("p") ? "" : " " + major + " " + minor));
                if (uid != 0 || gid != 0) {
                    lines.add("chown " + uid + ":" + gid + " " + text.below(path));
                }
                if (found) {
                    lines.addFirst("if ! [ -" + type.replace('u', 'c') + " " + text.below(path) + " ]; then");
                    lines.add("fi");
                }
                yield lines;
            }
            case MountStep.MakeLink(var path, var target) -> {
                var file = text.below(path);
                yield List.of("[ -e " + file + " ] || [ -L " + file + " ] || ln -s " + text.quote(target) + " " + file);
            }
            case MountStep.MakeReadOnly(var path, var _, var _) -> {
                var place = text.below(path);
                yield List.of(
                        "if [ -e " + place + " ]; then",
                        "    mount --rbind " + place + " " + place,
                        "    mount -o remount,bind,ro " + place, // with what it is mounted with now
                        "fi");
            }
            case MountStep.Mask(var path) -> {
                var place = text.below(path);
                yield List.of(
                        "if [ -d " + place + " ]; then",
                        "    mount -t tmpfs -o ro,size=0 tmpfs " + place,
                        "elif [ -e " + place + " ]; then",
                        "    mount --bind /dev/null " + place,
                        "fi");
            }
            case MountStep.MakeRootReadOnly(var kept) -> {
                var flags = EnumSet.of(MountFlag.MS_RDONLY);
                flags.addAll(kept);
                yield List.of(remount(flags, "/"));
            }
            case MountStep.MountOnFolder _,
                    MountStep.MountCopy _,
                    MountStep.PrepareMount _,
                    MountStep.AttachToFolder _,
                    MountStep.MapOwners _,
                    MountStep.MapOwnersAs _,
                    MountStep.Propagate _,
                    MountStep.ChangeMount _ -> throw refused(step);
        };
    }

    /** The same for a step about other namespaces. */
    List<String> lines(NamespaceStep step) {
        return switch (step) {
            case NamespaceStep.HideCgroups _ -> List.of("exec unshare --cgroup sh \"$0\" second");
            case NamespaceStep.SetHostname(var hostname) -> List.of("hostname " + text.quote(hostname));
            case NamespaceStep.SetDomainname(var domainname) -> List.of("domainname " + text.quote(domainname));
            case NamespaceStep.LinkUp(var link) -> List.of("ip link set dev " + text.quote(link) + " up");
            case NamespaceStep.SetSysctl(var parameter, var value) ->
                List.of("echo " + text.quote(value) + " >" + "/proc/sys/" + parameter.replace('.', '/'));
            case NamespaceStep.JoinNamespace _ -> List.of();
            case NamespaceStep.UnshareUsers _,
                    NamespaceStep.BecomeRoot _,
                    NamespaceStep.UnshareNamespaces _,
                    NamespaceStep.OffsetClocks _ -> throw refused(step);
            case NamespaceStep.JoinNamespaces _, NamespaceStep.EnterPidNamespace _, NamespaceStep.Leave _ ->
                throw new EmitException("a further command in a container that runs is not written as a script");
        };
    }

    /** The same for a step about the process itself. */
    List<String> lines(ProcessStep step) {
        return switch (step) {
            case ProcessStep.JoinCgroup(var file, var _) -> List.of("echo 0 >" + text.quote(file));
            case ProcessStep.SetUmask(var mask) ->
                mask == 0 ? List.of() : List.of("umask 0" + Integer.toOctalString(mask));
            case ProcessStep.SetLimit(var resource, var soft, var hard) ->
                List.of("prlimit --pid \"$$\" --"
                        + resource.name().substring("RLIMIT_".length()).toLowerCase(Locale.ROOT) + "=" + limit(soft)
                        + ":" + limit(hard));
            case ProcessStep.AdjustOomScore(var score) -> List.of("echo " + score + " >/proc/self/oom_score_adj");
            case ProcessStep.Schedule _, ProcessStep.SetIoPriority _, ProcessStep.SetPersonality _ ->
                throw refused(step);
            case ProcessStep.DropBounding drop -> command.note(drop);
            case ProcessStep.SetUser user -> command.note(user);
            case ProcessStep.SetCapabilities set -> command.note(set);
            case ProcessStep.NoNewPrivileges _ -> command.noteNoNewPrivileges();
            case ProcessStep.ChangeFolder folder -> command.note(folder);
            case ProcessStep.Meet _ ->
                List.of("read -r _ <&8 # nothing comes if the script above has ended", "exec 8<&-");
            case ProcessStep.Exec exec -> command.lines(exec);
            case ProcessStep.DieWithKoker _,
                    ProcessStep.OutliveKoker _,
                    ProcessStep.NewSession _,
                    ProcessStep.ChangeFolderAsUser _,
                    ProcessStep.CheckFolder _,
                    ProcessStep.JoinKeyring _,
                    ProcessStep.HideProgram _ -> List.of();
            case ProcessStep.OpenTerminal _, ProcessStep.SizeTerminal _ ->
                throw new EmitException("a terminal has another end, which koker holds; leave out --tty");
            case ProcessStep.Init _ ->
                throw new EmitException(
                        "--init is a program of system calls that no tool runs; use --emit c, or leave it out");
            case ProcessStep.ConfineByAppArmor _, ProcessStep.LabelProcess _ ->
                throw new EmitException(
                        "a label is for the next program, and not for the tools; leave out --security-opt");
            case ProcessStep.FilterCalls _ ->
                throw new EmitException("no tool loads a filter of system calls; leave out --security-opt seccomp");
            case ProcessStep.FindCommand _, ProcessStep.AwaitStart _ ->
                throw new EmitException("a container that is created, and started later, is not written as a script");
            case ProcessStep.CloseDescriptors _, ProcessStep.Connect _ -> List.of();
        };
    }

    /** For what only bundles of others ask for, which nobody has written as a script yet. */
    private static EmitException refused(Step step) {
        return new EmitException("the step \"" + step.title() + "\" is not written as a script");
    }

    private String mount(MountStep.Mount mount) {
        if (mount.flags().contains(MountFlag.MS_REMOUNT)) {
            var flags = EnumSet.copyOf(mount.flags());
            flags.removeAll(Set.of(MountFlag.MS_REMOUNT, MountFlag.MS_BIND));
            return remount(flags, mount.target());
        }
        var place = mount.target().startsWith(text.folder()) ? "\"$root\"" : text.below(mount.target());
        if (mount.flags().contains(MountFlag.MS_BIND)) {
            return "mount --rbind " + text.quote(mount.source()) + " " + place;
        }
        var options = new ArrayList<>(options(mount.flags()));
        if (!mount.data().isEmpty()) {
            options.add(mount.data());
        }
        return "mount -t " + text.quote(mount.type())
                + (options.isEmpty() ? "" : " -o " + text.quote(String.join(",", options))) + " "
                + text.quote(mount.source().isEmpty() ? "none" : mount.source()) + " " + place;
    }

    /** What is not named is off, as for mount(2). */
    private String remount(Set<MountFlag> flags, String target) {
        return "mount --options-mode ignore -o remount,bind," + String.join(",", options(flags)) + " "
                + text.below(target);
    }

    /** The names that mount(8) has for flags. */
    private static List<String> options(Set<MountFlag> flags) {
        return flags.stream()
                .map(flag -> switch (flag) {
                    case MS_RDONLY -> "ro";
                    case MS_SYNCHRONOUS -> "sync";
                    case MS_MANDLOCK -> "mand";
                    default -> flag.name().substring("MS_".length()).toLowerCase(Locale.ROOT);
                })
                .toList();
    }

    private static String limit(long value) {
        return value == -1 ? "unlimited" : Long.toString(value);
    }
}

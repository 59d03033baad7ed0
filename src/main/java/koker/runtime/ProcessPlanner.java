package koker.runtime;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import koker.kernel.Capability;
import koker.kernel.Constant;
import koker.kernel.Resource;
import koker.kernel.Scheduling;
import koker.plan.ProcessStep;
import koker.plan.Step;
import koker.spec.Spec;
import koker.spec.SpecException;

/**
 * Plans who the process is when it becomes the command, and what it may do: its terminal, limits, user, capabilities, labels and filter, and
 * the command itself (config.md, "Process").
 */
final class ProcessPlanner {

    private final Spec spec;
    private final Optional<String> keyring;
    private final Caller caller;
    private final Set<String> warnings = new LinkedHashSet<>();

    /**
     * That of {@code spec}.
     *
     * @param keyring what its processes share; none for that of whoever starts them
     * @param caller with whose rights they are started
     */
    ProcessPlanner(Spec spec, Optional<String> keyring, Caller caller) {
        this.spec = spec;
        this.caller = caller;
        this.keyring = keyring;
    }

    List<Step> changePersonality() {
        var personality = spec.linux().personality();
        return personality == null
                ? List.of()
                : List.of(new ProcessStep.SetPersonality(
                        personality.domain().equals("LINUX32") ? Constant.PER_LINUX32 : Constant.PER_LINUX));
    }

    List<Step> openTerminal(boolean console) {
        if (!spec.process().terminal()) {
            return List.of();
        }
        var steps = new ArrayList<Step>();
        steps.add(new ProcessStep.OpenTerminal(spec.process().user().uid(), console));
        if (spec.process().consoleSize() != null) {
            steps.add(new ProcessStep.SizeTerminal(
                    spec.process().consoleSize().height(),
                    spec.process().consoleSize().width()));
        }
        steps.add(new ProcessStep.Meet("the other end of the terminal"));
        return steps;
    }

    /** What it may use, and when it is its turn. */
    List<ProcessStep.Setting> limits() {
        var steps = new ArrayList<ProcessStep.Setting>();
        for (var limit : spec.process().rlimits()) {
            steps.add(new ProcessStep.SetLimit(
                    resource(limit.type()),
                    limit.soft().longValue(),
                    limit.hard().longValue()));
        }
        var priority = spec.process().ioPriority();
        if (priority != null) {
            steps.add(new ProcessStep.SetIoPriority(Scheduling.valueOf(priority.class_()), priority.priority()));
        }
        var scheduler = spec.process().scheduler();
        if (scheduler != null) {
            steps.add(new ProcessStep.Schedule(
                    Scheduling.valueOf(scheduler.policy()),
                    scheduler.flags().stream()
                            .map(ProcessPlanner::schedulingFlag)
                            .toList(),
                    scheduler.nice(),
                    scheduler.priority(),
                    scheduler.runtime(),
                    scheduler.deadline(),
                    scheduler.period()));
        }
        return steps;
    }

    Step umask() {
        var mask = spec.process().user().umask();
        return new ProcessStep.SetUmask(mask == null ? 0022 : mask);
    }

    /** In that order, as under runc: the command's user may not be allowed to enter its folder. Where koker was not, that user tries. */
    List<Step> enterFolderAndDropPrivileges(boolean attended) {
        var process = spec.process();
        var user = process.user();
        var isRoot = user.uid() == 0;
        var steps = new ArrayList<Step>();
        steps.add(new ProcessStep.ChangeFolder(process.cwd(), !isRoot));
        keyring.ifPresent(
                name -> steps.add(new ProcessStep.JoinKeyring(name, spec.linux().has("user"))));
        steps.addAll(filterCalls(false));
        // None at all, where nothing is said of them.
        var asked = spec.process().capabilities();
        var sets = asked == null ? new Spec.Capabilities(null, null, null, null, null) : asked;
        steps.add(new ProcessStep.DropBounding(EnumSet.complementOf(capabilities(sets.bounding()))));
        steps.add(new ProcessStep.SetUser(user.uid(), user.gid(), user.additionalGids(), caller.keepsGroups()));
        var permitted = capabilities(sets.permitted());
        var inheritable = capabilities(sets.inheritable());
        var effective = granted("effective", capabilities(sets.effective()), permitted);
        var ambient = granted("ambient", capabilities(sets.ambient()), permitted);
        if (!inheritable.containsAll(ambient)) {
            var others = EnumSet.copyOf(ambient);
            others.removeAll(inheritable);
            if (!inheritable.isEmpty()) { // of none at all nothing is said: engines ask so since CVE-2022-24769
                warnings.add("process.capabilities.ambient: what is not inheritable is left out: " + names(others));
            }
            ambient.retainAll(inheritable);
        }
        steps.add(new ProcessStep.SetCapabilities(effective, permitted, inheritable, ambient));
        if (attended && (user.uid() != 0 || user.gid() != 0)) {
            steps.add(new ProcessStep.DieWithKoker()); // the kernel forgot it when the user changed
        }
        if (spec.process().noNewPrivileges()) {
            steps.add(new ProcessStep.NoNewPrivileges());
        }
        if (!isRoot) {
            steps.add(new ProcessStep.ChangeFolderAsUser(process.cwd()));
        }
        steps.add(new ProcessStep.CheckFolder());
        return steps;
    }

    /** It is for the process and all that it starts, and written as long as /proc is the host's. */
    List<Step> adjustOomScore() {
        var score = spec.process().oomScoreAdj();
        return score == null ? List.of() : List.of(new ProcessStep.AdjustOomScore(score));
    }

    /** What security modules are to know the command as: written as long as /proc is the host's, and of effect when it is executed. */
    List<Step> labelProcess() {
        var steps = new ArrayList<Step>();
        SecurityModules.apparmor(spec.process().apparmorProfile())
                .ifPresent(profile -> steps.add(new ProcessStep.ConfineByAppArmor(profile)));
        SecurityModules.selinux("process.selinuxLabel", spec.process().selinuxLabel())
                .ifPresent(label -> steps.add(new ProcessStep.LabelProcess(label)));
        return steps;
    }

    /**
     * The filter of system calls. Without new privileges it is the last step, so that it need not allow what the others do; but otherwise the
     * kernel takes it from one with CAP_SYS_ADMIN alone, and so before that is given up.
     */
    List<Step> filterCalls(boolean last) {
        if (spec.linux().seccomp() == null || last != spec.process().noNewPrivileges()) {
            return List.of();
        }
        var filter = CallFilter.of(spec.linux().seccomp());
        return filter.listens() ? List.of(filter, new ProcessStep.Meet(Planner.LISTENER)) : List.of(filter);
    }

    /**
     * The last step of all.
     *
     * @param root where the container's own files are; empty where they cannot be looked into yet
     */
    ProcessStep.Exec command(Optional<Path> root) {
        var process = spec.process();
        return new ProcessStep.Exec(candidates(), process.args(), environment(root));
    }

    /** The environment: of two variables of one name the later one counts; and HOME is what the container's own files say. */
    List<String> environment(Optional<Path> root) {
        var variables = new LinkedHashMap<String, String>();
        for (var variable : spec.process().env()) {
            var end = variable.indexOf('=');
            variables.put(variable.substring(0, end), variable.substring(end + 1));
        }
        if (!Planner.isSet(variables.get("HOME")) && root.isPresent()) {
            variables.put(
                    "HOME", Accounts.home(root.get(), spec.process().user().uid()));
        }
        var all = new ArrayList<String>();
        variables.forEach((name, value) -> all.add(name + "=" + value));
        return all;
    }

    /** Where the command may be: its path, or its name in each folder of PATH, as execvp(3) has it. */
    List<String> candidates() {
        var process = spec.process();
        var command = process.args().getFirst();
        if (command.contains("/")) {
            return List.of(command);
        }
        var path = Spec.DEFAULT_PATH;
        for (var variable : process.env()) {
            path = variable.startsWith("PATH=") ? variable.substring("PATH=".length()) : path;
        }
        var candidates = new LinkedHashSet<String>(); // a folder that is there again is not looked into again
        for (var folder : path.split(":", -1)) {
            candidates.add((folder.isEmpty() ? "." : folder) + "/" + command);
        }
        return List.copyOf(candidates);
    }

    private static Scheduling schedulingFlag(String name) {
        return Arrays.stream(Scheduling.values())
                .filter(flag -> flag.name().equals(name) && name.startsWith("SCHED_FLAG_"))
                .findFirst()
                .orElseThrow(() -> new SpecException("process.scheduler.flags: there is no '" + name + "'"));
    }

    /** What the plan does not do as it was asked, in one line each, once it has been made. */
    List<String> warnings() {
        return List.copyOf(warnings);
    }

    /** Those of {@code asked} that the kernel gives to one who has {@code needed}. */
    private EnumSet<Capability> granted(String set, EnumSet<Capability> asked, Set<Capability> needed) {
        var granted = EnumSet.noneOf(Capability.class);
        for (var capability : asked) {
            if (needed.contains(capability)) {
                granted.add(capability);
            } else {
                warnings.add("process.capabilities." + set + ": " + capability
                        + " is not in the sets that it would come from; it is left out");
            }
        }
        return granted;
    }

    /** Names that no capability has, or none of this kernel's, are left out: the specification wants a warning, and no more. */
    private EnumSet<Capability> capabilities(Set<String> names) {
        var set = EnumSet.noneOf(Capability.class);
        for (var name : names) {
            var found = false;
            for (var capability : Capability.values()) {
                if (capability.name().equals(name)) {
                    set.add(capability);
                    found = true;
                }
            }
            if (!found) {
                warnings.add(SpecException.line("capabilities are left out that do not exist: " + name));
            }
        }
        return set;
    }

    private static String names(EnumSet<Capability> capabilities) {
        var names = new StringBuilder();
        for (var capability : capabilities) {
            names.append(names.isEmpty() ? "" : ", ").append(capability);
        }
        return names.toString();
    }

    private static Resource resource(String name) {
        return Arrays.stream(Resource.values())
                .filter(resource -> resource.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new SpecException("unknown limit " + name));
    }
}

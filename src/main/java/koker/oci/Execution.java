package koker.oci;

import static koker.trace.Trace.fields;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import koker.cgroup.Cgroups;
import koker.plan.Descriptors;
import koker.plan.Launch;
import koker.plan.Plan;
import koker.plan.Runner;
import koker.plan.StepException;
import koker.process.Foreground;
import koker.process.Signals;
import koker.process.Streams;
import koker.runtime.Planner;
import koker.spec.RecordCopy;
import koker.spec.Seccomp;
import koker.spec.Spec;
import koker.spec.SpecFile;

/** A further process in a container that is there. */
final class Execution {
    private final ExecOptions options;
    private final Spec.Process process;
    private final long user;
    private final Plan plan;
    private final Inheritance inheritance;

    private final State state;
    private final Optional<Seccomp> seccomp;
    private final List<String> warnings;

    private Execution(
            ExecOptions options,
            Spec.Process process,
            long user,
            Plan plan,
            Inheritance inheritance,
            State state,
            Optional<Seccomp> seccomp,
            List<String> warnings) {
        this.warnings = warnings;
        this.state = state;
        this.seccomp = seccomp;
        this.options = options;
        this.process = process;
        this.user = user;
        this.plan = plan;
        this.inheritance = inheritance;
    }

    /** One in the container of {@code state}. Nothing is done yet. */
    static Execution of(StateFolder folder, State state, ExecOptions options) throws IOException {
        var spec = SpecFile.read(folder.path());
        var inheritance = Inheritance.of(System.getenv("LISTEN_FDS"), System.getenv("LISTEN_PID"), options.preserved());
        inheritance.check();
        var model = options.process().isPresent()
                ? SpecFile.readProcess(options.process().get()).orAs(spec.process())
                : process(spec.process(), options);
        var grant = Grant.of(model);
        var process = grant.process().adding(inheritance.environment());
        Handover.check(process.terminal(), options.detached(), options.consoleSocket());
        if (process.args().isEmpty()) {
            throw new OciException("process args cannot be empty");
        }
        if (state.cgroup() == null && !options.cgroups().paths().isEmpty()) {
            throw new OciException("the container has no cgroup that --cgroup could count from");
        }
        var own = spec.with(process).inCgroup(state.cgroup());
        var planner = state.equip(new Planner(own, Path.of(state.bundle()), Cgroups.ofHost()));
        var plan = planner.join(state.pid(), !options.detached(), options.cgroups());
        var warnings = new ArrayList<>(grant.warnings());
        warnings.addAll(planner.warnings());
        return new Execution(
                options,
                process,
                user(spec.linux(), process.user().uid(), state.pid()),
                plan,
                inheritance,
                state,
                Optional.ofNullable(spec.linux().seccomp()),
                warnings);
    }

    /** Whose the standard streams are going to be. */
    private static long user(Spec.Linux linux, long uid, int pid) throws IOException {
        return linux.has("user") ? Owners.outside(linux, uid, pid) : uid;
    }

    private static Spec.Process process(Spec.Process own, ExecOptions options) {
        var process = RecordCopy.with(own, "args", options.command()).adding(options.environment());
        process = RecordCopy.with(process, "terminal", options.terminal());
        process = RecordCopy.with(process, "consoleSize", null);
        if (options.folder().isPresent()) {
            process = RecordCopy.with(process, "cwd", options.folder().get());
        }
        if (options.user().isPresent() || !options.groups().isEmpty()) {
            process = RecordCopy.with(process, "user", user(own.user(), options));
        }
        if (!options.capabilities().isEmpty()) {
            process = RecordCopy.with(process, "capabilities", more(own.capabilities(), options.capabilities()));
        }
        if (options.noNewPrivileges()) {
            process = RecordCopy.with(process, "noNewPrivileges", true);
        }
        if (options.apparmor().isPresent()) {
            process = RecordCopy.with(
                    process, "apparmorProfile", options.apparmor().get());
        }
        return options.label().isPresent()
                ? RecordCopy.with(process, "selinuxLabel", options.label().get())
                : process;
    }

    private static Spec.User user(Spec.User own, ExecOptions options) {
        var user = own;
        if (options.user().isPresent()) {
            var parts = options.user().get().split(":", 2);
            user = RecordCopy.with(user, "uid", number(parts[0]));
            if (parts.length == 2) {
                user = RecordCopy.with(user, "gid", number(parts[1]));
            }
        }
        if (options.groups().isEmpty()) {
            return user;
        }
        var groups = new ArrayList<>(own.additionalGids());
        groups.addAll(options.groups());
        return RecordCopy.with(user, "additionalGids", groups);
    }

    private static long number(String text) {
        try {
            return Integer.parseUnsignedInt(text) & 0xffffffffL;
        } catch (NumberFormatException e) {
            throw new OciException(
                    "the user is UID or UID:GID, in numbers, and not '" + text + "'; a runtime looks no names up");
        }
    }

    private static Spec.Capabilities more(Spec.Capabilities own, List<String> added) {
        var sets = own == null ? new Spec.Capabilities(Set.of(), Set.of(), Set.of(), Set.of(), Set.of()) : own;
        return new Spec.Capabilities(
                with(sets.bounding(), added),
                with(sets.effective(), added),
                sets.inheritable(),
                with(sets.permitted(), added),
                // The kernel takes no others.
                with(
                        sets.ambient(),
                        added.stream().filter(sets.inheritable()::contains).toList()));
    }

    private static Set<String> with(Set<String> set, List<String> added) {
        var all = new LinkedHashSet<>(set);
        all.addAll(added);
        return all;
    }

    /** Runs it, and returns its exit status; 0 at once if nobody waits for it, or nothing is to be changed. */
    int run(Means means) throws IOException {
        warnings.forEach(means::warn);
        if (means.rehearses()) {
            plan.steps().forEach(means.maker()::make);
            return 0;
        }
        try {
            return options.detached() ? detached(means) : attended(means);
        } catch (StepException e) {
            throw Failure.of(e);
        } catch (IllegalArgumentException e) {
            throw new OciException(e.getMessage(), e);
        }
    }

    private int detached(Means means) throws IOException {
        if (!process.terminal()) {
            Streams.give(means.kernel(), means.trace(), user);
        }
        var launch = runner(means).launch(plan, new Descriptors(List.of(0, 1, 2), inheritance.count(), 0));
        try (launch) {
            handOver(means, launch);
            new Handover(means, process.terminal(), options.consoleSocket()).meet(launch);
            launch.finish();
            record(launch);
        } catch (RuntimeException | IOException e) {
            launch.kill();
            throw e;
        }
        means.trace().info("Command started", fields("pid", launch.pid()));
        return 0;
    }

    private int attended(Means means) throws IOException {
        var foreground =
                Foreground.prepare(means.kernel(), means.trace(), process.terminal(), true, user, Signals.Manner.ALL);
        var launch = runner(means).launch(plan, new Descriptors(foreground.inside(), inheritance.count(), 0));
        try (launch) {
            handOver(means, launch);
            return foreground.attend(launch, "Command started", () -> record(launch));
        } catch (RuntimeException | IOException e) {
            launch.kill();
            throw e;
        }
    }

    private Runner runner(Means means) {
        var runner = means.runner();
        seccomp.ifPresent(profile ->
                new ListenerSocket(means.kernel(), means.trace(), profile).attend(runner, state, Status.RUNNING));
        return runner;
    }

    private void handOver(Means means, Launch launch) {
        if (options.pidfdSocket().isPresent()) {
            new PidfdSocket(options.pidfdSocket().get()).send(means, launch.pid(), PidfdSocket.FURTHER);
        }
    }

    /** When it has become its command: some engines take it for that if there is a file. */
    private void record(Launch launch) throws IOException {
        if (options.pidFile().isPresent()) {
            new PidFile(options.pidFile().get()).write(launch.pid());
        }
    }
}

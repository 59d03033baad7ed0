package koker.engine;

import static koker.trace.Trace.fields;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import koker.emit.CProgram;
import koker.emit.EmitException;
import koker.emit.Recipe;
import koker.kernel.Calls;
import koker.kernel.Capability;
import koker.kernel.OpenFlag;
import koker.plan.Launch;
import koker.plan.Plan;
import koker.plan.StepException;
import koker.process.Foreground;
import koker.process.Terminal;
import koker.runtime.Planner;
import koker.runtime.TerminalHolder;
import koker.spec.Spec;
import koker.spec.SpecFile;

/** Runs a further command in a container that runs. */
final class Exec {
    private final Engine engine;
    private final Container container;
    private final ExecOptions options;

    Exec(Engine engine, Container container, ExecOptions options) {
        this.engine = engine;
        this.container = container;
        this.options = options;
    }

    /**
     * Runs it, and returns its exit status; 0 at once if it is detached.
     *
     * @throws EngineException if a step fails; no process is left
     */
    int run() throws IOException {
        if (!options.detached()) {
            var spec = spec();
            return new Session(engine).exec(plan(spec, true), spec, options.interactive());
        }
        var nothing = (int) engine.kernel().call(Calls.openat("/dev/null", OpenFlag.O_RDWR, OpenFlag.O_CLOEXEC));
        var launch = launch(List.of(nothing, nothing, nothing), false);
        engine.trace().info("Command started", fields("pid", launch.pid()));
        return 0;
    }

    /**
     * Starts it with the standard streams {@code stdio}, and returns when it has become its command, and needs koker no more.
     *
     * @param attended whether it ends with koker
     * @throws EngineException if a step fails; no process is left
     */
    Launch launch(List<Integer> stdio, boolean attended) throws IOException {
        try {
            var launch = engine.runner().launch(plan(spec(), attended), stdio);
            start(launch);
            return launch;
        } catch (StepException e) {
            throw Session.explain("cannot run the command", e);
        } catch (IllegalArgumentException e) {
            throw new EngineException("cannot run the command: " + e.getMessage());
        }
    }

    /** The container's config.json, but for the process. */
    private Spec spec() {
        var spec = SpecFile.read(container.folder().path());
        return spec.with(process(spec.process()));
    }

    /** The steps that it would take. */
    Plan plan() {
        return plan(spec(), !options.detached());
    }

    /**
     * A program in {@code language}, which can be c alone, that runs the same command without koker, as long as the container runs.
     *
     * @param folder one that the plan does not name
     */
    String emit(Language language, ContainerFolder folder) {
        if (language != Language.C) {
            throw new EngineException(
                    "cannot write that down: a script that has entered the container has no tools there; use --emit c");
        }
        if (options.detached() || options.terminal()) {
            throw new EngineException("cannot write that down: " + (options.detached() ? "--detach" : "--tty")
                    + " is about what koker does later; leave it out");
        }
        var heading = "A command in container " + container.title() + ", as long as that runs: "
                + String.join(" ", options.command());
        try {
            return CProgram.of(new Recipe(heading, folder.path().toString(), options.interactive(), plan()));
        } catch (EmitException e) {
            throw new EngineException("cannot write that down: " + e.getMessage());
        }
    }

    private Plan plan(Spec spec, boolean attended) {
        return new Planner(spec, container.folder().path(), engine.cgroups())
                .withKeyring(container.state().id())
                .join(container.state().run().process().pid(), attended);
    }

    private void start(Launch launch) {
        try (launch) {
            if (options.terminal()) {
                launch.meet();
                holdTerminal(launch);
                launch.proceed();
            }
            launch.meet();
            launch.finish();
        } catch (RuntimeException e) {
            launch.kill(); // it waits, if it was a step of koker's own that failed
            throw e;
        }
    }

    /** Nobody is attached to the terminal, but somebody must have its other end, and read what is written there. */
    private void holdTerminal(Launch launch) {
        var kernel = engine.kernel();
        var master = Foreground.takeTerminal(kernel, engine.trace(), launch);
        var nothing = (int) kernel.call(Calls.openat("/dev/null", OpenFlag.O_WRONLY, OpenFlag.O_CLOEXEC));
        try (var holder = engine.clear().runner().launch(TerminalHolder.plan(), List.of(master, nothing, nothing))) {
            holder.meet();
            holder.proceed();
        }
        kernel.call(Calls.close(nothing));
        kernel.call(Calls.close(master));
    }

    private Spec.Process process(Spec.Process own) {
        var account = options.user().map(user -> Account.find(root(), user));
        var environment = new Environment().set(own.env());
        if (options.terminal()) {
            environment.setDefault("TERM", "xterm");
        }
        account.ifPresent(user -> environment.set(List.of("HOME=" + user.home())));
        environment.set(options.environment());
        var size = options.terminal()
                ? Terminal.ofUser(engine.kernel()).flatMap(user -> Terminal.size(engine.kernel(), user))
                : Optional.<Spec.ConsoleSize>empty();
        var user = account.map(other -> new Spec.User(other.uid(), other.gid(), null, other.groups()))
                .orElse(own.user());
        return new Spec.Process(
                options.terminal(),
                size.orElse(null),
                user,
                options.command(),
                environment.list(),
                options.workdir().orElse(own.cwd()),
                capabilities(own.capabilities(), user.uid()),
                own.rlimits(),
                own.noNewPrivileges(),
                own.oomScoreAdj(),
                own.apparmorProfile(),
                own.selinuxLabel());
    }

    private Spec.Capabilities capabilities(Spec.Capabilities own, long uid) {
        var bounding = options.privileged()
                ? Privileges.own().stream().map(Capability::name).collect(Collectors.toSet())
                : own.bounding();
        var now = uid == 0 ? bounding : Set.<String>of();
        return new Spec.Capabilities(bounding, now, Set.of(), now, Set.of());
    }

    /** The container's root, as its first process has it. */
    private Path root() {
        return Path.of("/proc/" + container.state().run().process().pid() + "/root");
    }
}

package koker.oci;

import static koker.trace.Trace.fields;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import koker.kernel.Calls;
import koker.kernel.Errno;
import koker.kernel.Kernel;
import koker.kernel.Signal;
import koker.plan.HostStep;
import koker.plan.Launch;
import koker.plan.Lens;
import koker.plan.Plan;
import koker.plan.ProcessStep;
import koker.plan.Runner;
import koker.plan.StepException;
import koker.runtime.Planner;
import koker.spec.Hooks;
import koker.spec.Seccomp;
import koker.trace.Trace;

/**
 * Runs the hooks of a container (config.md, "POSIX-platform Hooks"), one after the other. Each reads the container's state, and what it says
 * is kept for the error. Both are files in memory: a program that a hook leaves behind cannot keep koker waiting at a pipe.
 */
final class HookRunner {
    private static final String LOCALE = "KOKER_LC_ALL"; // what LC_ALL was, if it was set
    private static final int PIECE = 32 << 10;
    private static final int MOST = 1 << 20; // bytes that a hook says, of which more are of no use in an error

    private final Means means;
    private final Kernel kernel;
    private final Trace trace;
    private final Planner planner;
    private final Optional<Seccomp> seccomp;
    private final State container;

    /** One for the container that {@code planner} plans, with its filter of system calls, and {@code container} is about. */
    HookRunner(Means means, Planner planner, Optional<Seccomp> seccomp, State container) {
        this.seccomp = seccomp;
        this.container = container;
        this.means = means;
        this.kernel = means.kernel();
        this.trace = means.trace();
        this.planner = planner;
    }

    /**
     * Runs hooks on the host.
     *
     * @param moment what the specification calls it: createRuntime, for instance
     * @param state the container's, as JSON
     * @throws OciException if one fails; those after it are not run
     */
    void outside(String moment, List<Hooks.Hook> hooks, String state) {
        for (var i = 0; i < hooks.size(); i++) {
            run(moment, i, hooks.get(i), planner.hook(hooks.get(i).in(environment())), state);
        }
    }

    /**
     * Runs hooks in the namespaces of the process {@code pid}.
     *
     * @param confined whether they may do no more than the container's command
     * @throws OciException if one fails; those after it are not run
     */
    void inside(String moment, List<Hooks.Hook> hooks, String state, int pid, boolean confined) {
        for (var i = 0; i < hooks.size(); i++) {
            run(moment, i, hooks.get(i), planner.hook(pid, hooks.get(i), confined), state);
        }
    }

    /** Runs hooks on the host, all of them: of those that fail the user is told. */
    void outsideAnyhow(String moment, List<Hooks.Hook> hooks, String state) {
        for (var i = 0; i < hooks.size(); i++) {
            try {
                run(moment, i, hooks.get(i), planner.hook(hooks.get(i).in(environment())), state);
            } catch (OciException e) {
                means.warn(e.getMessage());
            }
        }
    }

    /** That of whoever called koker, whose launcher has set LC_ALL as Java needs it, and noted what it was. */
    private static List<String> environment() {
        var all = new ArrayList<String>();
        for (var variable : System.getenv().entrySet()) {
            var name = variable.getKey().equals(LOCALE) ? "LC_ALL" : variable.getKey();
            if (!variable.getKey().equals("LC_ALL")) {
                all.add(name + "=" + variable.getValue());
            }
        }
        return all;
    }

    private void run(String moment, int number, Hooks.Hook hook, Plan plan, String state) {
        if (means.rehearses()) {
            for (var step : plan.steps()) {
                if (step instanceof ProcessStep.Exec exec) {
                    means.maker().make(new HostStep.RunHook(moment, hook.path(), hook.arguments(), exec.environment()));
                }
            }
            return;
        }
        var what = "error running " + moment + " hook #" + number + " (" + hook.path() + "): ";
        trace.heading("Run hook", fields("moment", moment, "path", hook.path()));
        var input = memoryFile("state");
        var bytes = state.getBytes(StandardCharsets.UTF_8);
        for (var at = 0; at < bytes.length; ) {
            var rest = Arrays.copyOfRange(bytes, at, bytes.length);
            at += (int) kernel.call(Calls.write(input, rest, rest.length));
        }
        kernel.call(Calls.rewind(input));
        var output = memoryFile("output");
        try {
            var runner = new Runner(kernel, trace, Lens.CLEAR);
            // Of a hook that is confined as the command is, somebody else may decide about the calls, too.
            seccomp.ifPresent(
                    profile -> new ListenerSocket(kernel, trace, profile).attend(runner, container, Status.CREATED));
            var stdio = List.of(input, output, output);
            Launch launch;
            try {
                launch = runner.launch(plan, stdio);
            } catch (StepException e) {
                throw new OciException(what + e.getMessage(), e);
            }
            end(launch, hook, what, output);
        } finally {
            kernel.call(Calls.close(output));
            kernel.call(Calls.close(input));
        }
    }

    private void end(Launch launch, Hooks.Hook hook, String what, int output) {
        try (launch) {
            launch.complete();
        } catch (StepException e) {
            launch.await();
            throw new OciException(what + e.getMessage(), e);
        }
        var late = hook.timeout() != null && !ends(launch.pid(), Duration.ofSeconds(hook.timeout()));
        if (late) {
            // It leads a session, and so a process group of that number.
            kernel.call(Calls.kill(-launch.pid(), Signal.SIGKILL).tolerating(Errno.ESRCH));
        }
        var end = launch.await();
        if (late) {
            throw new OciException(
                    what + "it did not end within " + hook.timeout() + " s, and was killed" + said(output));
        }
        if (!end.exited()) {
            throw new OciException(what + "killed by " + Signal.of(end.number()) + said(output));
        }
        if (end.number() != 0) {
            throw new OciException(what + "exit status " + end.number() + said(output));
        }
    }

    private boolean ends(int pid, Duration limit) {
        var process = (int) kernel.call(Calls.pidfdOpen(pid));
        var deadline = System.nanoTime() + limit.toNanos();
        var ready = 0L;
        do {
            var left = Math.max(0, deadline - System.nanoTime());
            ready = kernel.call(
                    Calls.awaitInput(process, Duration.ofNanos(left)).tolerating(Errno.EINTR));
        } while (ready < 0);
        kernel.call(Calls.close(process));
        return ready > 0;
    }

    private int memoryFile(String name) {
        return (int) kernel.call(Calls.memoryFile(name));
    }

    /** What the hook wrote, for the end of a line. */
    private String said(int output) {
        kernel.call(Calls.rewind(output));
        var all = new ByteArrayOutputStream();
        var piece = new byte[PIECE];
        for (var count = 1L; count > 0 && all.size() < MOST; ) {
            count = kernel.transfer(Calls.read(output, piece).tolerating(Errno.EINTR));
            all.write(piece, 0, (int) Math.max(0, count));
        }
        var text = all.toString(StandardCharsets.UTF_8).strip().replace("\n", "; ");
        return text.isEmpty() ? "" : "; it said: " + text;
    }
}

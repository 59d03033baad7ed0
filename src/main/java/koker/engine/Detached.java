package koker.engine;

import static koker.trace.Trace.fields;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import koker.kernel.Call;
import koker.kernel.Calls;
import koker.kernel.Ends;
import koker.kernel.OpenFlag;
import koker.plan.HealthChecks;
import koker.plan.ProcessStep;
import koker.plan.StepException;
import koker.plan.Supervised;
import koker.plan.SupervisorStep;
import koker.process.ProcessId;
import koker.runtime.Planner;
import koker.runtime.Supervisor;
import koker.spec.Spec;

/** The start of a container that nobody waits for: koker leaves when it runs, and a supervisor stays. */
final class Detached {
    private static final String FAILURE = "cannot start the container";

    private final Engine engine;
    private final ContainerFolder folder;
    private final List<Integer> opened = new ArrayList<>();
    private final boolean holdsInput;
    private Optional<Integer> input = Optional.empty();

    /**
     * A start of the container in {@code folder}.
     *
     * @param holdsInput whether the supervisor holds its standard input open, or koker alone has the other end of it
     */
    Detached(Engine engine, ContainerFolder folder, boolean holdsInput) {
        this.engine = engine;
        this.folder = folder;
        this.holdsInput = holdsInput;
    }

    /** The other end of the container's standard input, if only koker has it. */
    Optional<Integer> input() {
        return input;
    }

    /**
     * Starts what {@code spec} says.
     *
     * @param attendance passes to the supervisor
     * @throws EngineException if a step fails; no process is left
     */
    State start(State state, Spec spec, Attendance attendance, Restarts restarts) throws IOException {
        var kernel = engine.kernel();
        var terminal = spec.process().terminal();
        engine.trace().heading("Standard streams", Map.of());
        var kept = new ArrayList<Integer>();
        var numbers = new ArrayList<Integer>();
        var inside = streams(spec, state.settings().interactive(), kept, numbers);
        keep(log(), SupervisorStep.LOG, kept, numbers);
        folder.end().reserve();
        Files.deleteIfExists(folder.again());
        kept.add(attendance.descriptor());
        numbers.add(SupervisorStep.ATTENDANCE);
        var runner = engine.runner().beside(ContainerNetwork.steps(state));
        var network = new ContainerNetwork(engine, folder, state, runner);
        Supervised started;
        try {
            var joining = network.prepare(spec);
            var supervisor = supervisor(state, spec, network, attendance, restarts, kept, numbers);
            var plan = new Planner(joining, folder.path(), engine.cgroups())
                    .withKeyring(state.id())
                    .supervised();
            started = runner.supervise(plan, supervisor::plan, inside);
        } catch (StepException e) {
            throw Session.explain(FAILURE, e);
        } catch (IllegalArgumentException e) {
            throw new EngineException(FAILURE + ": " + e.getMessage());
        } finally {
            opened.forEach(descriptor -> kernel.call(Calls.close(descriptor)));
        }
        try (started) {
            return meet(state, started, network, terminal, restarts);
        } catch (StepException e) {
            end(started);
            throw Session.explain(FAILURE, e);
        } catch (RuntimeException | IOException e) {
            end(started);
            throw e;
        }
    }

    private State meet(State state, Supervised started, ContainerNetwork network, boolean terminal, Restarts restarts)
            throws IOException {
        var supervisor = started.supervisor();
        var container = started.container();
        supervisor.meet();
        network.connect(container);
        if (terminal) {
            container.meet();
            supervisor.proceed();
            supervisor.meet();
            container.proceed();
        }
        container.meet();
        var running = state.with(new State.Run(
                ProcessId.of(container.pid()),
                ProcessId.of(supervisor.pid()),
                System.currentTimeMillis(),
                restarts.count(),
                restarts.quick(),
                false,
                false,
                false));
        folder.writeStarted(running);
        container.finish();
        supervisor.proceed();
        engine.trace().info("Container started", fields("pid", container.pid(), "supervisor", supervisor.pid()));
        return running;
    }

    /** Ends the supervisor, and with it the kernel ends the container. */
    private void end(Supervised started) {
        engine.trace()
                .heading("End supervisor", fields("pid", started.supervisor().pid()));
        started.supervisor().kill();
    }

    /** What is to be 0, 1 and 2 in the container; the other ends go to the supervisor. */
    private List<Integer> streams(Spec spec, boolean interactive, List<Integer> kept, List<Integer> numbers) {
        var nothing = open(Calls.openat("/dev/null", OpenFlag.O_RDWR, OpenFlag.O_CLOEXEC));
        // The supervisor may become koker, which must not take a file of its own for one of its standard streams.
        for (var stream = 0; stream <= 2; stream++) {
            keep(nothing, stream, kept, numbers);
        }
        if (spec.process().terminal()) {
            return List.of(nothing, nothing, nothing); // until it opens its terminal
        }
        var output = pipe();
        var errors = pipe();
        keep(output.first(), SupervisorStep.OUTPUT, kept, numbers);
        keep(errors.first(), SupervisorStep.ERRORS, kept, numbers);
        var reading = nothing;
        if (interactive) {
            var pipe = pipe();
            reading = pipe.first();
            if (holdsInput) {
                keep(pipe.second(), SupervisorStep.INPUT, kept, numbers);
            } else {
                input = Optional.of(pipe.second());
                opened.remove(Integer.valueOf(pipe.second()));
            }
        }
        var inside = List.of(reading, output.second(), errors.second());
        var uid = spec.process().user().uid();
        if (uid != 0) {
            // The user may want to open them again, as /dev/stdout.
            inside.stream().filter(descriptor -> descriptor != nothing).forEach(descriptor -> engine.kernel()
                    .call(Calls.fchown(descriptor, uid, -1)));
        }
        return inside;
    }

    private int log() {
        return open(
                Calls.create(folder.log().toString(), 0600, OpenFlag.O_WRONLY, OpenFlag.O_APPEND, OpenFlag.O_CLOEXEC));
    }

    private Supervisor supervisor(
            State state,
            Spec spec,
            ContainerNetwork network,
            Attendance attendance,
            Restarts restarts,
            List<Integer> kept,
            List<Integer> numbers)
            throws IOException {
        return new Supervisor(
                "koker-" + folder.id().substring(0, 9),
                spec.process().terminal(),
                Planner.hasInit(spec),
                kept,
                numbers,
                folder.log().toString(),
                state.settings().logLimit(),
                checks(state),
                folder.end().path().toString(),
                Optional.ofNullable(state.settings().pidfile()),
                engine.cgroups().memoryEvents(folder.cgroupsPath()).orElse(""),
                engine.cgroups().folders(folder.cgroupsPath()),
                network.reservations(),
                attendance.file().toString(),
                state.settings().removed()
                        || network.needsKoker()
                        || RestartPolicy.of(state).mayRestart(),
                folder.again().toString(),
                RestartPolicy.of(state).mayRestart() ? delay(restarts) : Optional.empty(),
                become("container", "finish", folder.id()));
    }

    private Optional<HealthChecks> checks(State state) throws IOException {
        var check = state.settings().healthCheck();
        return check == null
                ? Optional.empty()
                : Optional.of(new HealthChecks(
                        Health.next(check, true, 0),
                        Health.next(check, false, 0),
                        Duration.ofNanos(check.startInterval()),
                        become("container", "healthcheck", "run", "--scheduled", folder.id())));
    }

    private ProcessStep.Exec become(String... arguments) throws IOException {
        var words = new ArrayList<>(
                List.of("--quiet", "--root", engine.home().root().toString()));
        words.addAll(List.of(arguments));
        return Self.become(words);
    }

    private static Optional<SupervisorStep.Retire.Delay> delay(Restarts restarts) {
        var longRun = Instant.now().plus(Restarts.LONG_RUN).getEpochSecond();
        return Optional.of(
                new SupervisorStep.Retire.Delay(RestartPolicy.delay(restarts.quick()), longRun, RestartPolicy.FIRST));
    }

    private void keep(int descriptor, int number, List<Integer> kept, List<Integer> numbers) {
        kept.add(descriptor);
        numbers.add(number);
    }

    private int open(Call call) {
        var descriptor = (int) engine.kernel().call(call);
        opened.add(descriptor);
        return descriptor;
    }

    private Ends pipe() {
        var ends = new Ends();
        engine.kernel().call(Calls.pipe(ends));
        opened.add(ends.first());
        opened.add(ends.second());
        return ends;
    }
}

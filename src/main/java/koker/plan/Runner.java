package koker.plan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.function.IntSupplier;
import koker.guide.Guide;
import koker.kernel.Call;
import koker.kernel.Calls;
import koker.kernel.Ends;
import koker.kernel.Errno;
import koker.kernel.Event.Side;
import koker.kernel.ExitStatus;
import koker.kernel.Kernel;
import koker.kernel.KernelException;
import koker.kernel.SystemCall;
import koker.trace.Trace;

/** Carries a plan out: makes the calls of the host's steps itself, and hands the others to a new process as a program. */
public final class Runner implements Maker {
    /** Where a process goes on when koker is gone: to its end. */
    static final String ORPHANED = "orphaned";

    private static final String INSIDE = "inside";

    private final Kernel kernel;
    private final Trace trace;
    private final Lens lens;
    private final List<String> others;
    private final List<Step> made = new ArrayList<>();
    private final Map<String, Consumer<Launch>> duties = new HashMap<>();
    private IntSupplier pid = () -> 0;

    /** A runner that makes steps as they look through {@code lens}. */
    public Runner(Kernel kernel, Trace trace, Lens lens) {
        this(kernel, trace, lens, List.of());
    }

    private Runner(Kernel kernel, Trace trace, Lens lens, List<String> others) {
        this.kernel = kernel;
        this.trace = trace;
        this.lens = lens;
        this.others = others;
    }

    /**
     * When a process of this runner waits at a meeting for {@code reason}, {@code duty} is done, and the process goes on: nobody else waits
     * for that.
     */
    public void at(String reason, Consumer<Launch> duty) {
        duties.put(reason, duty);
    }

    /**
     * Makes the host's steps and starts the process, whose standard input, output and error are the descriptors {@code stdio} of this
     * one. The process makes its own steps up to the first {@link ProcessStep.Meet}.
     *
     * @throws StepException if a step on the host fails; what earlier steps made is left to the caller
     * @throws IllegalArgumentException if the lens names a step that the plan does not have; nothing is done then
     */
    public Launch launch(Plan plan, List<Integer> stdio) {
        return launch(plan, new Descriptors(stdio));
    }

    /**
     * The same, with more descriptors of this process than those.
     *
     * @throws StepException if a step on the host fails; what earlier steps made is left to the caller
     * @throws IllegalArgumentException if the lens names a step that the plan does not have; nothing is done then
     */
    public Launch launch(Plan plan, Descriptors descriptors) {
        return settle(plan, begin(plan, descriptors));
    }

    private Launch begin(Plan plan, Descriptors descriptors) {
        check(plan, List.of(), descriptors);
        var earlier = equip(descriptors, 0);
        var start = prepare(plan, earlier);
        var clone = start.entry();
        var meeting = meetingPoint();
        try {
            var halts = new Halts(lens);
            var inside = inside(plan, earlier, descriptors, meeting.second(), halts);
            var program = new ArrayList<>(calls(inside));
            program.add(Calls.exit(125).as(ORPHANED));
            lens.stop(clone.step(), 0);
            trace.heading(clone.step());
            if (clone.fault().isPresent()) {
                throw clone.failed(clone.fault().get());
            }
            var child = kernel.start(clone.call(), program, later(inside));
            pid = child::pid;
            return new Launch(kernel, trace, plan.side(), inside, 0, child, meeting.first(), pid, halts, duties(plan));
        } catch (RuntimeException e) {
            kernel.call(Calls.close(meeting.first()));
            throw explained(clone, e);
        } finally {
            kernel.call(Calls.close(meeting.second()));
            close(start);
        }
    }

    private static RuntimeException explained(Entry clone, RuntimeException e) {
        return e instanceof KernelException refused
                ? clone.failed(refused.errno().orElse(Errno.EIO))
                : e;
    }

    /**
     * Makes those steps of the host that come behind the clone, while the process waits for each. If it goes into a PID namespace by a sibling,
     * that is the process from then on.
     */
    private Launch settle(Plan plan, Launch outside) {
        var staged = plan.steps().stream().anyMatch(NamespaceStep.EnterPidNamespace.class::isInstance);
        try {
            settle(plan, outside, staged);
        } catch (RuntimeException e) {
            outside.kill();
            outside.close();
            throw e;
        }
        if (!staged) {
            return outside;
        }
        trace.heading("Wait for process outside", Map.of("pid", outside.pid()));
        ExitStatus.await(kernel, outside.pid());
        if (outside.result(NamespaceStep.EnterPidNamespace.PROCESS) <= 0) {
            try (outside) {
                outside.meet(); // it did not come that far, and this says why
            }
        }
        return outside.of(NamespaceStep.EnterPidNamespace.PROCESS);
    }

    private void settle(Plan plan, Launch outside, boolean staged) {
        for (var step : plan.steps().subList(plan.start() + 1, plan.steps().size())) {
            if (step instanceof HostStep.MapUsers map) {
                outside.meet();
                make(map.of(outside.pid()));
                outside.proceed();
            } else if (staged && step instanceof ProcessStep.Meet meet && duties.containsKey(meet.reason())) {
                outside.attend();
            } else if (step instanceof NamespaceStep.EnterPidNamespace) {
                return;
            }
        }
    }

    /** What is done at meetings of {@code plan}: what is behind one, it sets for the process that waits there. */
    private Map<String, Consumer<Launch>> duties(Plan plan) {
        var all = new HashMap<>(duties);
        var reason = "";
        for (var step : plan.steps()) {
            if (step instanceof ProcessStep.Meet meet) {
                reason = meet.reason();
            } else if (step instanceof HostStep.SetForProcess set) {
                all.merge(reason, launch -> make(set.of(launch.pid())), Consumer::andThen);
            }
        }
        return all;
    }

    /**
     * Makes the host's steps, and starts a supervisor, which starts the process. Both make their steps up to their first
     * {@link ProcessStep.Meet}.
     *
     * @param supervision what the supervisor does, which knows its meeting point by a descriptor of this process
     * @throws StepException if a step on the host fails; what earlier steps made is left to the caller
     * @throws IllegalArgumentException if the lens names a step that the plans do not have; nothing is done then
     */
    public Supervised supervise(Plan plan, IntFunction<Supervision> supervision, List<Integer> stdio) {
        var others = supervision.apply(0).all();
        var descriptors = new Descriptors(stdio);
        check(plan, others, descriptors);
        var equipment = equip(descriptors, 0);
        var earlier = behind(equipment, others);
        var start = prepare(plan, earlier);
        var clone = start.entry();
        var meeting = meetingPoint();
        var supervisorsMeeting = meetingPoint();
        try {
            var steps = supervision.apply(supervisorsMeeting.second());
            var supervisor = entries(steps.all(), equipment);
            supervisor.add(entries(steps.before(), equipment).size(), clone.branching());
            var halts = new Halts(lens);
            var inside = inside(plan, earlier, descriptors, meeting.second(), halts);

            var program = new ArrayList<>(calls(supervisor));
            program.add(Calls.nothing().as(INSIDE));
            program.addAll(calls(inside));
            program.add(Calls.exit(125).as(ORPHANED));
            trace.heading("Start supervisor", Map.of());
            lens.stop(clone.step(), 0);
            var child = kernel.start(Calls.fork(), program, supervisor.size());
            var container = new Launch(
                    kernel,
                    trace,
                    Side.CONTAINER,
                    inside,
                    supervisor.size() + 1,
                    child,
                    meeting.first(),
                    () -> child.result(HostStep.Clone.PROCESS),
                    halts,
                    Map.of());
            pid = container::pid;
            return new Supervised(
                    new Launch(
                            kernel,
                            trace,
                            Side.SUPERVISOR,
                            supervisor,
                            0,
                            child,
                            supervisorsMeeting.first(),
                            child::pid,
                            new Halts(Lens.CLEAR),
                            Map.of()),
                    container);
        } catch (RuntimeException e) {
            kernel.call(Calls.close(supervisorsMeeting.first()));
            kernel.call(Calls.close(meeting.first()));
            throw explained(clone, e);
        } finally {
            kernel.call(Calls.close(supervisorsMeeting.second()));
            kernel.call(Calls.close(meeting.second()));
            close(start);
        }
    }

    /**
     * The same runner, which is also going to make steps with the names {@code others} by {@link #make}, while a plan's process makes its
     * own; so that the lens may name them.
     */
    public Runner beside(List<String> others) {
        return new Runner(kernel, trace, lens, others);
    }

    /** Whether the user looks at the steps: those that several threads would make are made one after the other then. */
    public boolean isWatched() {
        return !lens.isClear();
    }

    /**
     * Makes sure that the lens names nothing but steps with the names {@code kinds}, of which nobody knows yet how many there will be.
     *
     * @throws IllegalArgumentException if it does
     */
    public void checkKinds(List<String> kinds) {
        lens.checkKinds(kinds);
    }

    @Override
    public Map<String, Long> make(Step step) {
        var entries = entries(List.of(step), made);
        if (!lens.isClear() && entries.isEmpty() && !step.calls().isEmpty()) {
            warn(step);
        }
        var results = make(entries);
        if (!lens.isClear()) {
            made.add(step); // where nothing is counted, several threads may come here at once
        }
        return results;
    }

    /** What the lens names must be there; what it leaves out is told. */
    private void check(Plan plan, List<Step> supervisor, Descriptors descriptors) {
        if (lens.isClear()) {
            return;
        }
        var steps = new ArrayList<>(equip(descriptors, 0));
        steps.addAll(supervisor);
        steps.addAll(plan.steps());
        var names = new ArrayList<>(others);
        made.forEach(step -> names.add(step.name()));
        lens.check(steps, names);
        var view = new View(lens, List.of());
        steps.forEach(view::entries);
        view.omitted().forEach(this::warn);
    }

    private void warn(Step omitted) {
        var entry = Guide.instance().step(omitted.name()).orElseThrow();
        trace.warn("Left out: " + omitted.title() + ": " + entry.leftOut(omitted.about()), omitted.about());
    }

    /** Makes the steps up to the clone, and returns that, which may refer to what one of them opened. */
    private Start prepare(Plan plan, List<Step> earlier) {
        var before = plan.steps().subList(0, plan.start());
        var results = make(entries(before, earlier));
        var clone = entries(List.of(plan.steps().get(plan.start())), behind(earlier, before))
                .getFirst();
        return new Start(clone.with(results), results);
    }

    private static List<Step> behind(List<Step> earlier, List<Step> later) {
        var steps = new ArrayList<>(earlier);
        steps.addAll(later);
        return steps;
    }

    private void close(Start start) {
        var cgroup = start.results().get(HostStep.OpenCgroup.CGROUP);
        if (cgroup != null) {
            kernel.call(Calls.close(cgroup.intValue()));
        }
    }

    /** What the new process does. */
    private List<Entry> inside(Plan plan, List<Step> earlier, Descriptors descriptors, int meetingPoint, Halts halts) {
        var steps = plan.steps();
        var first = plan.start() + 1;
        var entries = entries(steps.subList(first, steps.size()), behind(earlier, steps.subList(0, first)));
        entries.removeIf(entry -> entry.step() instanceof HostStep);
        var inside = new ArrayList<>(entries(equip(descriptors, meetingPoint), List.of()));
        // Whoever only goes into a PID namespace to make another process there is waited for, and waits for nobody.
        var halting = 0;
        for (var i = 0; i < entries.size(); i++) {
            if (entries.get(i).step() instanceof NamespaceStep.EnterPidNamespace) {
                halting = i + 1;
            }
        }
        inside.addAll(entries.subList(0, halting));
        inside.addAll(halts.insert(entries.subList(halting, entries.size())));
        return inside;
    }

    /** How much of the program a process has behind it when it waits for its start. */
    private static int later(List<Entry> inside) {
        for (var i = 0; i < inside.size(); i++) {
            if (inside.get(i).step() instanceof ProcessStep.AwaitStart) {
                return i + 1; // behind the jump there
            }
        }
        return inside.size() + 1;
    }

    private Ends meetingPoint() {
        var ends = new Ends();
        trace.heading("Meeting point", Map.of());
        kernel.call(Calls.socketpair(ends));
        return ends;
    }

    private static List<Call> calls(List<Entry> entries) {
        return entries.stream().map(Entry::call).toList();
    }

    /** What a process needs before the plan's own steps: its standard streams, and nothing else of koker's. */
    private static List<Step> equip(Descriptors descriptors, int meetingPoint) {
        var stdio = descriptors.stdio();
        var steps = new ArrayList<Step>();
        for (var i = 0; i < stdio.size(); i++) {
            if (stdio.get(i) != i) {
                steps.add(new ProcessStep.Connect(stdio.get(i), i));
            }
        }
        steps.add(new ProcessStep.CloseDescriptors(meetingPoint, descriptors.preserved(), descriptors.gate()));
        return steps;
    }

    private Map<String, Long> make(List<Entry> entries) {
        var results = new HashMap<String, Long>();
        Step current = null;
        for (var entry : entries) {
            if (entry.step() != current) {
                conclude(current, results);
                current = entry.step();
                lens.stop(current, pid.getAsInt());
                trace.heading(current);
            }
            if (entry.fault().isPresent()) {
                var errno = entry.fault().get();
                if (!entry.planned().tolerated().contains(errno)) {
                    throw entry.failed(errno);
                }
                results.put(entry.call().label(), (long) -errno.number());
                continue;
            }
            if (!(entry.call().operation() instanceof SystemCall)) {
                trace.debug(entry.step().title(), entry.step().about()); // whoever made the step does the rest
                continue;
            }
            results.put(entry.call().label(), call(entry.with(results)));
        }
        conclude(current, results);
        return results;
    }

    /** Some requests are refused by an answer, not by an error of the call; and that may come behind others. */
    private void conclude(Step step, Map<String, Long> results) {
        if (step == null) {
            return;
        }
        for (var call = step.further(); call.isPresent(); call = step.further()) {
            results.put(call.get().label(), call(Entry.of(step, call.get())));
        }
        if (step.refusal().isPresent()) {
            throw new StepException(step, step.refusal().get());
        }
    }

    private long call(Entry entry) {
        try {
            return kernel.call(entry.call());
        } catch (KernelException e) {
            throw entry.failed(e.errno().orElse(Errno.EIO));
        }
    }

    /** The calls of {@code steps}, as they look through the lens; {@code earlier} ones of the same name count, too. */
    private ArrayList<Entry> entries(List<Step> steps, List<Step> earlier) {
        var entries = new ArrayList<Entry>();
        if (lens.isClear()) {
            for (var step : steps) {
                for (var call : step.calls()) {
                    entries.add(Entry.of(step, call));
                }
            }
        } else {
            var view = new View(lens, earlier);
            steps.forEach(step -> entries.addAll(view.entries(step)));
        }
        return entries;
    }

    /** The call that is to start a process, and what the calls before it returned. */
    private record Start(Entry entry, Map<String, Long> results) {}

    /**
     * A call of a step.
     *
     * @param planned the call that the step names
     * @param call the call that is made: the planned one, or one that only fails
     * @param fault how it fails, if it is not made
     */
    record Entry(Step step, Call planned, Call call, Optional<Errno> fault) {
        /** A call that is made. */
        static Entry of(Step step, Call call) {
            return new Entry(step, call, call, Optional.empty());
        }

        /** A call that is not made, and fails. */
        static Entry failing(Step step, Call call, Errno errno) {
            return new Entry(step, call, call.failing(errno), Optional.of(errno));
        }

        StepException failed(Errno errno) {
            return new StepException(step, planned, errno);
        }

        /** The same, with what earlier calls returned. */
        Entry with(Map<String, Long> results) {
            return new Entry(step, planned, call.with(results), fault);
        }

        /** The same, after which the new process goes on elsewhere. */
        Entry branching() {
            return new Entry(step, planned, call.on(0, INSIDE), fault);
        }
    }
}

package koker.engine;

import java.io.ByteArrayOutputStream;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import koker.guide.Guide;
import koker.kernel.CloneFlag;
import koker.kernel.Event.Side;
import koker.kernel.Kernel;
import koker.kernel.SystemCall;
import koker.plan.HostStep;
import koker.plan.Lens;
import koker.plan.NamespaceStep;
import koker.plan.Plan;
import koker.plan.ProcessStep;
import koker.plan.Runner;
import koker.plan.Step;
import koker.plan.StepException;
import koker.plan.Stop;
import koker.plan.StoreStep;
import koker.plan.Unknown;
import koker.trace.Phase;
import koker.trace.Trace;

/** Shows each step before it is made, on the terminal that koker runs in, and lets the user look around, go on, or leave. */
public final class Stepper implements Consumer<Stop> {
    private static final String TERMINAL = "/dev/tty";
    private static final Set<CloneFlag> ALL = EnumSet.of(
            CloneFlag.CLONE_NEWNS,
            CloneFlag.CLONE_NEWUTS,
            CloneFlag.CLONE_NEWIPC,
            CloneFlag.CLONE_NEWPID,
            CloneFlag.CLONE_NEWNET,
            CloneFlag.CLONE_NEWCGROUP);

    private static final String HELP = """
            Enter   make this step          n       make all steps of this phase
            c       make all steps          b NAME  make all steps up to the next one of that name
            e       what is it for?         d       what did the last steps change?
            p       what is there now?      s       a shell on the host
            q       undo all, and leave     i       a shell where the container is by now
            """;

    private final Trace trace;
    private final InputStream in;
    private final PrintStream out;
    private final Set<String> watched = new LinkedHashSet<>();
    private Snapshot before;
    private int number;
    private Goal goal = new Goal.NextStep();

    /** Where to stop next. */
    private sealed interface Goal {
        record NextStep() implements Goal {}

        record NextPhase(Phase now) implements Goal {}

        record StepOf(String name) implements Goal {}

        record End() implements Goal {}
    }

    /**
     * One that asks on the terminal.
     *
     * @throws EngineException if there is none
     */
    public Stepper(Trace trace) {
        this.trace = trace;
        try {
            in = new FileInputStream(TERMINAL);
            out = new PrintStream(new FileOutputStream(TERMINAL), true, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new EngineException("--step needs a terminal: " + e.getMessage());
        }
    }

    /**
     * Asks before a step, if this is where to stop.
     *
     * @throws EngineException if the user wants to leave
     */
    @Override
    public synchronized void accept(Stop stop) {
        number++;
        if (stop.step() instanceof HostStep.WriteCgroup write) {
            watched.add(write.file());
        }
        if (!isGoal(stop.step())) {
            return;
        }
        var now = Snapshot.of(stop.pid(), watched);
        show(stop.step());
        while (!obey(stop, now)) {
            // until it is to go on
        }
        before = now;
    }

    private boolean isGoal(Step step) {
        return switch (goal) {
            case Goal.NextStep _ -> true;
            case Goal.NextPhase(var phase) -> phase(step) != phase;
            case Goal.StepOf(var name) -> step.name().equals(name);
            case Goal.End _ -> false;
        };
    }

    /** Does what the user says next; returns whether the step is to be made now. */
    private boolean obey(Stop stop, Snapshot now) {
        out.print("step> ");
        var words = read().strip().split(" +", 2);
        switch (words[0]) {
            case "" -> goal = new Goal.NextStep();
            case "n" -> goal = new Goal.NextPhase(phase(stop.step()));
            case "c" -> goal = new Goal.End();
            case "b" -> {
                if (words.length < 2 || Guide.instance().step(words[1]).isEmpty()) {
                    out.println("there is no such step; " + Guide.instance().insteadOfStep(words[words.length - 1]));
                    return false;
                }
                goal = new Goal.StepOf(words[1]);
            }
            case "q" -> {
                goal = new Goal.End();
                throw new EngineException("left before step " + number + ", "
                        + stop.step().title() + ": "
                        + (stop.step() instanceof StoreStep
                                ? "what has come is kept for the next pull"
                                : "what was made is undone"));
            }
            default -> {
                look(words[0], stop, now);
                return false;
            }
        }
        return true;
    }

    private void look(String command, Stop stop, Snapshot now) {
        switch (command) {
            case "e" -> explain(stop.step());
            case "d" -> changes(now);
            case "p" -> picture(now);
            case "s" -> host();
            case "i" -> inside(stop.pid());
            default -> out.print(HELP);
        }
    }

    /** What is typed in a line, and no more: what follows may be for a shell. */
    private String read() {
        var line = new ByteArrayOutputStream();
        try {
            for (var next = in.read(); next != '\n'; next = in.read()) {
                if (next < 0) {
                    return "q";
                }
                line.write(next);
            }
            return line.toString(StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new EngineException("cannot read from " + TERMINAL + ": " + e.getMessage());
        }
    }

    private void show(Step step) {
        var unknown = new Unknown();
        var text = new StringBuilder(step.title());
        step.about()
                .forEach((name, value) ->
                        text.append(' ').append(name).append('=').append(value));
        out.printf("%n%d  %s, %s%n   %s%n", number, where(step), phase(step).title(), unknown.name(text.toString()));
        for (var call : step.calls()) {
            if (call.operation() instanceof SystemCall) { // and no arithmetic of the stub's
                out.println("     " + unknown.name(call.show(unknown.results())));
            }
        }
    }

    private static String where(Step step) {
        return step.side() == Side.HOST ? "on the host" : "in the container";
    }

    private static Phase phase(Step step) {
        return Phase.of(step.name(), step.side());
    }

    private void explain(Step step) {
        Guide.instance().titled(step.title()).ifPresent(entry -> {
            entry.sentences(step.about()).forEach(out::println);
            if (!entry.without().isEmpty()) {
                out.println("Without it: " + entry.without());
            }
            out.println("Read on: " + entry.see());
        });
    }

    private void changes(Snapshot now) {
        var changes = before == null ? List.<String>of() : now.since(before);
        if (changes.isEmpty()) {
            out.println("nothing that shows in mounts, links, addresses, namespaces or cgroups");
        }
        changes.forEach(out::println);
    }

    private void picture(Snapshot now) {
        out.println("namespaces");
        now.namespaces().forEach(line -> out.println("  " + line));
        out.println("network");
        now.network().forEach(line -> out.println("  " + line));
        out.println("cgroup files");
        now.files().forEach(line -> out.println("  " + line));
        out.println("mounts");
        now.mounts().forEach(line -> out.println("  " + line));
    }

    private void host() {
        var shell = System.getenv().getOrDefault("SHELL", "/bin/sh");
        out.println("a shell on the host; come back with: exit");
        try {
            new ProcessBuilder(shell).inheritIO().start().waitFor();
        } catch (IOException e) {
            out.println("cannot start " + shell + ": " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Where the process is, which waits meanwhile: before it has entered its root, that is still the host's. */
    private void inside(int pid) {
        if (pid == 0) {
            out.println("there is no process yet");
            return;
        }
        out.println("a shell in the namespaces of process " + pid + "; come back with: exit");
        var kernel = new Kernel(trace);
        var plan = new Plan(List.of(
                new HostStep.Clone(Set.of()),
                new NamespaceStep.JoinNamespaces(pid, ALL),
                new NamespaceStep.EnterPidNamespace(),
                new ProcessStep.Meet("the shell"),
                new ProcessStep.Exec(
                        List.of("/bin/sh", "/bin/busybox"),
                        List.of("sh"),
                        List.of(
                                "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
                                "TERM=" + System.getenv().getOrDefault("TERM", "dumb"))),
                new NamespaceStep.Leave()));
        try (var launch = new Runner(kernel, trace, Lens.CLEAR).launch(plan, List.of(0, 1, 2))) {
            launch.meet();
            launch.finish();
            launch.await();
        } catch (StepException e) {
            out.println("cannot start a shell there: " + e.getMessage());
        }
    }
}

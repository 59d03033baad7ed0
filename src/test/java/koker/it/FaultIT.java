package koker.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import koker.cgroup.Cgroups;
import koker.plan.NamespaceStep;
import koker.plan.Step;
import koker.runtime.Planner;
import koker.spec.Spec;
import koker.spec.SpecFile;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Makes each step of a plan fail in turn: what failed is said in one line, and nothing is left. */
class FaultIT {
    @RegisterExtension
    static final Host host = new Host();

    @TestFactory
    Stream<DynamicTest> eachStepOfARichPlanFails() throws IOException {
        var folder = Files.createDirectory(host.work().resolve("folder"));
        return eachFails(
                "-m",
                "50m",
                "--cpus",
                "0.5",
                "--pids",
                "50",
                "-v",
                folder + ":/data:ro",
                "--tmpfs",
                "/t",
                "-u",
                "mail:77",
                "--ulimit",
                "nofile=100",
                "--init",
                "--read-only",
                "-w",
                "/new/folder",
                "-t");
    }

    @TestFactory
    Stream<DynamicTest> eachStepOfAPlainPlanFails() throws IOException {
        return eachFails();
    }

    @TestFactory
    Stream<DynamicTest> eachStepOfASupervisorFails() {
        // A new session is the supervisor's first, and then the container's; what comes after the last meeting, nobody
        // is told of.
        return Stream.of(
                        List.of("new-session#1", "New session"),
                        List.of("name-process", "Name process"),
                        List.of("shed-memory", "Shed memory"),
                        List.of("keep-descriptors", "Keep descriptors"),
                        List.of("change-folder#1", "Change folder"),
                        List.of("meet#1", "Meet koker"),
                        List.of("take-terminal", "Take terminal"),
                        List.of("meet#2", "Meet koker"),
                        List.of("clone", "Clone process"),
                        List.of("close-descriptors", "Close descriptors"),
                        List.of("new-session#2", "New session"),
                        List.of("open-terminal", "Open terminal"),
                        List.of("meet#3", "Meet koker"),
                        List.of("meet#4", "Meet koker"),
                        List.of("change-folder#2", "Change folder"),
                        List.of("exec", "Execute"))
                .map(fault -> DynamicTest.dynamicTest(
                        fault.getFirst(), () -> fails(fault.getFirst(), fault.getLast(), "-d", "-t", "-m", "50")));
    }

    @TestFactory
    Stream<DynamicTest> eachStepOfAFurtherCommandFails() {
        return Stream.of("-i", "-t", "-d")
                .map(option -> DynamicTest.dynamicTest("exec " + option, () -> eachStepOfAFurtherCommandFails(option)));
    }

    private static void eachStepOfAFurtherCommandFails(String option) throws IOException {
        host.koker("-q", "run", "-d", "--name", "running", "busybox", "sleep", "1000")
                .run()
                .succeeded();
        try {
            var bundle = host.root().resolve("names/running").toRealPath();
            var spec = SpecFile.read(bundle);
            var process = spec.process();
            var terminal = new Spec.Process(
                    option.equals("-t"),
                    null,
                    process.user(),
                    process.args(),
                    process.env(),
                    process.cwd(),
                    process.capabilities(),
                    process.rlimits(),
                    process.noNewPrivileges(),
                    process.oomScoreAdj(),
                    process.apparmorProfile(),
                    process.selinuxLabel());
            var steps = new Planner(spec.with(terminal), bundle, Cgroups.ofHost())
                    .join(1, !option.equals("-d"))
                    .steps();
            var seen = new HashMap<String, Integer>();
            for (var step : steps) {
                var fault = step.name() + "#" + seen.merge(step.name(), 1, Integer::sum);
                if (step instanceof NamespaceStep.Leave) {
                    continue; // of the process outside, when all is done
                }
                failed(
                        host.koker("-q", "exec", option, "--fail", fault + "=EIO", "running", "true")
                                .run(),
                        step.title());
            }
            var left = host.koker("-q", "exec", "running", "sh", "-c", "cat /proc/[0-9]*/comm")
                    .run()
                    .succeeded();
            assertEquals("sleep\ncat\n", left.out(), "a process is left");
        } finally {
            host.koker("-q", "rm", "-f", "running").run().succeeded();
        }
    }

    private static Stream<DynamicTest> eachFails(Object... options) throws IOException {
        var seen = new HashMap<String, Integer>();
        var faults = new ArrayList<DynamicTest>();
        for (var step : steps(options)) {
            var nth = seen.merge(step.name(), 1, Integer::sum);
            if (step.calls().isEmpty()) {
                continue; // the root is a folder that is always there
            }
            faults.add(DynamicTest.dynamicTest(step.name() + "#" + nth, () -> fails(step, nth, options)));
        }
        faults.add(DynamicTest.dynamicTest(
                "close-descriptors", () -> fails("close-descriptors", "Close descriptors", options)));
        return faults.stream();
    }

    /** The steps of a container with those options: as koker plans them from the config.json that it has written. */
    private static List<Step> steps(Object... options) throws IOException {
        host.run(Command.words(options), "--name", "planned", "busybox", "true").run();
        var bundle = host.root().resolve("names/planned").toRealPath();
        var steps = new Planner(SpecFile.read(bundle), bundle, Cgroups.ofHost())
                .plan()
                .steps();
        host.koker("-q", "container", "rm", "planned").run().succeeded();
        assertTrue(steps.size() > 50, steps::toString);
        return steps;
    }

    private static void fails(Step step, int nth, Object... options) throws IOException {
        var about = step.about().entrySet().stream()
                .filter(field -> !field.getValue().toString().contains("koker-"))
                .filter(field -> !field.getValue().toString().contains("/containers/"))
                .findFirst();
        var ended = fails(step.name() + "#" + nth, step.title(), options);
        about.ifPresent(field -> assertTrue(ended.errors().contains(field.getKey() + "="), ended::errors));
    }

    private static Command.Ended fails(String fault, String title, Object... options) throws IOException {
        var ended = host.run(Command.words(options), "--fail", fault + "=EIO", "busybox", "true")
                .run();
        failed(ended, title);
        host.assertUnchanged();
        return ended;
    }

    private static void failed(Command.Ended ended, String title) {
        assertEquals(1, ended.errors().lines().count(), ended::errors);
        assertTrue(ended.errors().startsWith("koker: "), ended::errors);
        assertTrue(ended.errors().contains(title), ended::errors);
        assertTrue(ended.errors().contains("(EIO)"), ended::errors);
        assertEquals("", ended.out());
        var command = Map.of("Execute", 126, "Start init", 126);
        assertEquals(command.getOrDefault(title, 125), ended.status(), ended::errors);
    }
}

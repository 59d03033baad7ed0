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
import koker.plan.Step;
import koker.runtime.Planner;
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
        var ended = host.run(Command.words(options), "--fail", fault + "=EPERM", "busybox", "true")
                .run();
        assertEquals(1, ended.errors().lines().count(), ended::errors);
        assertTrue(ended.errors().startsWith("koker: "), ended::errors);
        assertTrue(ended.errors().contains(title), ended::errors);
        assertTrue(ended.errors().contains("(EPERM)"), ended::errors);
        assertEquals("", ended.out());
        var command = Map.of("Execute", 126, "Start init", 126);
        assertEquals(command.getOrDefault(title, 125), ended.status(), ended::errors);
        host.assertUnchanged();
        return ended;
    }
}

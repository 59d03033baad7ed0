package koker.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Kills koker, a container's supervisor, or its first process, at any moment of a container's life: the next command shows the right state,
 * and when the container is removed nothing is left.
 */
@Timeout(150)
class LifecycleKillIT {
    private static final int MOMENTS = 100;
    private static final int LANES = 4;
    private static final int VERBS = 5;

    @RegisterExtension
    static final Host host = new Host();

    /** Who is killed, and within how many milliseconds. */
    private enum Victim {
        KOKER(250),
        SUPERVISOR(80),
        CONTAINER(80);

        private final int latest;

        Victim(int latest) {
            this.latest = latest;
        }
    }

    @AfterEach
    void removeAll() {
        var all = host.root().resolve("containers").toFile().list();
        if (all != null && all.length > 0) {
            koker("rm", "-f", List.of(all)).run();
        }
    }

    private static Command koker(Object... words) {
        return host.koker("-q", Command.words(words));
    }

    @ParameterizedTest
    @EnumSource(Victim.class)
    void atSomeMoment(Victim victim) throws Exception {
        // Several at once, as most of the time is spent waiting; each lane has a container of its own.
        try (var lanes = Executors.newFixedThreadPool(LANES)) {
            var rounds = IntStream.range(0, MOMENTS)
                    .<Callable<Void>>mapToObj(i -> () -> {
                        round(victim, i);
                        return null;
                    })
                    .toList();
            for (var round : lanes.invokeAll(rounds)) {
                round.get();
            }
        }
        assertEquals(Set.of(), host.remainingProcesses());
    }

    private static void round(Victim victim, int number) throws IOException {
        // The same moments in each run, as far as the machine has it.
        var random = new Random(number);
        var name = "c" + number;
        var verb = number % VERBS;
        if (verb == 1) {
            koker("create", "--name", name, "busybox", "sleep", "1000").run().succeeded();
        } else if (verb > 1) {
            var checks =
                    number % 3 == 0 ? List.of("--health-cmd", "true", "--health-interval", "50ms") : List.<String>of();
            koker("run", "-d", "--name", name, checks, "busybox", "sleep", "1000")
                    .run()
                    .succeeded();
        }
        var killed = verb == 0 ? Optional.<ProcessHandle>empty() : process(victim, name);
        var running =
                switch (verb) {
                    case 0 -> koker("run", "-d", "--name", name, "busybox", "sleep", "1000");
                    case 1 -> koker("start", name);
                    case 2 -> koker("exec", name, "sleep", "0.1");
                    case 3 -> koker("stop", "-t", "0", name);
                    default -> koker("rm", "-f", name);
                };
        var begun = running.start();
        LockSupport.parkNanos(random.nextInt(victim.latest * 1000) * 1000L);
        if (victim == Victim.KOKER) {
            // Not by Process, which would also close the streams that are just being read.
            begun.process().toHandle().destroyForcibly();
        } else {
            killed.or(() -> process(victim, name)).ifPresent(ProcessHandle::destroyForcibly);
        }
        begun.end();
        check(name, verb + " of " + victim + " in round " + number);
        var removed = koker("rm", "-f", name).run();
        assertTrue(removed.status() == 0 || removed.errors().contains("no container"), removed::errors);
        assertFalse(states().containsKey(name));
    }

    /** The supervisor of a container, or its first process, if it has one. */
    private static Optional<ProcessHandle> process(Victim victim, String name) {
        var field = victim == Victim.SUPERVISOR ? "keeper" : "process";
        return number(name, field).flatMap(ProcessHandle::of);
    }

    private static Optional<Long> number(String name, String field) {
        try {
            var file = host.root().resolve("names").resolve(name).resolve("state.json");
            var found = Pattern.compile("\"" + field + "\": \\{\\s*\"pid\": ([0-9]+)")
                    .matcher(Files.readString(file));
            return found.find() ? Optional.of(Long.parseLong(found.group(1))) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** What koker says of the container is so, as soon as those who were killed are gone. */
    private static void check(String name, String what) throws IOException {
        Poll.until("what koker says is so: " + what, () -> {
            var state = states().get(name);
            if (state == null) {
                return !Files.exists(host.root().resolve("names").resolve(name));
            }
            var id = host.root().resolve("names").resolve(name).toRealPath().getFileName();
            var processes = processes(id.toString());
            return state.equals("running")
                    ? number(name, "process").filter(processes::contains).isPresent()
                    : Set.of("created", "stopped").contains(state) && processes.isEmpty();
        });
    }

    /** The processes in a container's cgroup. */
    private static Set<Long> processes(String id) throws IOException {
        for (var hierarchy : List.of("/sys/fs/cgroup/pids", "/sys/fs/cgroup")) {
            var file = Path.of(hierarchy, "koker-" + id, "cgroup.procs");
            if (Files.exists(file)) {
                return Files.readAllLines(file).stream().map(Long::parseLong).collect(Collectors.toSet());
            }
        }
        return Set.of();
    }

    private static Map<String, String> states() {
        return koker("ps", "-a", "--format", "{{.Names}}={{.State}}").run().succeeded().lines().stream()
                .map(line -> line.split("="))
                .collect(Collectors.toMap(words -> words[0], words -> words[1]));
    }

    @Test
    void afterAReboot() throws IOException {
        koker("run", "-d", "--name", "ran", "busybox", "sleep", "1000").run().succeeded();
        koker("run", "-d", "--name", "again", "--restart", "always", "busybox", "sleep", "1000")
                .run()
                .succeeded();
        koker("run", "-d", "--rm", "--name", "gone", "busybox", "sleep", "1000")
                .run()
                .succeeded();
        koker("create", "--name", "made", "busybox", "true").run().succeeded();
        koker("run", "-d", "--name", "ended", "busybox", "sh", "-c", "exit 3")
                .run()
                .succeeded();
        assertEquals("3\n", koker("wait", "ended").run().succeeded().out());
        for (var name : List.of("ran", "again", "gone")) {
            process(Victim.SUPERVISOR, name).orElseThrow().destroyForcibly();
            process(Victim.CONTAINER, name).ifPresent(ProcessHandle::destroyForcibly);
        }
        Poll.until("all are dead", () -> host.remainingProcesses().isEmpty());
        host.forgetRun();
        assertEquals(Map.of("ran", "stopped", "again", "stopped", "made", "created", "ended", "stopped"), states());
        assertEquals("3\n137\n", koker("wait", "ended", "ran").run().succeeded().out());
        koker("start", "ran", "true").run().succeeded();
        koker("start", "made", "true").run().succeeded();
    }
}

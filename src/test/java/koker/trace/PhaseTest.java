package koker.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import koker.kernel.Event.Side;
import koker.plan.Step;
import org.junit.jupiter.api.Test;

/** The parts of a container's life: each kind of step belongs to one, and to one only. */
class PhaseTest {
    private static Stream<Class<?>> kinds(Class<?> type) {
        return type.isSealed()
                ? Arrays.stream(type.getPermittedSubclasses()).flatMap(PhaseTest::kinds)
                : Stream.of(type);
    }

    /** As {@link Step#name} has it, which needs a step. */
    private static String name(Class<?> kind) {
        return kind.getSimpleName().replaceAll("(?<=.)(?=[A-Z])", "-").toLowerCase();
    }

    @Test
    void everyKindOfStepBelongsToOnePhase() {
        var kinds = kinds(Step.class).map(PhaseTest::name).toList();
        assertTrue(kinds.contains("enter-root") && kinds.size() > 60, kinds.toString());
        var lost = kinds.stream()
                .filter(name -> Arrays.stream(Phase.values())
                                .filter(phase -> phase.names().contains(name))
                                .count()
                        != 1)
                .toList();
        assertEquals(List.of(), lost);
    }

    @Test
    void whatAHookDoesIsItsOwn() {
        assertEquals(Phase.HOOKS, Phase.of("run-hook", Side.HOST));
        assertEquals(Phase.HOOKS, Phase.of("join-cgroup", Side.HOOK));
        assertEquals(Phase.HOOKS, Phase.of("exec", Side.HOOK));
    }

    @Test
    void aProgramBesideAContainerIsTheFirewalls() {
        assertEquals(Phase.RUN, Phase.of("exec", Side.CONTAINER));
        assertEquals(Phase.NETWORK, Phase.of("exec", Side.HELPER));
    }
}

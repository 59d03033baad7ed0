package koker.plan;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import koker.kernel.CloneFlag;
import koker.kernel.Operation;
import org.junit.jupiter.api.Test;

/** Steps as they look through a lens: some fail, some are left out, and what is not there is refused. */
class LensTest {
    private static final List<Step> STEPS = List.of(
            new HostStep.Clone(EnumSet.of(CloneFlag.CLONE_NEWNS)),
            new MountStep.IsolateMounts(),
            new MountStep.Mount("tmpfs", "tmpfs", "/a", Set.of(), ""),
            new MountStep.EnterRoot("/a"),
            new MountStep.Mount("proc", "proc", "/proc", Set.of(), ""));

    private static Lens failing(String fault) {
        return new Lens(List.of(Fault.parse(fault)), List.of(), Optional.empty());
    }

    private static Lens omitting(String step) {
        return new Lens(List.of(), List.of(Lens.omission(step)), Optional.empty());
    }

    /** Each call as it is made; one that only fails in brackets. */
    private static List<String> seen(Lens lens) {
        var view = new View(lens, List.of());
        var shown = new ArrayList<String>();
        for (var step : STEPS) {
            for (var entry : view.entries(step)) {
                var name = entry.planned().operation().toString();
                assertEquals(entry.fault().isPresent(), entry.call().operation() instanceof Operation.Special);
                shown.add(
                        entry.fault().isPresent()
                                ? "[" + name + " " + entry.fault().get() + "]"
                                : name);
            }
        }
        return shown;
    }

    @Test
    void theFirstCallOfAStepFails() {
        assertEquals(
                List.of("clone3", "mount", "mount", "[chdir EPERM]", "pivot_root", "umount2", "chdir", "mount"),
                seen(failing("enter-root=EPERM")));
    }

    @Test
    void orTheCallThatIsNamed() {
        assertEquals(
                List.of("clone3", "mount", "mount", "chdir", "[pivot_root EINVAL]", "umount2", "chdir", "mount"),
                seen(failing("pivot_root=EINVAL")));
        assertEquals("[chdir EIO]", seen(failing("chdir#2=EIO")).get(6));
    }

    @Test
    void stepsOfANameAreCounted() {
        assertEquals(
                List.of("clone3", "mount", "mount", "chdir", "pivot_root", "umount2", "chdir", "[mount ENODEV]"),
                seen(failing("mount#2=ENODEV")));
    }

    @Test
    void aStepIsLeftOut() {
        assertEquals(
                List.of("clone3", "mount", "chdir", "pivot_root", "umount2", "chdir", "mount"),
                seen(omitting("mount")));
    }

    @Test
    void mountsAreNeverSharedWithTheHost() {
        var view = new View(omitting("isolate-mounts"), List.of());
        var calls = view.entries(new MountStep.IsolateMounts()).stream()
                .map(entry -> entry.call().show(_ -> 0))
                .toList();
        // A slave that is shared has a group of its own: the host, its master, is not told.
        assertEquals(
                List.of(
                        "mount(NULL, \"/\", NULL, MS_REC|MS_SLAVE, NULL)",
                        "mount(NULL, \"/\", NULL, MS_REC|MS_SHARED, NULL)"),
                calls);
    }

    @Test
    void whatOthersNeedCannotBeLeftOut() {
        for (var step : List.of("clone", "enter-root", "exec", "meet", "take-along", "join-namespaces", "make-veth")) {
            var refusal = assertThrows(IllegalArgumentException.class, () -> Lens.omission(step));
            assertTrue(
                    refusal.getMessage().startsWith("the step " + step + " cannot be left out: "), refusal::getMessage);
        }
    }

    /** No step that may be left out has a result that another one asks for by its label; but that of its own calls. */
    @Test
    void noOtherStepAsksForWhatMayBeLeftOut() {
        for (var each : StepTest.steps()) {
            var labels = each.step().calls().stream()
                    .map(call -> call.label())
                    .filter(label -> !label.isEmpty())
                    .toList();
            var shared = List.of(
                    HostStep.OpenCgroup.CGROUP,
                    HostStep.Clone.PROCESS,
                    HostStep.LeaseAddress.MADE,
                    NamespaceStep.EnterPidNamespace.PROCESS,
                    ProcessStep.OpenTerminal.MASTER,
                    LinkStep.SOCKET);
            if (labels.stream().anyMatch(shared::contains) || each.step() instanceof MountStep.TakeAlong) {
                assertThrows(IllegalArgumentException.class, () -> Lens.omission(each.name()), each.name());
            }
        }
    }

    @Test
    void aStepThatIsNotThereIsNamed() {
        assertRefused(
                "there is no step 'mask' to fail; there are: clone isolate-mounts mount enter-root", "mask=EPERM");
        assertRefused("there are only 2 steps 'mount', so there is no #3 to fail", "mount#3=EPERM");
        assertRefused("there is only 1 call 'pivot_root', so there is no #2 to fail", "pivot_root#2=EPERM");
        var refusal = assertThrows(
                IllegalArgumentException.class, () -> omitting("mask").check(STEPS, List.of()));
        assertTrue(refusal.getMessage().startsWith("there is no step 'mask' to leave out; "), refusal::getMessage);
    }

    @Test
    void stepsThatAreMadeBesideCount() {
        assertDoesNotThrow(() -> failing("make-veth=EPERM").check(STEPS, List.of("make-veth")));
        assertDoesNotThrow(() -> failing("setns=EPERM").check(STEPS, List.of("open-netlink-inside")));
    }

    @Test
    void whereNobodyKnowsHowManyThereWillBeTheNameIsEnough() {
        var kinds = List.of("fetch-blob", "keep-blob");
        assertDoesNotThrow(() -> failing("keep-blob#7=EIO").checkKinds(kinds));
        assertDoesNotThrow(() -> failing("renameat2#7=EIO").checkKinds(kinds));
        assertDoesNotThrow(() -> omitting("name-image#2").checkKinds(List.of("name-image")));
        for (var other : List.of("clone=EIO", "clone3=EIO")) {
            var refusal = assertThrows(
                    IllegalArgumentException.class, () -> failing(other).checkKinds(kinds));
            assertTrue(refusal.getMessage().contains("; there are: "), refusal::getMessage);
        }
        assertThrows(
                IllegalArgumentException.class, () -> omitting("set-hostname").checkKinds(kinds));
    }

    private static void assertRefused(String message, String fault) {
        var refusal = assertThrows(
                IllegalArgumentException.class, () -> failing(fault).check(STEPS, List.of()));
        assertEquals(message, refusal.getMessage());
    }

    @Test
    void whatIsClearChangesNothing() {
        assertTrue(Lens.CLEAR.isClear());
        assertEquals(
                Arrays.asList("clone3", "mount", "mount", "chdir", "pivot_root", "umount2", "chdir", "mount"),
                seen(Lens.CLEAR));
    }
}

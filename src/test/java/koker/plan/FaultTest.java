package koker.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import koker.kernel.Errno;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which step is to fail, and how, as the command line says it. */
class FaultTest {
    @ParameterizedTest
    @CsvSource({
        "mount#2=EINVAL, mount, 2, EINVAL",
        "enter-root=EPERM, enter-root, 1, EPERM",
        "pivot_root=EINVAL, pivot_root, 1, EINVAL",
        "exec#9999=E2BIG, exec, 9999, E2BIG"
    })
    void aFaultIsRead(String text, String step, int nth, Errno errno) {
        assertEquals(new Fault(new NthStep(step, nth), errno), Fault.parse(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "mount",
                "mount=",
                "=EPERM",
                "mount#0=EPERM",
                "mount#-1=EPERM",
                "mount#x=EPERM",
                "mount#=EPERM",
                "mount=EWHAT",
                "mount=EPERMANENT",
                "mount=1",
                "Mount=EPERM",
                "mount#10000=EPERM",
                "mount=EPERM "
            })
    void anythingElseIsNone(String text) {
        assertThrows(IllegalArgumentException.class, () -> Fault.parse(text));
    }

    @Test
    void aStepThatKokerDoesNotHaveIsRefusedWithItsNeighbours() {
        var refusal = assertThrows(IllegalArgumentException.class, () -> Fault.parse("piwot_root=EINVAL"));
        assertTrue(refusal.getMessage().contains("did you mean pivot_root"), refusal::getMessage);
    }
}

package koker.plan;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import koker.kernel.Errno;
import org.junit.jupiter.api.Test;

/** Which step is to fail, and whether there is one. */
class FaultTest {
    private static final List<String> NAMES = List.of("clone", "mount", "mount");

    @Test
    void stepNumberAndError() {
        assertEquals(new Fault("enter-root", 1, Errno.EPERM), Fault.parse("enter-root=EPERM"));
        assertEquals(new Fault("mount", 2, Errno.EINVAL), Fault.parse("mount#2=EINVAL"));
    }

    @Test
    void whatIsNotOfThatFormIsRefused() {
        for (var text :
                List.of("", "mount", "mount=", "=EPERM", "mount#0=EPERM", "mount#-1=EPERM", "mount=EPERMANENT")) {
            assertThrows(IllegalArgumentException.class, () -> Fault.parse(text), text);
        }
    }

    @Test
    void aStepThatIsThereCanFail() {
        assertDoesNotThrow(() -> Fault.parse("clone=EPERM").check(NAMES));
        assertDoesNotThrow(() -> Fault.parse("mount#2=EPERM").check(NAMES));
    }

    @Test
    void aStepThatIsNotThereIsNamed() {
        assertRefused("there is no step 'umount' to fail; there are: clone mount", "umount=EPERM");
        assertRefused("there are only 2 steps 'mount', so #3 cannot fail", "mount#3=EPERM");
    }

    private static void assertRefused(String message, String fault) {
        var refusal = assertThrows(
                IllegalArgumentException.class, () -> Fault.parse(fault).check(NAMES));
        assertEquals(message, refusal.getMessage());
    }
}

package koker.runtime;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import koker.kernel.KernelException;
import koker.spec.Seccomp;
import org.junit.jupiter.api.Test;

class VocabularyTest {
    /** libseccomp makes no filter for architectures of both orders of bytes; but it knows them all. */
    @Test
    void architecturesOfFiltersAreKnown() {
        for (var architecture : Vocabulary.architectures()) {
            try {
                CallFilter.of(new Seccomp("SCMP_ACT_ALLOW", null, List.of(architecture), null, null, null, List.of()));
            } catch (KernelException e) {
                assertTrue(e.getMessage().contains("EDOM"), architecture + ": " + e.getMessage());
            }
        }
    }

    @Test
    void optionsOfMountsAreNoFileSystemsOwn() {
        for (var option : Vocabulary.mountOptions()) {
            assertTrue(MountOptions.parse(List.of(option)).data().isEmpty(), option);
        }
        assertFalse(MountOptions.parse(List.of("size=1m")).data().isEmpty());
    }
}

package koker.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the kernel says of who a process runs as. */
class CredentialsTest {
    private static final String STATUS = """
            Name:\tUid:
            Uid:\t1\t7\t3\t4
            Gid:\t5\t4294967294\t7\t8
            CapInh:\t0000000000000003
            CapPrm:\t0000000000000021
            CapEff:\t0000000000000001
            """;

    @Test
    void theEffectiveOnesCount() {
        var credentials = Credentials.of(STATUS);
        assertEquals(7, credentials.uid());
        assertEquals(4294967294L, credentials.gid());
        assertEquals(EnumSet.of(Capability.CAP_CHOWN, Capability.CAP_KILL), credentials.permitted());
        assertFalse(credentials.isRoot());
    }

    @Test
    void whoOneIsOutsideIsMapped() {
        var mappings = List.of("         0       1000          1", "         1     100000      65536");
        assertEquals(1000, Credentials.outside(0, mappings));
        assertEquals(100006, Credentials.outside(7, mappings));
        assertEquals(70000, Credentials.outside(70000, mappings));
    }

    @Test
    void rootIsWhoHasTheNumber() {
        assertTrue(Credentials.of(STATUS.replace("\t7\t3", "\t0\t3")).isRoot());
        assertFalse(Credentials.of(STATUS.replace("\t1\t7", "\t0\t7")).isRoot());
    }
}

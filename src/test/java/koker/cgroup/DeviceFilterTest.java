package koker.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import koker.spec.Spec;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeviceFilterTest {
    private static final List<Spec.DeviceRule> RULES = List.of(
            new Spec.DeviceRule(false, "a", null, null, "rwm"),
            new Spec.DeviceRule(true, "c", null, null, "m"),
            new Spec.DeviceRule(true, "c", 1L, 3L, "rwm"),
            new Spec.DeviceRule(true, "b", 8L, null, "r"),
            new Spec.DeviceRule(false, "b", 8L, 1L, null));

    @ParameterizedTest
    @CsvSource({
        "c, m, 5, 7, 1",
        "c, r, 5, 7, 0",
        "c, rm, 5, 7, 0",
        "b, m, 5, 7, 0",
        "c, rwm, 1, 3, 1",
        "c, w, 1, 3, 1",
        "c, w, 1, 4, 0",
        "c, w, 2, 3, 0",
        "b, r, 8, 0, 1",
        "b, rw, 8, 0, 0",
        "b, r, 8, 1, 0",
        "b, r, 1, 3, 0"
    })
    void theLastRuleThatFitsDecides(char type, String access, long major, long minor, long decision) {
        var bits = (access.contains("m") ? 1 : 0) | (access.contains("r") ? 2 : 0) | (access.contains("w") ? 4 : 0);
        assertEquals(decision, run(DeviceFilter.of(RULES), bits << 16 | (type == 'b' ? 1 : 2), major, minor));
    }

    /** What the kernel's interpreter does, for the few instructions that a filter has. */
    private static long run(List<Long> program, long... context) {
        var registers = new long[6];
        for (var at = 0; ; at++) {
            var instruction = program.get(at);
            var to = (int) (instruction >> 8 & 0xf);
            var from = registers[(int) (instruction >> 12 & 0xf)];
            var offset = (int) (instruction >> 16 & 0xffff);
            var number = instruction >> 32;
            switch ((int) (instruction & 0xff)) {
                case 0x61 -> registers[to] = context[offset / 4];
                case 0x54 -> registers[to] &= number;
                case 0x74 -> registers[to] >>= number;
                case 0xb4 -> registers[to] = number;
                case 0xbc -> registers[to] = from;
                case 0x55 -> at += registers[to] != number ? offset : 0;
                case 0x5d -> at += registers[to] != from ? offset : 0;
                case 0x95 -> {
                    return registers[0];
                }
                default -> throw new IllegalStateException("instruction " + Long.toHexString(instruction));
            }
        }
    }
}

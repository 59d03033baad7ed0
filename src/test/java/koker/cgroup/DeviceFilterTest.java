package koker.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import koker.spec.Spec;
import org.junit.jupiter.api.Test;
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
        assertEquals(decision, decide(RULES, type, access, major, minor));
    }

    private static long decide(List<Spec.DeviceRule> rules, char type, String access, long major, long minor) {
        var bits = (access.contains("m") ? 1 : 0) | (access.contains("r") ? 2 : 0) | (access.contains("w") ? 4 : 0);
        return run(DeviceFilter.of(rules), bits << 16 | (type == 'b' ? 1 : 2), major, minor);
    }

    /** What is opened to read and to write asks for both at once. */
    @ParameterizedTest
    @CsvSource({
        "allow c 10:229 rwm; deny c 10:229 w, rw, 0",
        "allow c 10:229 rwm; deny c 10:229 w, w, 0",
        "allow c 10:229 rwm; deny c 10:229 w, r, 1",
        "allow c 10:229 rwm; deny c 10:229 w, rm, 1",
        "allow c 10:229 r; allow c 10:229 w, rw, 1",
        "allow c 10:229 r; allow c 10:229 w, rwm, 0",
        "allow c 10:* r; allow c *:229 w, rw, 1",
        "deny c 10:229 r; allow c 10:229 w, rw, 0",
        "allow a *:* rwm; deny c 10:* r, rw, 0",
        "allow a *:* rwm; deny c 10:* r, wm, 1",
        "allow a *:* rwm; deny c 10:* r; allow c 10:229 r, rw, 1",
        "allow a *:* rwm; deny c 10:* r; allow c 10:228 r, rw, 0",
        "allow a *:* r; deny b 10:229 rwm, r, 1",
        "allow a *:* r, rw, 0"
    })
    void eachKindOfAccessHasALastRule(String rules, String access, long decision) {
        assertEquals(decision, decide(DeviceRuleText.rules(rules), 'c', access, 10, 229));
    }

    @Test
    void whatIsAbsentOrMinusOneIsAll() {
        var rules = List.of(new Spec.DeviceRule(true, "", -1L, 229L, ""));
        assertEquals(1, decide(rules, 'b', "rwm", 10, 229));
        assertEquals(0, decide(rules, 'b', "rwm", 10, 228));
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
                case 0x15 -> at += registers[to] == number ? offset : 0;
                case 0x55 -> at += registers[to] != number ? offset : 0;
                case 0x95 -> {
                    return registers[0];
                }
                default -> throw new IllegalStateException("instruction " + Long.toHexString(instruction));
            }
        }
    }
}

package koker.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rules about devices become what the files devices.allow and devices.deny are to be written. */
class LegacyDevicesTest {
    private static String written(String rules) {
        return LegacyDevices.of(DeviceRuleText.rules(rules)).stream()
                .map(rule -> (rule.allow() ? "allow " : "deny ") + rule.devices())
                .collect(Collectors.joining("; "));
    }

    @ParameterizedTest
    @CsvSource({
        "deny a *:* rwm; allow c 1:3 rw; allow b 8:* m, deny a; allow c 1:3 rw; allow b 8:* m",
        "allow a *:* rwm; deny c 1:3 w, allow a; deny c 1:3 w",
        "allow c 1:3 rwm; deny c 1:3 w, allow c 1:3 rwm; deny c 1:3 w",
        "allow c 1:3 rwm; deny c 1:* wm, allow c 1:3 rwm; deny c 1:3 wm",
        "allow c 1:3 rwm; allow c 1:5 r; deny c *:* r, allow c 1:3 rwm; allow c 1:5 r; deny c 1:3 r; deny c 1:5 r",
        "allow c 1:3 rwm; deny b 1:3 rwm, allow c 1:3 rwm",
        "allow c 1:* m; deny c 1:3 rw, allow c 1:* m",
        "allow c 1:* rw; deny c 1:* w; deny c 1:3 w, allow c 1:* rw; deny c 1:* w",
        "allow a *:* r, allow b *:* r; allow c *:* r",
        "allow p 1:3 rwm, ''"
    })
    void whatTheyComeToIsWritten(String rules, String written) {
        assertEquals(written, written(rules));
    }

    @Test
    void whatVersion1WouldNotHeedIsRefused() {
        var e = assertThrows(CgroupException.class, () -> written("allow c 1:* rwm; deny c 1:3 w"));
        assertTrue(e.getMessage().contains("'c 1:3 w' cannot be denied after 'c 1:* rwm' was allowed"), e.getMessage());
        assertThrows(CgroupException.class, () -> written("allow a *:* rwm; deny c 1:* w; allow c 1:3 w"));
        assertThrows(CgroupException.class, () -> written("allow c 1:* rwm; deny c *:3 w"));
    }
}

package koker.runtime;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import koker.spec.Spec;

/**
 * Devices that a container may use: none but those that its rules allow, and some that it may use whatever these say (config-linux.md, default
 * devices), as other runtimes have it.
 */
final class DeviceRules {
    private static final Spec.DeviceRule NONE = new Spec.DeviceRule(false, "a", null, null, "rwm");

    private static final List<Spec.DeviceRule> DEFAULTS = List.of(
            rule("c", null, null, "m"),
            rule("b", null, null, "m"),
            rule("c", 1L, 3L, "rwm"),
            rule("c", 1L, 5L, "rwm"),
            rule("c", 1L, 7L, "rwm"),
            rule("c", 1L, 8L, "rwm"),
            rule("c", 1L, 9L, "rwm"),
            rule("c", 5L, 0L, "rwm"),
            rule("c", 5L, 2L, "rwm"),
            rule("c", 10L, 200L, "rwm"), // network tunnels, which runc took away once, and then gave back
            rule("c", 136L, null, "rwm"));

    private DeviceRules() {}

    /** The same limits; before the rules about devices there is one that denies all, and behind them are those that always hold. */
    static Spec.Resources withDefaults(Spec.Resources resources) {
        var rules = resources.devices();
        if (rules.size() == 1 && rules.getFirst().allow() && rules.getFirst().isAboutAll()) {
            return resources; // a privileged one
        }
        var all = new ArrayList<Spec.DeviceRule>();
        if (rules.isEmpty() || !rules.getFirst().isAboutAll()) {
            all.add(NONE);
        }
        all.addAll(rules);
        for (var rule : DEFAULTS) {
            if (!isLast(rules, rule)) {
                all.add(rule);
            }
        }
        return resources.withDevices(all);
    }

    /** Whether {@code rule} is there, and nothing is denied behind it. Not by a record's equals, which Java makes at its first use. */
    private static boolean isLast(List<Spec.DeviceRule> rules, Spec.DeviceRule rule) {
        for (var i = rules.size() - 1; i >= 0 && rules.get(i).allow(); i--) {
            var other = rules.get(i);
            if (other.type().equals(rule.type())
                    && Objects.equals(other.major(), rule.major())
                    && Objects.equals(other.minor(), rule.minor())
                    && other.access().equals(rule.access())) {
                return true;
            }
        }
        return false;
    }

    private static Spec.DeviceRule rule(String type, Long major, Long minor, String access) {
        return new Spec.DeviceRule(true, type, major, minor, access);
    }
}

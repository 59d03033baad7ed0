package koker.runtime;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import koker.spec.RecordCopy;
import koker.spec.Spec;

/** Devices that a container may use, whatever its rules say (config-linux.md, default devices), and as other runtimes have it. */
final class DeviceRules {
    private static final List<Spec.DeviceRule> DEFAULTS = List.of(
            rule("c", null, null, "m"),
            rule("b", null, null, "m"),
            rule("c", 1L, 3L, "rwm"),
            rule("c", 1L, 5L, "rwm"),
            rule("c", 1L, 7L, "rwm"),
            rule("c", 1L, 8L, "rwm"),
            rule("c", 1L, 9L, "rwm"),
            rule("c", 5L, 0L, "rwm"),
            rule("c", 5L, 1L, "rwm"),
            rule("c", 5L, 2L, "rwm"),
            rule("c", 136L, null, "rwm"));

    private DeviceRules() {}

    /** The same limits; if they have rules about devices, those that always hold come after them. */
    static Spec.Resources withDefaults(Spec.Resources resources) {
        if (resources.devices().isEmpty()) {
            return resources;
        }
        var all = new ArrayList<>(resources.devices());
        for (var rule : DEFAULTS) {
            if (!contains(resources.devices(), rule)) {
                all.add(rule);
            }
        }
        return all.size() == resources.devices().size() ? resources : RecordCopy.with(resources, "devices", all);
    }

    /** As List.contains, but without the method equals of a record, which Java makes at its first use. */
    private static boolean contains(List<Spec.DeviceRule> rules, Spec.DeviceRule rule) {
        for (var other : rules) {
            if (other.allow()
                    && Objects.equals(other.type(), rule.type())
                    && Objects.equals(other.major(), rule.major())
                    && Objects.equals(other.minor(), rule.minor())
                    && Objects.equals(other.access(), rule.access())) {
                return true;
            }
        }
        return false;
    }

    private static Spec.DeviceRule rule(String type, Long major, Long minor, String access) {
        return new Spec.DeviceRule(true, type, major, minor, access);
    }
}

package koker.cgroup;

import java.util.ArrayList;
import java.util.List;
import koker.plan.HostStep.RestrictDevices;
import koker.spec.Spec;

/**
 * Rules about devices as a cgroup of version 1 takes them (the kernel's security/device_cgroup.c): it allows all devices or none, but for
 * exceptions, which have no exceptions themselves.
 */
final class LegacyDevices {
    private final List<RestrictDevices.Rule> written = new ArrayList<>();
    private final List<Spec.DeviceRule> exceptions = new ArrayList<>();
    private boolean allowing; // all but the exceptions

    private LegacyDevices() {}

    /**
     * What is written, in this order.
     *
     * @throws CgroupException if version 1 has no way to say it
     */
    static List<RestrictDevices.Rule> of(List<Spec.DeviceRule> rules) {
        var devices = new LegacyDevices();
        for (var rule : rules) {
            if (rule.isAboutAll()) {
                devices.allowing = rule.allow();
                devices.exceptions.clear();
                devices.written.add(new RestrictDevices.Rule(rule.allow(), "a"));
            } else if (rule.type().equals("a")) {
                devices.add(of(rule, "b"));
                devices.add(of(rule, "c"));
            } else if (!rule.type().equals("p")) { // a named pipe is no device
                devices.add(rule);
            }
        }
        return devices.written;
    }

    private static Spec.DeviceRule of(Spec.DeviceRule rule, String type) {
        return new Spec.DeviceRule(rule.allow(), type, rule.major(), rule.minor(), rule.access());
    }

    private void add(Spec.DeviceRule rule) {
        if (rule.allow() != allowing) {
            exceptions.add(rule);
            written.add(new RestrictDevices.Rule(rule.allow(), text(rule, rule.access())));
            return;
        }
        for (var exceptions = this.exceptions.listIterator(); exceptions.hasNext(); ) {
            var exception = exceptions.next();
            var taken = kinds(exception, rule, true);
            if (meet(rule, exception) && !taken.isEmpty()) {
                if (!covers(rule.major(), exception.major()) || !covers(rule.minor(), exception.minor())) {
                    throw refusal(rule, exception);
                }
                // The kernel would look for an exception of just these numbers.
                written.add(new RestrictDevices.Rule(rule.allow(), text(exception, taken)));
                exceptions.remove();
                var left = kinds(exception, rule, false);
                if (!left.isEmpty()) {
                    exceptions.add(new Spec.DeviceRule(
                            exception.allow(), exception.type(), exception.major(), exception.minor(), left));
                }
            }
        }
    }

    private static CgroupException refusal(Spec.DeviceRule rule, Spec.DeviceRule exception) {
        return new CgroupException("linux.resources.devices: '" + text(rule, rule.access()) + "' cannot be "
                + (rule.allow() ? "allowed" : "denied") + " after '" + text(exception, exception.access()) + "' was "
                + (rule.allow() ? "denied" : "allowed")
                + ": cgroups of version 1 know no exceptions from exceptions; name each device by itself");
    }

    /** The kinds of access that {@code rule} is about, and that {@code other} is about, too, or is not. */
    private static String kinds(Spec.DeviceRule rule, Spec.DeviceRule other, boolean both) {
        var kinds = new StringBuilder();
        for (var kind : new char[] {'r', 'w', 'm'}) {
            if (rule.isAccess(kind) && other.isAccess(kind) == both) {
                kinds.append(kind);
            }
        }
        return kinds.toString();
    }

    private static boolean meet(Spec.DeviceRule one, Spec.DeviceRule other) {
        return one.type().equals(other.type()) && meet(one.major(), other.major()) && meet(one.minor(), other.minor());
    }

    private static boolean meet(Long one, Long other) {
        return one == null || other == null || one.equals(other);
    }

    private static boolean covers(Long one, Long other) {
        return one == null || one.equals(other);
    }

    private static String text(Spec.DeviceRule rule, String access) {
        var major = rule.major() == null ? "*" : rule.major().toString();
        var minor = rule.minor() == null ? "*" : rule.minor().toString();
        return rule.type() + " " + major + ":" + minor + " " + access;
    }
}

package koker.engine;

import java.util.ArrayList;
import java.util.List;
import koker.spec.Spec;

/**
 * A device of the host that a container is to have.
 *
 * @param target where it has it
 * @param access letters of "rwm": read, write, make a node
 */
public record DeviceRequest(HostDevice device, String target, String access) {
    /** None but those that every container has; a node of any other may be made, but not opened. As in Docker. */
    private static final List<Spec.DeviceRule> RULES = List.of(
            new Spec.DeviceRule(false, "a", null, null, "rwm"),
            allow("c", null, null, "m"),
            allow("b", null, null, "m"),
            allow("c", 1L, 3L, "rwm"), // null
            allow("c", 1L, 5L, "rwm"), // zero
            allow("c", 1L, 7L, "rwm"), // full
            allow("c", 1L, 8L, "rwm"), // random
            allow("c", 1L, 9L, "rwm"), // urandom
            allow("c", 5L, 0L, "rwm"), // tty
            allow("c", 5L, 1L, "rwm"), // console
            allow("c", 5L, 2L, "rwm"), // ptmx
            allow("c", 136L, null, "rwm")); // pts

    /**
     * Reads {@code /dev/fuse}, {@code /dev/sda:/dev/disk} or {@code /dev/sda:/dev/disk:r}.
     *
     * @throws IllegalArgumentException if it has another form, or there is no such device
     */
    public static DeviceRequest parse(String text) {
        var parts = text.split(":", -1);
        var last = parts[parts.length - 1];
        var hasAccess = parts.length > 1 && !last.startsWith("/");
        var paths = parts.length - (hasAccess ? 1 : 0);
        if (paths > 2 || hasAccess && !last.matches("[rwm]{1,3}")) {
            throw new IllegalArgumentException("'" + text + "' is not of the form DEVICE[:TARGET][:rwm]");
        }
        var target = paths == 2 ? parts[1] : parts[0];
        if (!target.startsWith("/")) {
            throw new IllegalArgumentException("the target of device '" + text + "' is not absolute");
        }
        return new DeviceRequest(HostDevice.of(parts[0]), target, hasAccess ? last : "rwm");
    }

    /** Which devices a container may use that has these beside the usual ones. */
    static List<Spec.DeviceRule> rules(List<DeviceRequest> requests) {
        if (requests.isEmpty()) {
            return RULES;
        }
        var rules = new ArrayList<>(RULES);
        for (var request : requests) {
            var device = request.device();
            rules.add(allow(device.type(), device.major(), device.minor(), request.access()));
        }
        return rules;
    }

    /** The node that is to be made. */
    Spec.Device node() {
        return new Spec.Device(
                target, device.type(), device.major(), device.minor(), device.mode(), device.uid(), device.gid());
    }

    private static Spec.DeviceRule allow(String type, Long major, Long minor, String access) {
        return new Spec.DeviceRule(true, type, major, minor, access);
    }
}

package koker.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import koker.spec.Spec;

/**
 * How fast a container may read and write block devices.
 *
 * @param weight its part when a device is busy, 10 to 1000
 * @param readBytes bytes a second, for each device
 * @param readOperations operations a second
 */
public record BlockLimits(
        Optional<Integer> weight,
        List<Spec.Throttle> readBytes,
        List<Spec.Throttle> writeBytes,
        List<Spec.Throttle> readOperations,
        List<Spec.Throttle> writeOperations) {
    static final BlockLimits NONE = new BlockLimits(Optional.empty(), List.of(), List.of(), List.of(), List.of());

    /**
     * A weight.
     *
     * @throws IllegalArgumentException if it is no number from 10 to 1000
     */
    public static int weight(String text) {
        return (int) Numbers.between(text, 10, 1000);
    }

    /**
     * {@code /dev/sda:10m}: bytes a second.
     *
     * @throws IllegalArgumentException if it has another form, or there is no such device
     */
    public static Spec.Throttle bytes(String text) {
        return throttle(text, Size.parse(rate(text), 1));
    }

    /**
     * {@code /dev/sda:100}: operations a second.
     *
     * @throws IllegalArgumentException if it has another form, or there is no such device
     */
    public static Spec.Throttle operations(String text) {
        return throttle(text, Numbers.between(rate(text), 1, Integer.MAX_VALUE));
    }

    private static String rate(String text) {
        var colon = text.lastIndexOf(':');
        if (colon < 1) {
            throw new IllegalArgumentException("'" + text + "' is not of the form DEVICE:RATE");
        }
        return text.substring(colon + 1);
    }

    private static Spec.Throttle throttle(String text, long rate) {
        var device = HostDevice.of(text.substring(0, text.lastIndexOf(':')));
        if (!device.type().equals("b")) {
            throw new IllegalArgumentException(device.path() + " is no block device");
        }
        return new Spec.Throttle(device.major(), device.minor(), rate);
    }

    /** Whether nothing is asked for. */
    boolean isEmpty() {
        // Not equals, for which Java first makes a method of each component's: that takes longer than all limits
        // together.
        return weight.isEmpty()
                && readBytes.isEmpty()
                && writeBytes.isEmpty()
                && readOperations.isEmpty()
                && writeOperations.isEmpty();
    }

    /** As config.json has it: {@code base}, which may be null, but for what is asked for here. */
    Spec.BlockIo over(Spec.BlockIo base) {
        if (isEmpty()) {
            return base;
        }
        var old = base == null ? new Spec.BlockIo(null, null, null, null, null) : base;
        return new Spec.BlockIo(
                weight.orElse(old.weight()),
                over(readBytes, old.throttleReadBpsDevice()),
                over(writeBytes, old.throttleWriteBpsDevice()),
                over(readOperations, old.throttleReadIOPSDevice()),
                over(writeOperations, old.throttleWriteIOPSDevice()));
    }

    private static List<Spec.Throttle> over(List<Spec.Throttle> wanted, List<Spec.Throttle> old) {
        var all = new ArrayList<>(old);
        for (var throttle : wanted) {
            all.removeIf(other -> other.major() == throttle.major() && other.minor() == throttle.minor());
            all.add(throttle);
        }
        return all;
    }
}

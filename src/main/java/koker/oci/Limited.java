package koker.oci;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import koker.spec.Spec;

/** What limits are asked for: engines and examples write members that ask for nothing, too. */
final class Limited {
    private Limited() {}

    /** The members of {@code resources} that ask for something, but for devices. */
    static List<String> by(Spec.Resources resources) {
        var names = new ArrayList<String>();
        add(names, "memory", resources.memory() != null && isLimited(resources.memory()));
        add(names, "cpu", resources.cpu() != null && isLimited(resources.cpu()));
        add(names, "pids", resources.pids() != null && resources.pids().limit() != null);
        add(names, "blockIO", resources.blockIO() != null && isLimited(resources.blockIO()));
        add(names, "hugepageLimits", !resources.hugepageLimits().isEmpty());
        add(names, "network", resources.network() != null);
        add(names, "rdma", !resources.rdma().isEmpty());
        add(names, "unified", !resources.unified().isEmpty());
        return names;
    }

    private static void add(List<String> names, String name, boolean limited) {
        if (limited) {
            names.add(name);
        }
    }

    private static boolean isLimited(Spec.Memory memory) {
        return isAnySet(
                        memory.limit(),
                        memory.reservation(),
                        memory.swap(),
                        memory.kernel(),
                        memory.kernelTCP(),
                        memory.swappiness())
                || Boolean.TRUE.equals(memory.disableOOMKiller());
    }

    private static boolean isLimited(Spec.Cpu cpu) {
        return isAnySet(
                cpu.shares(),
                cpu.quota(),
                cpu.burst(),
                cpu.period(),
                cpu.realtimeRuntime(),
                cpu.realtimePeriod(),
                cpu.cpus(),
                cpu.mems(),
                cpu.idle());
    }

    private static boolean isLimited(Spec.BlockIo blocks) {
        return blocks.weight() != null
                || !blocks.weightDevice().isEmpty()
                || !blocks.throttleReadBpsDevice().isEmpty()
                || !blocks.throttleWriteBpsDevice().isEmpty()
                || !blocks.throttleReadIOPSDevice().isEmpty()
                || !blocks.throttleWriteIOPSDevice().isEmpty();
    }

    private static boolean isAnySet(Object... values) {
        return Stream.of(values).anyMatch(Objects::nonNull);
    }
}

package koker.systemd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import koker.cgroup.CgroupException;
import koker.spec.Spec;
import org.junit.jupiter.api.Test;

/** What systemd is told of files of cgroups, so that it does not write over them: systemd.resource-control(5). */
class ScopePropertiesTest {
    private static Map<String, String> properties(Map<String, String> unified) {
        var properties = new TreeMap<String, String>();
        for (var property : ScopeProperties.of(
                new Spec.Resources(null, null, null, null, List.of(), unified, List.of()), true, () -> 252)) {
            var value = property.getValue().getValue();
            properties.put(
                    property.getName(), value instanceof byte[] bits ? "bits " + bits[0] : String.valueOf(value));
        }
        return properties;
    }

    @Test
    void filesOfVersionTwoThatSystemdWritesArePropertiesToo() {
        assertEquals(
                Map.of(
                        "AllowedCPUs", "bits 13",
                        "AllowedMemoryNodes", "bits 1",
                        "CPUQuotaPerSecUSec", "250000",
                        "CPUQuotaPeriodUSec", "200000",
                        "CPUWeight", "50",
                        "MemoryHigh", "60000000",
                        "MemorySwapMax", ScopeProperties.INFINITE.toString(),
                        "TasksMax", "9"),
                properties(Map.of(
                        "cpuset.cpus", "0, 2-3",
                        "cpuset.mems", "0",
                        "cpu.max", "50000 200000",
                        "cpu.weight", "50",
                        "memory.high", "60000000",
                        "memory.swap.max", "max",
                        "pids.max", "9")));
        assertEquals(
                Map.of("CPUQuotaPerSecUSec", ScopeProperties.INFINITE.toString()),
                properties(Map.of("cpu.max", "max")));
    }

    private static Map<String, String> properties(Spec.Memory memory, Spec.Cpu cpu, int version) {
        var properties = new TreeMap<String, String>();
        var resources = new Spec.Resources(memory, cpu, null, null, null, null, null);
        ScopeProperties.of(resources, true, () -> version)
                .forEach(property -> properties.put(
                        property.getName(), property.getValue().getValue().toString()));
        return properties;
    }

    @Test
    void swapIsWhatIsLeftOfBoth() {
        assertEquals(
                Map.of("MemoryMax", "1000", "MemorySwapMax", "200"),
                properties(new Spec.Memory(1000L, null, 1200L, null), null, 252));
        assertEquals(
                Map.of("MemoryMax", ScopeProperties.INFINITE.toString(), "MemorySwapMax", "1200"),
                properties(new Spec.Memory(-1L, null, 1200L, null), null, 252));
        var swap = new Spec.Memory(null, null, 1200L, null);
        assertThrows(CgroupException.class, () -> properties(swap, null, 252));
    }

    @Test
    void idleIsAWeightToThoseWhoKnowIt() {
        var idle = new Spec.Cpu(1024L, null, null, null, null, null, null, null, 1L);
        assertEquals(Map.of("CPUWeight", "0"), properties(null, idle, 252));
        assertEquals(Map.of("CPUWeight", "100"), properties(null, idle, 251));
        var awake = new Spec.Cpu(1024L, null, null, null, null, null, null, null, 0L);
        assertEquals(Map.of("CPUWeight", "100"), properties(null, awake, 252));
        assertEquals(Map.of("CPUWeight", "0"), properties(Map.of("cpu.idle", "1")));
    }

    @Test
    void devicesThatAreAllowedHaveNames() {
        var rules = List.of(
                new Spec.DeviceRule(false, null, null, null, null),
                new Spec.DeviceRule(true, "c", 10L, -1L, "rw"),
                new Spec.DeviceRule(true, "b", -1L, -1L, "m"),
                new Spec.DeviceRule(true, "", 7L, 1L, "r"),
                new Spec.DeviceRule(true, "p", 7L, 1L, "r"));
        var properties = ScopeProperties.of(Spec.Resources.NONE.withDevices(rules), true, () -> 252);
        assertEquals("strict", properties.getFirst().getValue().getValue());
        var allowed = (List<?>) properties.getLast().getValue().getValue();
        assertEquals(
                List.of("char-10 rw", "block-* m", "/dev/block/7:1 r", "/dev/char/7:1 r"),
                allowed.stream()
                        .map(Manager.Device.class::cast)
                        .map(device -> device.getNode() + " " + device.getAccess())
                        .toList());
    }

    @Test
    void whatOnlyTheKernelUnderstandsIsLeftToIt() {
        assertEquals(
                Map.of(),
                properties(Map.of(
                        "memory.high", "64M",
                        "cpu.max", "half",
                        "cpuset.cpus", "-",
                        "hugetlb.2MB.max", "2097152")));
    }
}

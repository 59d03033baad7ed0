package koker.systemd;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.function.IntSupplier;
import java.util.regex.Pattern;
import koker.cgroup.Cgroups;
import koker.spec.Spec;
import org.freedesktop.dbus.types.UInt32;
import org.freedesktop.dbus.types.UInt64;
import org.freedesktop.dbus.types.Variant;

/**
 * What a container is as properties of its scope (systemd.resource-control(5)). koker writes the limits to the cgroup by itself, too, as there
 * are some that systemd has no properties for; but systemd must know the others, or it would write what it thinks they are.
 */
public final class ScopeProperties {
    /** Annotations that begin so are properties. */
    public static final String ANNOTATION = "org.systemd.property.";

    private static final Pattern AMOUNT = Pattern.compile("max|[0-9]{1,18}");
    private static final Pattern QUOTA = Pattern.compile("(max|[0-9]{1,12})(?: ([1-9][0-9]{0,11}))?");
    private static final Pattern LIST = Pattern.compile("[0-9]{1,5}(-[0-9]{1,5})?(,[0-9]{1,5}(-[0-9]{1,5})?)*");
    private static final Pattern TYPED = Pattern.compile("(uint64|uint32|int64|int32) (-?[0-9]{1,19})");
    static final UInt64 INFINITE = new UInt64(UInt64.MAX_BIG_VALUE);
    /** Files of version 2 that are properties as they are. */
    private static final Map<String, String> FILES = Map.of(
            "cpu.weight", "CPUWeight",
            "memory.high", "MemoryHigh",
            "memory.low", "MemoryLow",
            "memory.max", "MemoryMax",
            "memory.min", "MemoryMin",
            "memory.swap.max", "MemorySwapMax",
            "pids.max", "TasksMax");

    private static final long SECOND = 1_000_000;
    private static final long PERIOD = 100_000;
    private static final long PRECISION = 10_000; // of CPUQuotaPerSecUSec
    private static final int KNOWS_IDLE = 252;

    private final boolean unified;
    private final IntSupplier version;
    private final List<Manager.Property> properties = new ArrayList<>();

    private ScopeProperties(boolean unified, IntSupplier version) {
        this.unified = unified;
        this.version = version;
    }

    /**
     * Those of a new scope.
     *
     * @param pid the process that is moved to it
     * @param unified whether the host has cgroups of version 2
     * @param version that of systemd, if it matters
     * @throws SystemdException if an annotation is none
     */
    public static List<Manager.Property> of(
            Scope scope,
            String id,
            int pid,
            Spec.Resources resources,
            Map<String, String> annotations,
            boolean unified,
            IntSupplier version) {
        var all = new ScopeProperties(unified, version);
        all.add("Description", new Variant<>("koker container " + id));
        all.add("Slice", new Variant<>(scope.slice()));
        all.add("Delegate", new Variant<>(true));
        all.add("DefaultDependencies", new Variant<>(false));
        for (var counted : List.of("CPU", "Memory", "Tasks", unified ? "IO" : "BlockIO")) {
            all.add(counted + "Accounting", new Variant<>(true));
        }
        all.add("PIDs", new Variant<>(List.of(new UInt32(pid)), "au"));
        all.limit(resources);
        annotations.forEach(all::annotated);
        return all.properties;
    }

    /** Those that limit a scope to {@code resources}; {@code version} is that of systemd, if it matters. */
    public static List<Manager.Property> of(Spec.Resources resources, boolean unified, IntSupplier version) {
        var all = new ScopeProperties(unified, version);
        all.limit(resources);
        return all.properties;
    }

    private void limit(Spec.Resources resources) {
        if (resources.memory() != null) {
            limit(resources.memory());
        }
        if (resources.cpu() != null) {
            limit(resources.cpu());
        }
        if (resources.pids() != null && resources.pids().limit() != null) {
            add("TasksMax", number(resources.pids().limit()));
        }
        if (resources.blockIO() != null && resources.blockIO().weight() != null) {
            limit(resources.blockIO().weight());
        }
        if (!resources.devices().isEmpty()) {
            allow(resources.devices());
        }
        resources.unified().forEach(this::limit);
    }

    private void limit(int weight) {
        if (unified) {
            // systemd takes 100 to 10000 as BFQ's 100 to 1000.
            add("IOWeight", number(weight <= 100 ? weight : 100 + (weight - 100) * 11L));
        } else {
            add("BlockIOWeight", number(weight));
        }
    }

    /** What is written otherwise than here, with units for instance, systemd does not get to know. */
    private void limit(String file, String value) {
        switch (file) {
            case "cpu.idle" -> {
                if (value.equals("1") && version.getAsInt() >= KNOWS_IDLE) {
                    add("CPUWeight", number(0));
                }
            }
            case "cpuset.cpus" -> among("AllowedCPUs", value);
            case "cpuset.mems" -> among("AllowedMemoryNodes", value);
            case "cpu.max" -> {
                var quota = QUOTA.matcher(value);
                if (quota.matches()) {
                    limit(amount(quota.group(1)), quota.group(2) == null ? null : Long.valueOf(quota.group(2)));
                }
            }
            default -> {
                if (FILES.containsKey(file) && AMOUNT.matcher(value).matches()) {
                    add(FILES.get(file), number(amount(value)));
                }
            }
        }
    }

    private static long amount(String value) {
        return value.equals("max") ? -1 : Long.parseLong(value);
    }

    private void limit(Spec.Memory memory) {
        if (memory.limit() != null) {
            add(unified ? "MemoryMax" : "MemoryLimit", number(memory.limit()));
        }
        if (unified && memory.reservation() != null) {
            add("MemoryLow", number(memory.reservation()));
        }
        var swap = unified ? Cgroups.swap(memory) : null;
        if (swap != null) {
            add("MemorySwapMax", number(swap));
        }
    }

    private void limit(Spec.Cpu cpu) {
        if (unified && cpu.idle() != null && cpu.idle() == 1 && version.getAsInt() >= KNOWS_IDLE) {
            add("CPUWeight", number(0)); // it would write another weight otherwise, which the kernel refuses
        } else if (cpu.shares() != null) {
            add(unified ? "CPUWeight" : "CPUShares", number(unified ? Cgroups.weight(cpu.shares()) : cpu.shares()));
        }
        if (cpu.quota() != null || cpu.period() != null) {
            limit(cpu.quota(), cpu.period());
        }
        if (unified) {
            among("AllowedCPUs", cpu.cpus());
            among("AllowedMemoryNodes", cpu.mems());
        }
    }

    private void limit(Long quota, Long period) {
        if (period != null) {
            add("CPUQuotaPeriodUSec", number(period));
        }
        var perSecond = quota == null || quota < 0 ? -1 : quota * SECOND / (period == null ? PERIOD : period);
        // systemd counts in steps of 1 %: what it writes must not be less than what koker does.
        add("CPUQuotaPerSecUSec", number(perSecond < 0 ? -1 : (perSecond + PRECISION - 1) / PRECISION * PRECISION));
    }

    /** What the rules allow after the last one that is about all devices; systemd knows no exceptions from what it allows. */
    private void allow(List<Spec.DeviceRule> rules) {
        var strict = false;
        var allowed = new ArrayList<Manager.Device>();
        for (var rule : rules) {
            if (rule.isAboutAll()) {
                strict = !rule.allow();
                allowed.clear();
            } else if (rule.allow()) {
                if (!rule.type().equals("c") && !rule.type().equals("p")) {
                    allowed.add(new Manager.Device(node(rule, "block"), rule.access()));
                }
                if (!rule.type().equals("b") && !rule.type().equals("p")) {
                    allowed.add(new Manager.Device(node(rule, "char"), rule.access()));
                }
            }
        }
        add("DevicePolicy", new Variant<>(strict ? "strict" : "auto"));
        if (strict) {
            add("DeviceAllow", new Variant<>(List.copyOf(allowed), "a(ss)"));
        }
    }

    /** As systemd names devices: by a path, or by a kind and what makes up the first number (systemd 240). */
    private static String node(Spec.DeviceRule rule, String kind) {
        if (rule.major() == null) {
            return kind + "-*";
        }
        return rule.minor() == null
                ? kind + "-" + rule.major()
                : "/dev/" + kind + "/" + rule.major() + ":" + rule.minor();
    }

    /** As runc has it: the name of a property, whose value is written as GVariant has it; what ends in Sec is meant in seconds. */
    private void annotated(String annotation, String value) {
        if (!annotation.startsWith(ANNOTATION)) {
            return;
        }
        var name = annotation.substring(ANNOTATION.length());
        if (name.endsWith("Sec") && !name.endsWith("USec") && value.matches("[0-9]{1,12}")) {
            add(name.substring(0, name.length() - 3) + "USec", number(Long.parseLong(value) * SECOND));
        } else {
            add(name, value(annotation, value));
        }
    }

    private static Variant<?> value(String annotation, String value) {
        if (value.equals("true") || value.equals("false")) {
            return new Variant<>(value.equals("true"));
        }
        if (value.length() >= 2 && (value.matches("'[^'\\\\]*'") || value.matches("\"[^\"\\\\]*\""))) {
            return new Variant<>(value.substring(1, value.length() - 1));
        }
        var typed = TYPED.matcher(value);
        if (typed.matches()) {
            return switch (typed.group(1)) {
                case "uint64" -> new Variant<>(new UInt64(typed.group(2)));
                case "uint32" -> new Variant<>(new UInt32(typed.group(2)));
                case "int64" -> new Variant<>(Long.parseLong(typed.group(2)));
                default -> new Variant<>(Integer.parseInt(typed.group(2)));
            };
        }
        if (value.matches("-?[0-9]{1,9}")) {
            return new Variant<>(Integer.parseInt(value));
        }
        throw new SystemdException("the annotation " + annotation + " is " + value
                + ", which koker does not take: it takes true, 5, uint64 5 and 'text'");
    }

    /** Processors or memory nodes, as in 0-2,4: a bit for each. */
    private void among(String name, String list) {
        var plain = list == null ? "" : list.replace(" ", "");
        if (!LIST.matcher(plain).matches()) {
            return;
        }
        var bits = new BitSet();
        for (var part : plain.split(",")) {
            var ends = part.split("-");
            var first = Integer.parseInt(ends[0]);
            bits.set(first, Math.max(first, Integer.parseInt(ends[ends.length - 1])) + 1);
        }
        add(name, new Variant<>(bits.toByteArray(), "ay"));
    }

    private static Variant<UInt64> number(long value) {
        return new Variant<>(value < 0 ? INFINITE : new UInt64(value));
    }

    private void add(String name, Variant<?> value) {
        properties.add(new Manager.Property(name, value));
    }
}

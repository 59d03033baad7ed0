package koker.cgroup;

import java.util.ArrayList;
import java.util.List;
import koker.spec.Spec;

/**
 * The BPF program that decides which devices a cgroup's processes may use, as version 2 has no files for that (the kernel's admin-guide/cgroup-v2,
 * "Device controller"; bpf-helpers(7) and struct bpf_cgroup_dev_ctx for what it is told). The last rule that fits decides; without
 * one it is no.
 */
final class DeviceFilter {
    // Registers: the result, the context that the kernel passes, and what is read from that.
    private static final int R0 = 0;
    private static final int R1 = 1;
    private static final int TYPE = 2;
    private static final int ACCESS = 3;
    private static final int MAJOR = 4;
    private static final int MINOR = 5;

    // Instructions (the kernel's bpf/standardization/instruction-set).
    private static final int LOAD_WORD = 0x61;
    private static final int AND = 0x54;
    private static final int SHIFT_RIGHT = 0x74;
    private static final int MOVE = 0xb4;
    private static final int MOVE_REGISTER = 0xbc;
    private static final int JUMP_UNLESS = 0x55;
    private static final int JUMP_UNLESS_REGISTER = 0x5d;
    private static final int EXIT = 0x95;

    private static final int BLOCK = 1;
    private static final int CHARACTER = 2;
    private static final int ALL = 7;

    private final List<Long> program = new ArrayList<>();

    private DeviceFilter() {}

    /** The program's instructions, of 8 bytes each. */
    static List<Long> of(List<Spec.DeviceRule> rules) {
        var filter = new DeviceFilter();
        filter.add(LOAD_WORD, TYPE, R1, 0, 0);
        filter.add(MOVE_REGISTER, ACCESS, TYPE, 0, 0);
        filter.add(AND, TYPE, 0, 0, 0xffff);
        filter.add(SHIFT_RIGHT, ACCESS, 0, 0, 16);
        filter.add(LOAD_WORD, MAJOR, R1, 4, 0);
        filter.add(LOAD_WORD, MINOR, R1, 8, 0);
        for (var rule : rules.reversed()) {
            if ("p".equals(rule.type())) {
                continue; // a named pipe is no device
            }
            if (filter.add(rule)) {
                return List.copyOf(filter.program); // what nothing leads to the kernel refuses
            }
        }
        filter.decide(false);
        return List.copyOf(filter.program);
    }

    /** Adds a rule, and returns whether it fits always. */
    private boolean add(Spec.DeviceRule rule) {
        var access = access(rule.access());
        var tests = new DeviceFilter();
        if (rule.type() != null && !rule.type().isEmpty() && !rule.type().equals("a")) {
            tests.add(JUMP_UNLESS, TYPE, 0, 0, rule.type().equals("b") ? BLOCK : CHARACTER);
        }
        if (access != ALL) {
            // What is asked for must be in what the rule is about.
            tests.add(MOVE_REGISTER, R1, ACCESS, 0, 0);
            tests.add(AND, R1, 0, 0, access);
            tests.add(JUMP_UNLESS_REGISTER, R1, ACCESS, 0, 0);
        }
        if (rule.major() != null && rule.major() >= 0) {
            tests.add(JUMP_UNLESS, MAJOR, 0, 0, rule.major().intValue());
        }
        if (rule.minor() != null && rule.minor() >= 0) {
            tests.add(JUMP_UNLESS, MINOR, 0, 0, rule.minor().intValue());
        }
        var always = tests.program.isEmpty();
        tests.decide(rule.allow());
        var size = tests.program.size();
        for (var i = 0; i < size; i++) {
            var code = (int) (tests.program.get(i) & 0xff);
            var jumps = code == JUMP_UNLESS || code == JUMP_UNLESS_REGISTER;
            program.add(tests.program.get(i) | (jumps ? (long) (size - i - 1) << 16 : 0)); // to the next rule
        }
        return always;
    }

    private void decide(boolean allow) {
        add(MOVE, R0, 0, 0, allow ? 1 : 0);
        add(EXIT, 0, 0, 0, 0);
    }

    private void add(int code, int to, int from, int offset, int number) {
        program.add((long) number << 32 | (long) offset << 16 | (long) from << 12 | (long) to << 8 | code);
    }

    private static int access(String letters) {
        if (letters == null || letters.isEmpty()) {
            return ALL;
        }
        return (letters.contains("m") ? 1 : 0) | (letters.contains("r") ? 2 : 0) | (letters.contains("w") ? 4 : 0);
    }
}

package koker.cgroup;

import java.util.ArrayList;
import java.util.List;
import koker.spec.Spec;

/**
 * The BPF program that decides which devices a cgroup's processes may use, as version 2 has no files for that (the kernel's admin-guide/cgroup-v2,
 * "Device controller"; bpf-helpers(7) and struct bpf_cgroup_dev_ctx for what it is told). Of each kind of access that is asked for the last rule
 * about it decides; without one it is no. So it is no to all if one kind is denied.
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
    private static final int JUMP_IF = 0x15;
    private static final int JUMP_UNLESS = 0x55;
    private static final int EXIT = 0x95;

    private static final int BLOCK = 1;
    private static final int CHARACTER = 2;
    private static final int MAKE = 1;
    private static final int READ = 2;
    private static final int WRITE = 4;
    private static final int ALL = MAKE | READ | WRITE;

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
            if (rule.type().equals("p")) {
                continue; // a named pipe is no device
            }
            if (filter.add(rule)) {
                return List.copyOf(filter.program); // what nothing leads to the kernel refuses
            }
        }
        filter.decide(false);
        return List.copyOf(filter.program);
    }

    /** Adds a rule, and returns whether it decides always. */
    private boolean add(Spec.DeviceRule rule) {
        var tests = new DeviceFilter();
        if (!rule.type().equals("a")) {
            tests.add(JUMP_UNLESS, TYPE, 0, 0, rule.type().equals("b") ? BLOCK : CHARACTER);
        }
        if (rule.major() != null) {
            tests.add(JUMP_UNLESS, MAJOR, 0, 0, rule.major().intValue());
        }
        if (rule.minor() != null) {
            tests.add(JUMP_UNLESS, MINOR, 0, 0, rule.minor().intValue());
        }
        var access = access(rule);
        if (access != ALL && rule.allow()) {
            tests.add(AND, ACCESS, 0, 0, ALL & ~access); // what others are still to be asked about
            tests.add(JUMP_UNLESS, ACCESS, 0, 0, 0);
        } else if (access != ALL) {
            tests.add(MOVE_REGISTER, R1, ACCESS, 0, 0);
            tests.add(AND, R1, 0, 0, access);
            tests.add(JUMP_IF, R1, 0, 0, 0);
        }
        var always = tests.program.isEmpty();
        tests.decide(rule.allow());
        var size = tests.program.size();
        for (var i = 0; i < size; i++) {
            var code = (int) (tests.program.get(i) & 0xff);
            var jumps = code == JUMP_UNLESS || code == JUMP_IF;
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

    private static int access(Spec.DeviceRule rule) {
        return (rule.isAccess('m') ? MAKE : 0) | (rule.isAccess('r') ? READ : 0) | (rule.isAccess('w') ? WRITE : 0);
    }
}

package koker.runtime;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import koker.kernel.Constant;
import koker.kernel.Errno;
import koker.kernel.KernelException;
import koker.kernel.SeccompFilter;
import koker.plan.ProcessStep;
import koker.spec.Seccomp;
import koker.spec.SpecException;

/**
 * Makes the filter of system calls that a config.json asks for (config-linux.md, seccomp).
 *
 * <p>A profile lists the calls that its author knew. What is newer is mostly to be refused by it with EPERM; but then the C library would
 * take a call that this kernel has for one that it may not use, and not try the older one that does the same. So where the profile refuses
 * what it does not mention, calls with a larger number than any that it does mention get ENOSYS, as runc has it since 1.0.
 */
final class CallFilter {
    // What the kernel does with a call: SECCOMP_RET_* of linux/seccomp.h, whose lower 16 bits may be an error.
    private static final long ERRNO = 0x00050000;
    private static final long TRACE = 0x7ff00000;
    private static final long NOTIFY = 0x7fc00000;
    private static final long ALLOW = 0x7fff0000;
    private static final long LOG = 0x7ffc0000;
    static final Map<String, Long> ACTIONS = Map.of(
            "SCMP_ACT_KILL", 0L,
            "SCMP_ACT_KILL_THREAD", 0L,
            "SCMP_ACT_KILL_PROCESS", 0x80000000L,
            "SCMP_ACT_TRAP", 0x00030000L,
            "SCMP_ACT_ERRNO", ERRNO,
            "SCMP_ACT_TRACE", TRACE,
            "SCMP_ACT_NOTIFY", NOTIFY,
            "SCMP_ACT_LOG", LOG,
            "SCMP_ACT_ALLOW", ALLOW);
    /** In the order of libseccomp's enum scmp_compare, from 1. */
    static final List<String> OPERATORS = List.of(
            "SCMP_CMP_NE",
            "SCMP_CMP_LT",
            "SCMP_CMP_LE",
            "SCMP_CMP_EQ",
            "SCMP_CMP_GE",
            "SCMP_CMP_GT",
            "SCMP_CMP_MASKED_EQ");

    /** Those of the specification; libseccomp may know more. */
    static final List<String> ARCHITECTURES = List.of(
            "SCMP_ARCH_X86",
            "SCMP_ARCH_X86_64",
            "SCMP_ARCH_X32",
            "SCMP_ARCH_ARM",
            "SCMP_ARCH_AARCH64",
            "SCMP_ARCH_MIPS",
            "SCMP_ARCH_MIPS64",
            "SCMP_ARCH_MIPS64N32",
            "SCMP_ARCH_MIPSEL",
            "SCMP_ARCH_MIPSEL64",
            "SCMP_ARCH_MIPSEL64N32",
            "SCMP_ARCH_PPC",
            "SCMP_ARCH_PPC64",
            "SCMP_ARCH_PPC64LE",
            "SCMP_ARCH_S390",
            "SCMP_ARCH_S390X",
            "SCMP_ARCH_PARISC",
            "SCMP_ARCH_PARISC64",
            "SCMP_ARCH_RISCV64");

    static final Map<String, Constant> FLAGS = Map.of(
            "SECCOMP_FILTER_FLAG_TSYNC", Constant.SECCOMP_FILTER_FLAG_TSYNC,
            "SECCOMP_FILTER_FLAG_LOG", Constant.SECCOMP_FILTER_FLAG_LOG,
            "SECCOMP_FILTER_FLAG_SPEC_ALLOW", Constant.SECCOMP_FILTER_FLAG_SPEC_ALLOW,
            "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", Constant.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV);

    private static final int ARGUMENTS = 6;
    private static final int LARGEST_ERROR = 4095;
    private static final int EPERM = Errno.EPERM.number();
    private static final int ENOSYS = Errno.ENOSYS.number();
    /** So many rules are better found in a tree; libseccomp up to 2.5.4 makes a wrong one where there is none. */
    private static final int MANY = 32;

    // Instructions of classic BPF (linux/bpf_common.h), and where they find the call (struct seccomp_data).
    private static final int LOAD = 0x20;
    private static final int JUMP = 0x05;
    private static final int JUMP_IF_EQUAL = 0x15;
    private static final int JUMP_IF_GREATER = 0x25;
    private static final int JUMP_IF_BIT = 0x45;
    private static final int RETURN = 0x06;
    private static final int NUMBER = 0;
    private static final int ARCHITECTURE = 4;

    private static final int X86_64 = 0xc000003e;
    private static final int X32 = 0x4000003e; // as libseccomp has it; for the kernel it is X86_64
    private static final int X32_BIT = 0x40000000;

    private final Seccomp profile;

    private CallFilter(Seccomp profile) {
        this.profile = profile;
    }

    /**
     * The step that loads the filter.
     *
     * @throws SpecException if the profile asks for what there is not
     * @throws KernelException if libseccomp is missing, or cannot make the filter
     */
    static ProcessStep.FilterCalls of(Seccomp profile) {
        return new CallFilter(profile).step();
    }

    private ProcessStep.FilterCalls step() {
        var standard = action(profile.defaultAction(), profile.defaultErrnoRet());
        check(standard);
        var flags = flags();
        var calls = new LinkedHashSet<String>();
        profile.syscalls().forEach(rule -> calls.addAll(rule.names()));
        try (var filter = new SeccompFilter(standard, calls)) {
            for (var architecture : profile.architectures()) {
                if (!architecture.startsWith("SCMP_ARCH_")
                        || !filter.addArchitecture(
                                architecture.substring("SCMP_ARCH_".length()).toLowerCase(Locale.ROOT))) {
                    throw new SpecException("unknown architecture of seccomp: " + architecture);
                }
            }
            if (profile.syscalls().stream()
                            .mapToInt(rule -> rule.names().size())
                            .sum()
                    > MANY) {
                filter.optimize();
            }
            for (var rule : profile.syscalls()) {
                add(filter, rule, standard);
            }
            var program = new ArrayList<Long>();
            if (refuses(standard)) {
                program.addAll(newerCalls(filter));
            }
            program.addAll(filter.program());
            return new ProcessStep.FilterCalls(flags, program);
        }
    }

    private void check(long standard) {
        if (standard == NOTIFY) {
            throw new SpecException(
                    "SCMP_ACT_NOTIFY cannot be the default action of seccomp: nobody could be told who decides");
        }
        var notifies = false;
        for (var rule : profile.syscalls()) {
            if (rule.action().equals("SCMP_ACT_NOTIFY")) {
                notifies = true;
                if (rule.names().contains("write")) {
                    throw new SpecException(
                            "SCMP_ACT_NOTIFY cannot be the action of write: the process could not say who decides");
                }
            }
        }
        if (notifies
                && (profile.listenerPath() == null || profile.listenerPath().isEmpty())) {
            throw new SpecException("SCMP_ACT_NOTIFY needs linux.seccomp.listenerPath, the socket of who decides");
        }
        if (profile.listenerMetadata() != null
                && !profile.listenerMetadata().isEmpty()
                && (profile.listenerPath() == null || profile.listenerPath().isEmpty())) {
            throw new SpecException("linux.seccomp.listenerMetadata needs linux.seccomp.listenerPath");
        }
    }

    private Set<Constant> flags() {
        var flags = EnumSet.noneOf(Constant.class);
        if (profile.flags() == null) {
            // As runc has it: processes are as fast as without the filter, Documentation/admin-guide/hw-vuln/spectre.
            flags.add(Constant.SECCOMP_FILTER_FLAG_SPEC_ALLOW);
        } else {
            for (var flag : profile.flags()) {
                flags.add(flag(flag));
            }
        }
        if (profile.syscalls().stream().anyMatch(rule -> rule.action().equals("SCMP_ACT_NOTIFY"))) {
            flags.add(Constant.SECCOMP_FILTER_FLAG_NEW_LISTENER);
            if (flags.contains(Constant.SECCOMP_FILTER_FLAG_TSYNC)) {
                flags.add(Constant.SECCOMP_FILTER_FLAG_TSYNC_ESRCH); // or the kernel refuses both together
            }
        } else if (flags.contains(Constant.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV)) {
            throw new SpecException(
                    "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV is about calls with SCMP_ACT_NOTIFY, and no rule has it");
        }
        return flags;
    }

    private static Constant flag(String name) {
        if (FLAGS.get(name) instanceof Constant flag) {
            return flag;
        }
        throw new SpecException("unknown flag of seccomp: " + name);
    }

    private static long action(String name, Integer error) {
        var action = ACTIONS.get(name);
        if (action == null) {
            throw new SpecException("unknown action of seccomp: " + name);
        }
        if (action != ERRNO && action != TRACE) {
            if (error != null) {
                throw new SpecException("the action " + name + " of seccomp has no errnoRet");
            }
            return action;
        }
        var number = error == null ? EPERM : error;
        if (number < 0 || number > LARGEST_ERROR) {
            throw new SpecException("the errnoRet of seccomp is no error's number: " + number);
        }
        return action | number;
    }

    private static void add(SeccompFilter filter, Seccomp.Rule rule, long standard) {
        var action = action(rule.action(), rule.errnoRet());
        var conditions = rule.args().stream().map(CallFilter::condition).toList();
        var arguments = new HashSet<Integer>();
        conditions.forEach(condition -> arguments.add(condition.index()));
        // libseccomp knows a rule whose conditions all have to hold, with one for each argument; profiles have several.
        var alternatives = arguments.size() == conditions.size()
                ? List.of(conditions)
                : conditions.stream().map(List::of).toList();
        if (action == standard) {
            return; // it says nothing new, and libseccomp would refuse it
        }
        for (var name : rule.names()) {
            if (filter.knows(name)) {
                alternatives.forEach(all -> filter.add(name, action, all));
            }
        }
    }

    private static SeccompFilter.Condition condition(Seccomp.Condition condition) {
        var operator = OPERATORS.indexOf(condition.op());
        if (operator < 0) {
            throw new SpecException("unknown operator of seccomp: " + condition.op());
        }
        if (condition.index() < 0 || condition.index() >= ARGUMENTS) {
            throw new SpecException("system calls have arguments from 0 to 5; a condition of seccomp is about number "
                    + condition.index());
        }
        return new SeccompFilter.Condition(
                condition.index(),
                operator + 1,
                condition.value().longValue(),
                condition.valueTwo().longValue());
    }

    /** Whether a call that the profile does not mention is refused, in a way that says nothing of its being unknown. */
    private static boolean refuses(long standard) {
        return standard != ALLOW && standard != LOG && (standard & ~0xffffL) != TRACE && standard != (ERRNO | ENOSYS);
    }

    /** The beginning of the filter: calls newer than the profile are unknown. What is not such a call goes on behind it. */
    private List<Long> newerCalls(SeccompFilter filter) {
        var largest = filter.largest();
        var sections = new ArrayList<List<Long>>();
        var length = 1;
        for (var architecture : largest.keySet()) {
            if (architecture == X32) {
                continue; // with X86_64, which for the kernel it is
            }
            var section = section(architecture, largest);
            sections.add(section);
            length += section.size();
        }
        if (sections.isEmpty()) {
            return List.of();
        }
        var program = new ArrayList<Long>();
        program.add(instruction(LOAD, 0, 0, ARCHITECTURE));
        for (var section : sections) {
            program.addAll(section);
            // In the place of the section's last instruction: on to the filter.
            program.set(program.size() - 1, instruction(JUMP, 0, 0, length - program.size()));
        }
        return program;
    }

    /** For one architecture; behind it comes the next one's, for which the number of the architecture is still loaded. */
    private static List<Long> section(int architecture, Map<Integer, Integer> largest) {
        var tests = new ArrayList<Long>();
        tests.add(instruction(LOAD, 0, 0, NUMBER));
        if (architecture == X86_64) {
            if (largest.containsKey(X32)) {
                tests.add(instruction(JUMP_IF_BIT, 0, 2, X32_BIT));
                tests.add(instruction(JUMP_IF_GREATER, 0, 3, largest.get(X32)));
                tests.add(instruction(RETURN, 0, 0, (int) (ERRNO | ENOSYS)));
            } else {
                tests.add(instruction(JUMP_IF_BIT, 2, 0, X32_BIT));
            }
        }
        tests.add(instruction(JUMP_IF_GREATER, 0, 1, largest.get(architecture)));
        tests.add(instruction(RETURN, 0, 0, (int) (ERRNO | ENOSYS)));
        tests.add(instruction(JUMP, 0, 0, 0));
        var section = new ArrayList<Long>();
        section.add(instruction(JUMP_IF_EQUAL, 0, tests.size(), architecture));
        section.addAll(tests);
        return section;
    }

    private static long instruction(int code, int then, int otherwise, int number) {
        return (long) number << 32 | (long) otherwise << 24 | (long) then << 16 | code;
    }
}

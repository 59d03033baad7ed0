package koker.kernel;

import com.sun.jna.Function;
import com.sun.jna.Memory;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A filter of system calls in the making, by libseccomp (seccomp_init(3)), which knows the numbers of the calls on each architecture. What
 * comes out is a program of classic BPF, {@link #program}.
 */
public final class SeccompFilter implements AutoCloseable {
    private static final int NO_SUCH_CALL = -1;
    private static final int CONDITION = 24; // bytes of struct scmp_arg_cmp
    private static final int INSTRUCTION = 8;
    private static final int LARGEST = 64 << 10; // the kernel takes 4096 instructions
    private static final int OPTIMIZE = 8; // enum scmp_filter_attr, SCMP_FLTATR_CTL_OPTIMIZE
    private static final int BINARY_TREE = 2;

    private final Pointer context;
    private final List<Integer> architectures = new ArrayList<>();

    /** Loaded when the first filter is made; hardly any command makes one. */
    private static final class Library {
        private static final NativeLibrary SECCOMP = NativeLibrary.getInstance("libseccomp.so.2");

        static Function function(String name) {
            return SECCOMP.getFunction(name);
        }
    }

    /** A condition on an argument: SCMP_CMP_MASKED_EQ alone has a second value. */
    public record Condition(int index, int operator, long value, long valueTwo) {}

    /**
     * A filter which lets each call of this machine's own architecture have {@code action}, as the kernel's SECCOMP_RET_* have it.
     *
     * @throws KernelException if there is no libseccomp, or it does not know the action
     */
    public SeccompFilter(long action) {
        try {
            context = Library.function("seccomp_init").invokePointer(new Object[] {(int) action});
        } catch (UnsatisfiedLinkError e) {
            throw new KernelException(
                    "libseccomp.so.2 is missing, which makes filters of system calls; install Debian's package libseccomp2");
        }
        if (context == null) {
            throw new KernelException("libseccomp does not know the action 0x" + Long.toHexString(action));
        }
        architectures.add(number("seccomp_arch_native"));
    }

    /**
     * The calls of another architecture, which the machine's processor can run, are filtered, too.
     *
     * @param name as libseccomp has it: x86
     * @return whether libseccomp knows it
     */
    public boolean addArchitecture(String name) {
        var token = number("seccomp_arch_resolve_name", name);
        if (token == 0) {
            return false;
        }
        if (!architectures.contains(token)) {
            check("seccomp_arch_add", number("seccomp_arch_add", context, token));
            architectures.add(token);
        }
        return true;
    }

    /** Whether there is a call of that name on any architecture that is filtered. */
    public boolean knows(String call) {
        return number("seccomp_syscall_resolve_name", call) != NO_SUCH_CALL;
    }

    /**
     * The call gets {@code action} where all {@code conditions} hold, of which there is one for each argument at most.
     *
     * @throws KernelException if libseccomp takes no such rule
     */
    public void add(String call, long action, List<Condition> conditions) {
        var number = number("seccomp_syscall_resolve_name", call);
        try (var memory = new Memory(Math.max(CONDITION * conditions.size(), CONDITION))) {
            for (var i = 0; i < conditions.size(); i++) {
                var at = (long) CONDITION * i;
                memory.setInt(at, conditions.get(i).index());
                memory.setInt(at + 4, conditions.get(i).operator());
                memory.setLong(at + 8, conditions.get(i).value());
                memory.setLong(at + 16, conditions.get(i).valueTwo());
            }
            check(
                    "the rule for " + call,
                    number(
                            "seccomp_rule_add_array",
                            context,
                            (int) action,
                            number,
                            conditions.size(),
                            conditions.isEmpty() ? Pointer.NULL : memory));
        }
    }

    /**
     * The largest number that one of {@code calls} has on each architecture that is filtered; an architecture that has none of them is left
     * out. Architectures are known as libseccomp knows them: by AUDIT_ARCH_*, but for x32.
     */
    public Map<Integer, Integer> largest(Set<String> calls) {
        var largest = new LinkedHashMap<Integer, Integer>();
        for (var architecture : architectures) {
            for (var call : calls) {
                var number = number("seccomp_syscall_resolve_name_arch", architecture, call);
                if (number >= 0) {
                    largest.merge(architecture, number, Math::max);
                }
            }
        }
        return largest;
    }

    /** The filter finds its rules as in a tree, and does not try one after the other; libseccomp can do that since 2.5. */
    public void optimize() {
        number("seccomp_attr_set", context, OPTIMIZE, BINARY_TREE);
    }

    /**
     * The filter as instructions of 8 bytes, struct sock_filter.
     *
     * @throws KernelException if it cannot be made
     */
    public List<Long> program() {
        // Nobody else sees that file, and no container is concerned: it would only drown what is shown.
        var kernel = new Kernel(_ -> {});
        var file = (int) kernel.transfer(Calls.memoryFile("seccomp"));
        try {
            check("seccomp_export_bpf", number("seccomp_export_bpf", context, file));
            kernel.transfer(Calls.rewind(file));
            var room = new byte[LARGEST];
            var length = (int) kernel.transfer(Calls.read(file, room));
            if (length == LARGEST) {
                throw new KernelException("the filter of system calls is too long; the kernel takes 4096 instructions");
            }
            var words = ByteBuffer.wrap(room, 0, length)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asLongBuffer();
            var program = new ArrayList<Long>(length / INSTRUCTION);
            while (words.hasRemaining()) {
                program.add(words.get());
            }
            return program;
        } finally {
            kernel.transfer(Calls.close(file));
        }
    }

    @Override
    public void close() {
        Library.function("seccomp_release").invokeVoid(new Object[] {context});
    }

    private static int number(String function, Object... arguments) {
        return Library.function(function).invokeInt(arguments);
    }

    private static void check(String what, int result) {
        if (result < 0) {
            throw new KernelException("libseccomp refuses " + what, Errno.of(result));
        }
    }
}

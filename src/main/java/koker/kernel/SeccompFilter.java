package koker.kernel;

import com.sun.jna.Function;
import com.sun.jna.Memory;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
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
    private final int own;
    private final List<Integer> others = new ArrayList<>();
    private final Memory names;
    /** Where in {@link #names} a call's name begins. */
    private final Map<String, Long> places = new HashMap<>();
    /** The number of a call, as libseccomp has it: less than 0 for one that this machine's own architecture lacks. */
    private final Map<String, Integer> numbers = new HashMap<>();

    /**
     * Loaded when the first filter is made; hardly any command makes one. A profile takes thousands of calls of the functions that are kept
     * here: to look one up, and to pass a name as a String, takes eight times as long as such a call.
     */
    private static final class Library {
        private static final NativeLibrary SECCOMP = NativeLibrary.getInstance("libseccomp.so.2");
        private static final Function RESOLVE = function("seccomp_syscall_resolve_name");
        private static final Function RESOLVE_FOR = function("seccomp_syscall_resolve_name_arch");
        private static final Function ADD = function("seccomp_rule_add_array");

        static Function function(String name) {
            return SECCOMP.getFunction(name);
        }
    }

    /** A condition on an argument: SCMP_CMP_MASKED_EQ alone has a second value. */
    public record Condition(int index, int operator, long value, long valueTwo) {}

    /**
     * A filter which lets each call of this machine's own architecture have {@code action}, as the kernel's SECCOMP_RET_* have it.
     *
     * @param calls the names of those that rules are going to be about
     * @throws KernelException if there is no libseccomp, or it does not know the action
     */
    public SeccompFilter(long action, Set<String> calls) {
        try {
            context = Library.function("seccomp_init").invokePointer(new Object[] {(int) action});
        } catch (UnsatisfiedLinkError e) {
            throw new KernelException(
                    "libseccomp.so.2 is missing, which makes filters of system calls; install Debian's package libseccomp2");
        }
        if (context == null) {
            throw new KernelException("libseccomp does not know the action 0x" + Long.toHexString(action));
        }
        own = number(Library.function("seccomp_arch_native"));
        var text = (String.join("\0", calls) + "\0").getBytes(StandardCharsets.UTF_8);
        names = new Memory(text.length);
        names.write(0, text, 0, text.length);
        var place = Pointer.nativeValue(names);
        for (var call : calls) {
            places.put(call, place);
            numbers.put(call, number(Library.RESOLVE, place));
            place += call.getBytes(StandardCharsets.UTF_8).length + 1;
        }
    }

    /**
     * The calls of another architecture, which the machine's processor can run, are filtered, too.
     *
     * @param name as libseccomp has it: x86
     * @return whether libseccomp knows it
     */
    public boolean addArchitecture(String name) {
        var token = number(Library.function("seccomp_arch_resolve_name"), name);
        if (token == 0) {
            return false;
        }
        if (token != own && !others.contains(token)) {
            check("seccomp_arch_add", number(Library.function("seccomp_arch_add"), context, token));
            others.add(token);
        }
        return true;
    }

    /** Whether there is a call of that name on any architecture that is filtered. */
    public boolean knows(String call) {
        return numbers.get(call) != NO_SUCH_CALL;
    }

    /**
     * The call gets {@code action} where all {@code conditions} hold, of which there is one for each argument at most.
     *
     * @throws KernelException if libseccomp takes no such rule
     */
    public void add(String call, long action, List<Condition> conditions) {
        if (conditions.isEmpty()) {
            add(call, action, 0, Pointer.NULL);
            return;
        }
        try (var memory = new Memory((long) CONDITION * conditions.size())) {
            for (var i = 0; i < conditions.size(); i++) {
                var at = (long) CONDITION * i;
                memory.setInt(at, conditions.get(i).index());
                memory.setInt(at + 4, conditions.get(i).operator());
                memory.setLong(at + 8, conditions.get(i).value());
                memory.setLong(at + 16, conditions.get(i).valueTwo());
            }
            add(call, action, conditions.size(), memory);
        }
    }

    private void add(String call, long action, int count, Pointer conditions) {
        var result = number(Library.ADD, context, (int) action, numbers.get(call), count, conditions);
        if (result < 0) {
            throw refused("the rule for " + call, result);
        }
    }

    /**
     * The largest number that one of the calls has on each architecture that is filtered; an architecture that has none of them is left
     * out. Architectures are known as libseccomp knows them: by AUDIT_ARCH_*, but for x32.
     */
    public Map<Integer, Integer> largest() {
        var largest = new LinkedHashMap<Integer, Integer>();
        numbers.values().forEach(number -> keep(largest, own, number));
        for (var architecture : others) {
            places.values()
                    .forEach(name -> keep(largest, architecture, number(Library.RESOLVE_FOR, architecture, name)));
        }
        return largest;
    }

    private static void keep(Map<Integer, Integer> largest, int architecture, int number) {
        if (number >= 0) {
            largest.merge(architecture, number, Math::max);
        }
    }

    /** The filter finds its rules as in a tree, and does not try one after the other; libseccomp can do that since 2.5. */
    public void optimize() {
        number(Library.function("seccomp_attr_set"), context, OPTIMIZE, BINARY_TREE);
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
            check("seccomp_export_bpf", number(Library.function("seccomp_export_bpf"), context, file));
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
        names.close();
    }

    private static int number(Function function, Object... arguments) {
        return function.invokeInt(arguments);
    }

    private static void check(String what, int result) {
        if (result < 0) {
            throw refused(what, result);
        }
    }

    private static KernelException refused(String what, int result) {
        return new KernelException("libseccomp refuses " + what, Errno.of(result));
    }
}

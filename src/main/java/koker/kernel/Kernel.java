package koker.kernel;

import static koker.kernel.Constant.*;

import com.sun.jna.Function;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import koker.kernel.Argument.Flags;
import koker.kernel.Argument.Number;
import koker.kernel.Argument.Result;
import koker.kernel.Operation.Special;

/**
 * The only door to Linux: makes system calls, on the calling thread or in a new process, and tells an observer of each one. Nothing
 * else in koker calls the kernel, so nothing happens unseen.
 */
public final class Kernel {
    private static final String CHILD = "child";
    private static final String RESTORE = "restore";
    private static final String CLONE = "clone";
    private static final int CLOCK = 4;
    private static final int LEAST_SCRATCH = 4 << 10;

    private final Architecture architecture = Architecture.current();
    private final Consumer<Event> observer;
    private final ThreadLocal<com.sun.jna.Memory> scratch = new ThreadLocal<>();

    private volatile boolean made;

    /** Loaded when the first call is made; some commands make none. */
    private static final class CLibrary {
        private static final NativeLibrary SELF = NativeLibrary.getInstance("c");
        private static final Function SYSCALL = SELF.getFunction("syscall");
    }

    /** A door that tells {@code observer} of every call, after it was made, on the thread that made it. */
    public Kernel(Consumer<Event> observer) {
        this.observer = observer;
    }

    /** Whether a call was made. */
    public boolean madeCalls() {
        return made;
    }

    /**
     * Makes {@code call} on the calling thread, and returns its result: at least 0, or less for an error that the call tolerates.
     *
     * @throws KernelException if the kernel refuses
     */
    public long call(Call call) {
        return make(call, true);
    }

    /**
     * Moves data: makes a call that reads, writes or waits on behalf of a container's terminal or pipes, that reads, fills or locks a file of an
     * image, or that lists a folder. It is not shown, as it would drown what is.
     *
     * @throws KernelException if the kernel refuses
     */
    public long transfer(Call call) {
        return make(call, false);
    }

    /**
     * Starts a process by {@code clone}, a call that duplicates this one, and lets it run {@code program}: one call after the other,
     * until one fails, replaces the process, or ends it. Every signal is blocked in it.
     *
     * @throws KernelException if the kernel refuses to make the process
     */
    public Child start(Call clone, List<Call> program) {
        return start(clone, program, program.size());
    }

    /**
     * The same; the part of the program from the call number {@code later} on has memory of its own, which can be given back once it has
     * been run: see {@link Calls#shedLater}.
     *
     * @throws KernelException if the kernel refuses to make the process
     */
    public Child start(Call clone, List<Call> program, int later) {
        // This process makes the first four, and looks at the fifth to know the time; the new one makes those from
        // CHILD.
        var calls = new ArrayList<Call>();
        calls.add(Calls.blockSignals(true));
        calls.add(clone.as(CLONE).on(0, CHILD).orElse(RESTORE));
        calls.add(Calls.blockSignals(false).as(RESTORE));
        calls.add(Call.of(Special.RETURN, new Result(CLONE)));
        calls.add(Call.of(Special.RETURN, new Number(0)));
        calls.add(Call.of(Special.SUBTRACT, new Number(0), new Number(0)).as(CHILD));
        calls.addAll(program);

        var first = calls.size() - program.size();
        var size = Program.size(calls, first + later);
        var start = map(size, -1);
        var memory = new Memory(start, size);
        memory.reserve(Program.ENTRIES);
        var end = Program.size(calls.subList(0, first + later));
        var loaded =
                new Program(calls, first + later, memory, architecture, places(Pointer.nativeValue(start), end, size));
        var stub = Function.getFunction(start);
        var before = System.nanoTime();
        var pid = stub.invokeLong(new Object[] {loaded.address(0)});
        var clock = new Clock(stub, loaded, CLOCK, before);
        for (var i = 0; i < 3; i++) {
            var took = clock.span(loaded.begin(i), loaded.end(i));
            var result = i == 1 ? pid : loaded.result(i);
            var began = clock.time(loaded.begin(i));
            observer.accept(new Event(calls.get(i), Event.Side.HOST, result, began, took, loaded.results()));
        }
        if (pid < 0) {
            var refused = new KernelException(calls.get(1).show(loaded.results()), Errno.of(pid));
            call(loaded.unmap());
            throw refused;
        }
        return new Child(this, (int) pid, loaded, first, clock, observer);
    }

    /**
     * From now on {@code signals} no longer do what they did: the number of each that arrives, as 8 bytes, is written to the pipe
     * {@code descriptor}.
     *
     * @throws KernelException if the kernel refuses
     */
    public void catchSignals(List<Signal> signals, int descriptor) {
        var stub = Pointer.nativeValue(map(Program.ENTRIES, descriptor));
        var action = Layout.of()
                .int64(stub + architecture.signal())
                .int64(0x04000000 | 0x10000000) // SA_RESTORER|SA_RESTART
                .int64(stub + architecture.restore())
                .int64(0)
                .bytes();
        for (var signal : signals) {
            call(Call.of(
                    SystemCall.RT_SIGACTION,
                    new Flags(List.of(signal)),
                    new Argument.Struct(action, "{sa_handler=stub, sa_mask=[], sa_flags=SA_RESTORER|SA_RESTART}"),
                    new Argument.Null(),
                    new Number(8)));
        }
    }

    private long make(Call call, boolean shown) {
        var memory = memory(call.size());
        var arguments = call.arguments();
        var words = new Object[arguments.size() + 1];
        words[0] = (long) call.operation().number(architecture);
        for (var i = 0; i < arguments.size(); i++) {
            words[i + 1] = arguments.get(i).encode(memory);
        }
        var before = System.nanoTime();
        made = true;
        var result = CLibrary.SYSCALL.invokeLong(words);
        if (result == -1) {
            result = -Native.getLastError();
        }
        var nanos = System.nanoTime() - before;
        for (var i = 0; i < arguments.size(); i++) {
            if (arguments.get(i) instanceof Argument.Room(byte[] bytes, var _)) {
                new Pointer((long) words[i + 1]).read(0, bytes, 0, bytes.length);
            }
        }
        if (shown) {
            observer.accept(new Event(call, Event.Side.HOST, result, before, nanos, _ -> 0));
        }
        if (result < 0 && !call.tolerated().contains(Errno.of(result))) {
            throw new KernelException(call.show(_ -> 0), Errno.of(result));
        }
        return result;
    }

    /** Of the calling thread: to get memory from the system, and give it back, takes longer than many a call. */
    private Memory memory(int size) {
        var own = scratch.get();
        if (own == null || own.size() < size) {
            own = new com.sun.jna.Memory(Math.max(size, LEAST_SCRATCH));
            scratch.set(own);
        }
        return new Memory(own, size);
    }

    private Map<Argument.Place, Long> places(long start, int later, int size) {
        var top = architecture == Architecture.X86_64 ? 0x7ffffffff000L : 0x1000000000000L;
        return Map.of(
                Argument.Place.START,
                start,
                Argument.Place.LATER,
                start + later,
                Argument.Place.END,
                start + size,
                Argument.Place.TOP,
                top,
                Argument.Place.RSEQ,
                -rseqOffset());
    }

    /** Where glibc keeps what the kernel knows of restartable sequences, counted from the thread pointer; 0 if it does not. */
    private long rseqOffset() {
        try {
            return CLibrary.SELF.getGlobalVariableAddress("__rseq_offset").getLong(0);
        } catch (UnsatisfiedLinkError e) {
            return 0;
        }
    }

    /** Shared memory of {@code size} bytes: the stub, whose signal handler writes to {@code pipe}, and behind it nothing yet. */
    private Pointer map(int size, int pipe) {
        var address = call(Call.of(
                SystemCall.MMAP,
                new Argument.Null(),
                new Number(size),
                new Flags(List.of(PROT_READ, PROT_WRITE)),
                new Flags(List.of(MAP_SHARED, MAP_ANONYMOUS)),
                new Number(-1),
                new Number(0)));
        var start = new Pointer(address);
        var code = architecture.stub();
        start.write(0, code, 0, code.length);
        start.setLong(architecture.pipe(), pipe);
        call(Call.of(
                SystemCall.MPROTECT,
                new Number(address),
                new Number(Program.ENTRIES),
                new Flags(List.of(PROT_READ, PROT_EXEC))));
        return start;
    }
}

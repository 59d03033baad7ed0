package koker.process;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import koker.kernel.Call;
import koker.kernel.Calls;
import koker.kernel.Child;
import koker.kernel.Ends;
import koker.kernel.Errno;
import koker.kernel.Event.Side;
import koker.kernel.ExitStatus;
import koker.kernel.Kernel;
import koker.spec.Spec;
import koker.trace.Trace;

/**
 * The user's terminal in raw mode: every key goes to the container. However koker ends, the terminal gets its old mode back; a small
 * process, which outlives koker, sees to that.
 */
public final class Terminal implements AutoCloseable {
    private static final int STANDARD_ERROR = 2;

    private static final int SETTINGS = 36; // struct termios, as the kernel has it
    private static final String RESTORE = "restore the terminal";

    private final Kernel kernel;
    private final Trace trace;
    private final int descriptor;
    private final byte[] settings;
    private final List<Call> keeping;
    private final Child keeper;
    private final int pipe;

    private Terminal(
            Kernel kernel, Trace trace, int descriptor, byte[] settings, List<Call> keeping, Child keeper, int pipe) {
        this.kernel = kernel;
        this.trace = trace;
        this.descriptor = descriptor;
        this.keeping = keeping;
        this.settings = settings;
        this.keeper = keeper;
        this.pipe = pipe;
    }

    /** Whether {@code descriptor} is a terminal. */
    public static boolean is(Kernel kernel, int descriptor) {
        return settings(kernel, descriptor).isPresent();
    }

    /** The size of the terminal {@code descriptor}, if it is one. */
    public static Optional<Spec.ConsoleSize> size(Kernel kernel, int descriptor) {
        var size = new byte[8];
        if (kernel.transfer(Calls.windowSize(descriptor, size).tolerating(Errno.values())) < 0) {
            return Optional.empty();
        }
        return Optional.of(
                new Spec.ConsoleSize(size[0] & 0xff | (size[1] & 0xff) << 8, size[2] & 0xff | (size[3] & 0xff) << 8));
    }

    /** Has the story shown with bars for transfers, if it is told on a terminal whose cursor can be moved. */
    public static void showBars(Kernel kernel, Trace trace) {
        var type = System.getenv().getOrDefault("TERM", "dumb");
        if (trace.detail() == Trace.Detail.STORY && !type.equals("dumb")) {
            size(kernel, STANDARD_ERROR).ifPresent(size -> trace.showBars(size.width()));
        }
    }

    /** The first of koker's standard streams that is a terminal: any of the others may be a pipe or a file. */
    public static Optional<Integer> ofUser(Kernel kernel) {
        for (var descriptor = 0; descriptor <= STANDARD_ERROR; descriptor++) {
            if (is(kernel, descriptor)) {
                return Optional.of(descriptor);
            }
        }
        return Optional.empty();
    }

    /** Switches {@code descriptor}, which is a terminal, to raw mode, until {@link #close}. */
    public static Terminal raw(Kernel kernel, Trace trace, int descriptor) {
        var settings = settings(kernel, descriptor)
                .orElseThrow(() -> new IllegalStateException("descriptor " + descriptor + " is no terminal"));
        trace.heading("Keep terminal", Map.of());
        var ends = new Ends();
        kernel.call(Calls.pipe(ends));
        var keeping = keep(descriptor, settings, ends.first());
        var keeper = kernel.start(Calls.fork(), keeping);
        kernel.call(Calls.close(ends.first()));
        trace.heading("Raw terminal", Map.of());
        kernel.call(Calls.setTerminal(descriptor, raw(settings)));
        trace.raw(is(kernel, STANDARD_ERROR));
        return new Terminal(kernel, trace, descriptor, settings, keeping, keeper, ends.second());
    }

    @Override
    public void close() {
        trace.heading("Restore terminal", Map.of());
        kernel.call(Calls.setTerminal(descriptor, settings).tolerating(Errno.EIO));
        trace.raw(false);
        kernel.call(Calls.write(pipe, "."));
        ExitStatus.await(kernel, keeper.pid());
        trace.heading("Keep terminal", Map.of());
        for (var i = 0; i < keeping.size(); i++) {
            keeper.report(i, keeping.get(i), Side.HELPER);
        }
        keeper.close();
    }

    /** Waits for koker to write a byte, or to be gone, which ends the pipe; then, the terminal gets its settings back. */
    private static List<Call> keep(int descriptor, byte[] settings, int pipe) {
        var calls = new ArrayList<Call>();
        calls.add(Calls.setsid());
        if (descriptor > 0) {
            calls.add(Calls.closeRange(0, descriptor - 1L));
        }
        calls.add(Calls.closeRange(descriptor + 1L, pipe - 1L));
        calls.add(Calls.closeRange(pipe + 1L, 0xffffffffL));
        calls.addAll(Calls.shedMemory("keeper of the terminal"));
        calls.add(Calls.read(pipe, new byte[1]).on(0, RESTORE));
        calls.add(Calls.exit(0));
        calls.add(Calls.setTerminal(descriptor, settings).as(RESTORE).tolerating(Errno.EIO));
        calls.add(Calls.exit(0));
        return calls;
    }

    private static Optional<byte[]> settings(Kernel kernel, int descriptor) {
        var settings = new byte[SETTINGS];
        var call = Calls.terminal(descriptor, settings).tolerating(Errno.values());
        return kernel.transfer(call) < 0 ? Optional.empty() : Optional.of(settings);
    }

    /** As cfmakeraw(3). */
    private static byte[] raw(byte[] settings) {
        var raw = settings.clone();
        clear(raw, 0, 0x1 | 0x2 | 0x8 | 0x20 | 0x40 | 0x80 | 0x100 | 0x400); // c_iflag
        clear(raw, 4, 0x1); // c_oflag: OPOST
        clear(raw, 8, 0x30 | 0x100); // c_cflag: CSIZE, PARENB
        raw[8] |= 0x30; // CS8
        clear(raw, 12, 0x1 | 0x2 | 0x8 | 0x40 | 0x8000); // c_lflag: ISIG, ICANON, ECHO, ECHONL, IEXTEN
        raw[17 + 5] = 0; // VTIME
        raw[17 + 6] = 1; // VMIN
        return raw;
    }

    private static void clear(byte[] settings, int offset, int bits) {
        settings[offset] &= (byte) ~bits;
        settings[offset + 1] &= (byte) ~(bits >> 8);
    }
}

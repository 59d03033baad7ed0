package koker.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import koker.kernel.Calls;
import koker.kernel.Ends;
import koker.kernel.Errno;
import koker.kernel.Kernel;
import koker.kernel.OpenFlag;
import koker.trace.Trace;

/**
 * Standard input, output and error of a container: koker's own, where they are files or pipes, so that not a byte passes through koker; but
 * a terminal of the host never gets into a container, and is replaced by a pipe.
 */
public final class Streams {
    private static final int BUFFER = 1 << 16;

    private final Kernel kernel;
    private final List<Integer> inside = new ArrayList<>(List.of(0, 1, 2));
    private final List<Integer> opened = new ArrayList<>();
    private final List<Runnable> output = new ArrayList<>();
    private final List<Thread> outputs = new ArrayList<>();
    private Optional<Runnable> input = Optional.empty();
    private Optional<Integer> held = Optional.empty();

    private Streams(Kernel kernel) {
        this.kernel = kernel;
    }

    /** Streams for a container that gets a terminal of its own, and replaces them all. */
    public static Streams replaced(Kernel kernel) {
        return new Streams(kernel);
    }

    /**
     * Streams for a container without a terminal; without {@code interactive}, its standard input is empty. Pipes are given to the user
     * {@code uid}, who may want to open them again, as /dev/stdout.
     */
    public static Streams passed(Kernel kernel, Trace trace, boolean interactive, long uid) {
        trace.heading("Standard streams", Map.of());
        var streams = new Streams(kernel);
        if (!interactive) {
            streams.open(0, (int) kernel.call(Calls.openat("/dev/null", OpenFlag.O_RDONLY, OpenFlag.O_CLOEXEC)));
        } else if (Terminal.is(kernel, 0)) {
            var ends = streams.pipe();
            streams.open(0, ends.first());
            streams.input = Optional.of(() -> streams.copy(0, ends.second(), true));
        }
        for (var descriptor = 1; descriptor <= 2; descriptor++) {
            if (Terminal.is(kernel, descriptor)) {
                var ends = streams.pipe();
                var to = descriptor;
                streams.open(descriptor, ends.second());
                streams.output.add(() -> streams.copy(ends.first(), to, false));
            }
        }
        give(kernel, streams.inside, uid);
        return streams;
    }

    /** Gives the pipes among koker's own standard streams to the user {@code uid}, who may want to open them again, as /dev/stdout. */
    public static void give(Kernel kernel, Trace trace, long uid) {
        trace.heading("Standard streams", Map.of());
        give(kernel, List.of(0, 1, 2), uid);
    }

    private static void give(Kernel kernel, List<Integer> descriptors, long uid) {
        if (uid != 0) {
            for (var descriptor : descriptors) {
                if (isPipe(descriptor)) {
                    // Who is root in a user namespace alone may not give away what is somebody else's.
                    kernel.call(Calls.fchown(descriptor, uid, -1).tolerating(Errno.EPERM, Errno.EINVAL));
                }
            }
        }
    }

    /** The descriptors that are to be 0, 1 and 2 in the container. */
    public List<Integer> inside() {
        return List.copyOf(inside);
    }

    /** The process has its own copies: lets go of what was opened for it, and begins to copy. */
    public void begin() {
        opened.forEach(descriptor -> kernel.call(Calls.close(descriptor)));
        input.ifPresent(copy -> Thread.ofPlatform().daemon().name("input").start(copy));
        output.forEach(
                copy -> outputs.add(Thread.ofPlatform().daemon().name("output").start(copy)));
    }

    /**
     * Opens the inner end of the container's terminal, too, until {@link #drain}: it is no end that nobody inside has it open, who may open it
     * anew, as a getty does. This takes a process that is in the container.
     *
     * @param master the outer end
     */
    public void hold(int master) {
        held = Optional.of((int) kernel.call(Calls.peer(master)));
    }

    /** Begins to copy between the user and {@code master}, the outer end of the container's terminal. */
    public void connect(int master, boolean interactive) {
        output.add(() -> copy(master, 1, false));
        if (interactive) {
            input = Optional.of(() -> copy(0, master, false));
        }
        begin();
    }

    /** The process has ended: waits until all that it has written is passed on. */
    public void drain() {
        held.ifPresent(descriptor -> kernel.call(Calls.close(descriptor)));
        for (var output : outputs) {
            try {
                output.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void copy(int from, int to, boolean close) {
        var transfer = new Transfer(kernel);
        var buffer = new byte[BUFFER];
        var open = true;
        for (var count = transfer.read(from, buffer); count > 0; count = transfer.read(from, buffer)) {
            open = open && transfer.write(to, buffer, count);
        }
        if (close) {
            transfer.close(to);
        }
    }

    private static boolean isPipe(int descriptor) {
        try {
            return Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor))
                    .toString()
                    .startsWith("pipe:");
        } catch (IOException e) {
            return false; // it is closed
        }
    }

    private void open(int as, int descriptor) {
        inside.set(as, descriptor);
        opened.add(descriptor);
    }

    private Ends pipe() {
        var ends = new Ends();
        kernel.call(Calls.pipe(ends));
        return ends;
    }
}

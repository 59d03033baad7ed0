package koker.kernel;

import com.sun.jna.Function;

/** Translates ticks of the processor, which the stub notes for each entry that it runs, to the time of {@link System#nanoTime}. */
final class Clock {
    private final Function stub;
    private final Program program;
    private final int reading;
    private final long firstNanos;
    private final long firstTick;
    private long lastTick;
    private double nanosPerTick;

    /**
     * A clock that is read by running an entry.
     *
     * @param stub what runs entries
     * @param reading the number of an entry of {@code program} that returns at once
     * @param firstNanos the time when the first entry of {@code program} was run
     */
    Clock(Function stub, Program program, int reading, long firstNanos) {
        this.stub = stub;
        this.program = program;
        this.reading = reading;
        this.firstNanos = firstNanos;
        this.firstTick = program.begin(0);
        read();
    }

    /** The time of {@code tick}. */
    long time(long tick) {
        // The longer the time between two readings, the more exact is what a tick is.
        if (tick > lastTick) {
            read();
        }
        return firstNanos + span(firstTick, tick);
    }

    /** The nanoseconds from one tick to another. */
    long span(long from, long to) {
        return Math.round((to - from) * nanosPerTick);
    }

    private void read() {
        var nanos = System.nanoTime();
        stub.invokeLong(new Object[] {program.address(reading)});
        lastTick = program.begin(reading);
        nanosPerTick = (double) (nanos - firstNanos) / (lastTick - firstTick);
    }
}

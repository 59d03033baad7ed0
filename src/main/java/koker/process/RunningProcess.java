package koker.process;

import java.time.Duration;
import koker.kernel.Calls;
import koker.kernel.Kernel;
import koker.kernel.Signal;
import koker.plan.EndStep;
import koker.plan.Maker;

/** A process that is sent signals and waited for, by steps of {@code maker}; no later one of the same number is taken for it. */
public record RunningProcess(Kernel kernel, Maker maker, ProcessId id) {
    /**
     * Sends it a signal; returns whether it was there.
     *
     * @throws koker.plan.StepException if the kernel refuses
     */
    public boolean signal(Signal signal) {
        var descriptor = open();
        if (descriptor < 0) {
            return false;
        }
        maker.make(new EndStep.SendSignal(descriptor, id.pid(), signal));
        return true;
    }

    /**
     * Waits until it has ended, {@code limit} at most; returns whether that is so.
     *
     * @throws koker.plan.StepException if the kernel refuses
     */
    public boolean awaitEnd(Duration limit) {
        var descriptor = open();
        if (descriptor < 0) {
            return !id.isAlive();
        }
        var results = maker.make(new EndStep.WaitForEnd(descriptor, id.pid(), limit));
        return results.getOrDefault(EndStep.WaitForEnd.ENDED, 0L) > 0;
    }

    /** A descriptor of it; less than 0 if it is not there, or the user wants it not opened. */
    private int open() {
        var results = maker.make(new EndStep.OpenProcess(id.pid()));
        var descriptor = results.getOrDefault(EndStep.OpenProcess.PROCESS, -1L).intValue();
        // Only now nobody else can get its number.
        if (descriptor >= 0 && !id.isAlive()) {
            kernel.call(Calls.close(descriptor));
            return -1;
        }
        return descriptor;
    }
}

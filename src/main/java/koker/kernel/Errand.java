package koker.kernel;

import java.util.function.Supplier;

/**
 * Work after which its thread would be in other namespaces than koker, or may be if it fails half-way. So it has a thread of its own, which ends
 * with it, however that may be.
 */
public final class Errand<T> implements Runnable {
    private final Supplier<T> work;
    private T result;
    private RuntimeException failure;

    private Errand(Supplier<T> work) {
        this.work = work;
    }

    /** What {@code work} returns or throws. */
    public static <T> T of(Supplier<T> work) {
        var errand = new Errand<>(work);
        var thread = Thread.ofPlatform().name("errand").start(errand);
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a thread was about something", e);
        }
        if (errand.failure != null) {
            throw errand.failure;
        }
        return errand.result;
    }

    @Override
    public void run() {
        try {
            result = work.get();
        } catch (RuntimeException e) {
            failure = e;
        } catch (Error e) {
            failure = new IllegalStateException(e);
        }
    }
}

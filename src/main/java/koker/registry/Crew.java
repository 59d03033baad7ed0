package koker.registry;

import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

/** Does the same with several things at once. */
final class Crew {
    private static final int AT_ONCE = 4;

    private Crew() {}

    /**
     * Does {@code work} with all of them, and returns when it is done. The first failure ends it, and is thrown.
     *
     * @param what what cannot be done if it is interrupted
     */
    static <T> void each(String what, List<T> all, Consumer<T> work) {
        try (var pool = Executors.newFixedThreadPool(AT_ONCE)) {
            var tasks = new ExecutorCompletionService<Void>(pool);
            all.forEach(one -> tasks.submit(() -> work.accept(one), null));
            try {
                for (var _ : all) {
                    tasks.take().get();
                }
            } catch (ExecutionException e) {
                pool.shutdownNow();
                if (e.getCause() instanceof Error error) {
                    throw error;
                }
                throw (RuntimeException) e.getCause();
            } catch (InterruptedException e) {
                pool.shutdownNow();
                Thread.currentThread().interrupt();
                throw new RegistryException(what + ": interrupted", e);
            }
        }
    }
}

package koker.engine;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * The search for containers that nobody looks after any more. It goes on beside whatever else is done, as the kernel takes some 10 ms to
 * tell of all locks: it waits for its processors one after the other.
 */
final class Abandoned {
    private final CompletableFuture<List<String>> ids = new CompletableFuture<>();

    private Abandoned() {}

    /** Begins to search among those that were to be looked after, who have a file in {@code attended}. */
    static Abandoned search(Path attended) {
        var search = new Abandoned();
        Thread.ofPlatform().daemon().start(() -> {
            try {
                search.ids.complete(Attendance.abandoned(attended));
            } catch (IOException | RuntimeException e) {
                search.ids.completeExceptionally(e);
            }
        });
        return search;
    }

    /** Their IDs. */
    List<String> ids() throws IOException {
        try {
            return ids.join();
        } catch (CompletionException e) {
            throw new IOException(
                    "cannot find out who looks after containers: "
                            + e.getCause().getMessage(),
                    e);
        }
    }
}

package koker.registry;

import static koker.trace.Trace.fields;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import koker.image.Descriptor;
import koker.image.Digest;
import koker.image.PartialBlob;

/** From where an image is pulled: the mirrors of its registry, and where those fail the registry itself; for all threads. */
final class Sources {
    private final List<Repository> repositories;

    /** The registry's own repository is the last. */
    Sources(List<Repository> repositories) {
        this.repositories = new CopyOnWriteArrayList<>(repositories);
    }

    /** The manifest or index with that tag. */
    Document manifest(String tag) {
        return first(repository -> repository.manifest(tag));
    }

    /** The manifest or index with that digest. */
    Document manifest(Digest digest) {
        return first(repository -> repository.manifest(digest));
    }

    /** Fetches what is missing of a blob. */
    void blob(Descriptor blob, PartialBlob partial) {
        first(repository -> {
            repository.blob(blob, partial);
            if (!isLast(repository) && !partial.isWhole()) {
                partial.restart();
                throw new RegistryException(blob.digest() + " of " + repository + " is not what its digest says");
            }
            return repository;
        });
    }

    private <T> T first(Function<Repository, T> question) {
        while (true) {
            var repository = repositories.getFirst();
            try {
                return question.apply(repository);
            } catch (RegistryException e) {
                if (isLast(repository) || Thread.currentThread().isInterrupted()) {
                    throw e;
                }
                // Not asked again, so that all that follows comes from one place.
                if (repositories.remove(repository)) {
                    repository
                            .registry()
                            .trace()
                            .warn("Mirror failed", fields("mirror", repository, "reason", e.getMessage()));
                }
            }
        }
    }

    private boolean isLast(Repository repository) {
        return repositories.getLast() == repository;
    }
}

package koker.registry;

import java.util.List;
import koker.image.ImageReference;
import koker.trace.Trace;

/** The tags of a repository. */
public final class Tags {
    private final Repository repository;

    /** Those of the repository that {@code name} names. */
    public Tags(Trace trace, ImageReference name, boolean insecure) {
        repository = new Access(trace, System.getenv(), insecure).repository(name, Repository.PULL);
    }

    /** All of them, in the order in which people count: 1.9 before 1.10. */
    public List<String> list() {
        return repository.tags().stream()
                .map(RegistryException::oneLine)
                .sorted(Tags::compare)
                .toList();
    }

    /** By letters, but numbers by their size. */
    static int compare(String one, String other) {
        var a = one.split("(?<=[0-9])(?=[^0-9])|(?<=[^0-9])(?=[0-9])");
        var b = other.split("(?<=[0-9])(?=[^0-9])|(?<=[^0-9])(?=[0-9])");
        for (var i = 0; i < Math.min(a.length, b.length); i++) {
            var order = a[i].matches("[0-9]{1,18}") && b[i].matches("[0-9]{1,18}")
                    ? Long.compare(Long.parseLong(a[i]), Long.parseLong(b[i]))
                    : a[i].compareTo(b[i]);
            if (order != 0) {
                return order;
            }
        }
        return a.length == b.length ? one.compareTo(other) : Integer.compare(a.length, b.length);
    }
}

package koker.cgroup;

import java.util.LinkedHashMap;
import java.util.Map;

/** A part of what the kernel counts for a cgroup: numbers by their names, and lists and maps of such. */
final class Account {
    private final Map<String, Object> entries = new LinkedHashMap<>();

    /** Adds a number, unless it is -1, which is unknown. */
    Account number(String name, long number) {
        if (number >= 0) {
            entries.put(name, number);
        }
        return this;
    }

    /** Adds the number in a file, if that is there. */
    Account file(String name, Counters files, String file) {
        if (files.has(file)) {
            entries.put(name, files.number(file));
        }
        return this;
    }

    /** Adds a list or a map. */
    Account part(String name, Object part) {
        entries.put(name, part);
        return this;
    }

    Map<String, Object> entries() {
        return entries;
    }
}

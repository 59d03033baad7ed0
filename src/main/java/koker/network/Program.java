package koker.network;

import java.util.List;

/** How a program of the host is run: to its end, or not at all where that is only planned. */
@FunctionalInterface
public interface Program {
    /**
     * Runs a program, and returns what it wrote.
     *
     * @param words its path and its arguments
     * @param input what it reads
     * @throws NetworkException if it exits with another status than 0; with what it said
     */
    String run(List<String> words, String input);
}

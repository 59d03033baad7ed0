package koker.plan;

import java.util.List;

/**
 * What a new process gets of this one's open files.
 *
 * @param stdio what is to be its standard input, output and error
 * @param preserved how many from 3 on it has under the same numbers
 * @param gate what it reads from when it waits for its start, {@link ProcessStep.AwaitStart}; 0 for none
 */
public record Descriptors(List<Integer> stdio, int preserved, int gate) {
    /** Nothing but standard input, output and error. */
    public Descriptors(List<Integer> stdio) {
        this(stdio, 0, 0);
    }
}

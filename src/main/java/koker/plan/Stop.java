package koker.plan;

/**
 * A step that is about to be made.
 *
 * @param pid the container's process as the host knows it, be it who makes the step or not; 0 if there is none yet
 */
public record Stop(Step step, int pid) {}

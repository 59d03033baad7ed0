package koker.engine;

import java.util.List;

/**
 * Which containers were removed because they did not run.
 *
 * @param bytes how many bytes they had of their own: what they had changed, and their logs
 */
public record PrunedContainers(List<String> ids, long bytes) {}

package koker.cgroup;

/**
 * What the processes of a cgroup use, and have used. -1 is unknown.
 *
 * @param processorNanos processor time so far
 * @param memory bytes, without what the kernel could take back at once
 * @param memoryLimit bytes; {@link Long#MAX_VALUE} for none
 * @param processes how many processes and threads there are
 * @param bytesRead from block devices so far
 * @param bytesWritten to block devices so far
 */
public record Usage(
        long processorNanos, long memory, long memoryLimit, long processes, long bytesRead, long bytesWritten) {}

package koker.engine;

/**
 * What koker remembers of a container beside its config.json; kept as state.json in its folder.
 *
 * @param name null if it has none
 * @param image the reference that the user gave
 * @param imageId the digest of the image's configuration
 * @param created milliseconds since 1970
 * @param removed whether it goes when it has ended
 * @param pid its first process, 0 before it is started and after it has ended
 * @param started when that process started, in ticks since boot, as in proc_pid_stat(5)
 * @param exitStatus null until it has ended
 */
record State(
        String id,
        String name,
        String image,
        String imageId,
        long created,
        boolean removed,
        int pid,
        long started,
        Integer exitStatus) {
    State running(int pid, long started) {
        return new State(id, name, image, imageId, created, removed, pid, started, null);
    }

    State ended(Integer exitStatus) {
        return new State(id, name, image, imageId, created, removed, 0, 0, exitStatus);
    }
}

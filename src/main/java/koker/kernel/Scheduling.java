package koker.kernel;

/** How a process is scheduled: a policy or a flag of sched_setattr(2), or a class of ioprio_set(2). */
public enum Scheduling implements Flag {
    SCHED_OTHER(0),
    SCHED_FIFO(1),
    SCHED_RR(2),
    SCHED_BATCH(3),
    SCHED_IDLE(5),
    SCHED_DEADLINE(6),
    SCHED_FLAG_RESET_ON_FORK(0x1),
    SCHED_FLAG_RECLAIM(0x2),
    SCHED_FLAG_DL_OVERRUN(0x4),
    SCHED_FLAG_KEEP_POLICY(0x8),
    SCHED_FLAG_KEEP_PARAMS(0x10),
    SCHED_FLAG_UTIL_CLAMP_MIN(0x20),
    SCHED_FLAG_UTIL_CLAMP_MAX(0x40),
    IOPRIO_WHO_PROCESS(1),
    IOPRIO_CLASS_RT(1 << 13),
    IOPRIO_CLASS_BE(2 << 13),
    IOPRIO_CLASS_IDLE(3 << 13);

    private final long value;

    Scheduling(long value) {
        this.value = value;
    }

    @Override
    public long value() {
        return value;
    }
}

package koker.engine;

import koker.cgroup.Cgroups;

/** A container as it is at this moment: what is written of it, and what the kernel says. */
record Container(ContainerFolder folder, State state, Status status) {
    /** What a container can be doing. */
    enum Status {
        CREATED,
        RUNNING,
        PAUSED,
        STOPPED,
        REMOVING;

        /** The name as users know it. */
        @Override
        public String toString() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    /**
     * Looks at a container, without a lock.
     *
     * @throws EngineException if there is none, or its state is damaged
     */
    static Container of(ContainerFolder folder, Cgroups cgroups) {
        var state = folder.read();
        return new Container(folder, state, status(folder, state, cgroups));
    }

    /** Whether it has a process. */
    boolean isAlive() {
        return status == Status.RUNNING || status == Status.PAUSED;
    }

    /** How to speak of it. */
    String title() {
        return state.title();
    }

    private static Status status(ContainerFolder folder, State state, Cgroups cgroups) {
        if (state.removing()) {
            return Status.REMOVING;
        }
        if (state.end() != null) {
            return Status.STOPPED;
        }
        if (state.run() == null) {
            return Status.CREATED;
        }
        if (!state.run().process().isAlive()) {
            return Status.STOPPED; // and nobody has noted it yet
        }
        return cgroups.isFrozen(folder.cgroupsPath()) ? Status.PAUSED : Status.RUNNING;
    }
}

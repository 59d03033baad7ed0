package koker.oci;

/** The states of a container (runtime.md, "State"), and the one that runc adds, paused. */
public enum Status {
    CREATING("creating"),
    CREATED("created"),
    RUNNING("running"),
    PAUSED("paused"),
    STOPPED("stopped");

    private final String word;

    Status(String word) {
        this.word = word;
    }

    /** As the specification has it. */
    @Override
    public String toString() {
        return word;
    }
}

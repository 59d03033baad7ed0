package koker.plan;

/** A container's process on its way to its command, and the supervisor that started it. */
public record Supervised(Launch supervisor, Launch container) implements AutoCloseable {
    /** Never meets either of them again. */
    @Override
    public void close() {
        container.part();
        supervisor.close();
    }
}

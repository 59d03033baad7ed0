package koker.spec;

/** A member that koker knows, but cannot honour: all that is read of it is that it is there. */
enum Unsupported {
    PRESENT
}

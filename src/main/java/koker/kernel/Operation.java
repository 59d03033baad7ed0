package koker.kernel;

/** What an entry of a program does. */
public sealed interface Operation permits SystemCall, Operation.Special {
    /** The number that selects it in the stub of {@code architecture}. */
    int number(Architecture architecture);

    /** What the stub does itself. */
    enum Special implements Operation {
        /** The first argument minus the second. */
        SUBTRACT(-1),
        /** Back to the caller, with the first argument. */
        RETURN(-2),
        /** The address that the thread's own variables are counted from. */
        THREAD_POINTER(-3),
        /** The first argument, 64 bits, is written to the address that is the second. */
        STORE(-4),
        /** 1 if the first argument is the second or more, otherwise 0. */
        AT_LEAST(-5);

        private final int number;

        Special(int number) {
            this.number = number;
        }

        @Override
        public int number(Architecture architecture) {
            return number;
        }
    }
}

package koker.kernel;

import java.util.Arrays;

/** A signal, signal(7). */
public enum Signal implements Flag {
    SIGHUP(1),
    SIGINT(2),
    SIGQUIT(3),
    SIGILL(4),
    SIGTRAP(5),
    SIGABRT(6),
    SIGBUS(7),
    SIGFPE(8),
    SIGKILL(9),
    SIGUSR1(10),
    SIGSEGV(11),
    SIGUSR2(12),
    SIGPIPE(13),
    SIGALRM(14),
    SIGTERM(15),
    SIGSTKFLT(16),
    SIGCHLD(17),
    SIGCONT(18),
    SIGSTOP(19),
    SIGTSTP(20),
    SIGTTIN(21),
    SIGTTOU(22),
    SIGURG(23),
    SIGXCPU(24),
    SIGXFSZ(25),
    SIGVTALRM(26),
    SIGPROF(27),
    SIGWINCH(28),
    SIGIO(29),
    SIGPWR(30),
    SIGSYS(31);

    private final long value;

    Signal(long value) {
        this.value = value;
    }

    @Override
    public long value() {
        return value;
    }

    /**
     * The signal that {@code text} names: {@code SIGTERM}, {@code term} or {@code 15}.
     *
     * @throws IllegalArgumentException if it names none
     */
    public static Signal parse(String text) {
        var name = text.toUpperCase(java.util.Locale.ROOT);
        for (var signal : values()) {
            if (signal.name().equals(name)
                    || signal.name().equals("SIG" + name)
                    || Long.toString(signal.value).equals(name)) {
                return signal;
            }
        }
        throw new IllegalArgumentException("unknown signal '" + text + "'; see: kill -l");
    }

    /** The name of the signal {@code number}, or the number if it has none. */
    static String name(int number) {
        return Arrays.stream(values())
                .filter(signal -> signal.value == number)
                .map(Signal::name)
                .findFirst()
                .orElse(Integer.toString(number));
    }
}

package koker.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A signal, signal(7).
 *
 * @param name as in kill(1): {@code SIGTERM}; of a real-time signal {@code SIGRTMIN+3}
 */
public record Signal(String name, long value) implements Flag {
    /** The first real-time signal that the C library leaves to programs; two more it keeps for itself. */
    private static final int FIRST_REAL_TIME = 34;

    private static final int LAST_REAL_TIME = 64;

    /** The ordinary signals, each at the place of its number less one. */
    static final List<Signal> ORDINARY = number(
            "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM",
            "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF",
            "WINCH", "IO", "PWR", "SYS");

    public static final Signal SIGHUP = of(1);
    public static final Signal SIGINT = of(2);
    public static final Signal SIGQUIT = of(3);
    public static final Signal SIGKILL = of(9);
    public static final Signal SIGUSR1 = of(10);
    public static final Signal SIGUSR2 = of(12);
    public static final Signal SIGALRM = of(14);
    public static final Signal SIGTERM = of(15);
    public static final Signal SIGCHLD = of(17);
    public static final Signal SIGCONT = of(18);
    public static final Signal SIGWINCH = of(28);

    /** The real-time signals, of which programs say themselves what they mean. */
    public static List<Signal> realTime() {
        var all = new ArrayList<Signal>();
        for (var number = FIRST_REAL_TIME; number <= LAST_REAL_TIME; number++) {
            all.add(of(number));
        }
        return all;
    }

    /** The signal {@code number}. */
    public static Signal of(int number) {
        if (0 < number && number <= ORDINARY.size()) {
            return ORDINARY.get(number - 1);
        }
        var isRealTime = FIRST_REAL_TIME <= number && number <= LAST_REAL_TIME;
        return new Signal(isRealTime ? "SIGRTMIN+" + (number - FIRST_REAL_TIME) : "SIG" + number, number);
    }

    /**
     * The signal that {@code text} names: {@code SIGTERM}, {@code term} or {@code 15}; {@code SIGRTMIN+3} or {@code RTMAX-27}.
     *
     * @throws IllegalArgumentException if it names none
     */
    public static Signal parse(String text) {
        var upper = text.toUpperCase(Locale.ROOT);
        var name = upper.startsWith("SIG") ? upper.substring(3) : upper;
        for (var number = 1; number <= LAST_REAL_TIME; number++) {
            var signal = of(number);
            if (signal.isCalled(name)) {
                return signal;
            }
        }
        throw new IllegalArgumentException("unknown signal '" + text + "'; see: kill -l");
    }

    /** The name. */
    @Override
    public String toString() {
        return name;
    }

    private boolean isCalled(String text) {
        if (text.equals(name.substring(3)) || text.equals(Long.toString(value))) {
            return true;
        }
        return value == FIRST_REAL_TIME && text.equals("RTMIN")
                || value == LAST_REAL_TIME && text.equals("RTMAX")
                || value >= FIRST_REAL_TIME && text.equals("RTMAX-" + (LAST_REAL_TIME - value));
    }

    private static List<Signal> number(String... names) {
        var signals = new ArrayList<Signal>();
        for (var name : names) {
            signals.add(new Signal("SIG" + name, signals.size() + 1L));
        }
        return signals;
    }
}

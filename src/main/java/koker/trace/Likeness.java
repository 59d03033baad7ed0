package koker.trace;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What of a step is the same each time that it is made: IDs, process numbers, addresses and descriptors, which differ from run to run, are
 * replaced by what they are.
 */
record Likeness(String side, String step, List<String> calls) {
    /** Calls whose first argument, a small number, is no descriptor. */
    private static final Set<String> WITHOUT_DESCRIPTOR =
            Set.of("prctl", "setresuid", "setresgid", "setgroups", "umask", "close_range", "exit_group", "sethostname");

    private static final Pattern CONTAINER = Pattern.compile("(?<![0-9a-f])[0-9a-f]{12}(?![0-9a-f])");
    private static final Pattern LINK = Pattern.compile("(veth|koker-)[0-9a-f]{9}(?![0-9a-f])");
    private static final Pattern MAC = Pattern.compile("(?<![0-9a-f:])(?:[0-9a-f]{2}:){5}[0-9a-f]{2}(?![0-9a-f:])");
    private static final Pattern IPV6 =
            Pattern.compile("(?<![0-9a-f:])(?:[0-9a-f]{1,4}:){2,7}:?[0-9a-f]{1,4}(?![0-9a-f:])");
    private static final Pattern IPV4 = Pattern.compile("(?<![0-9.])(?:[0-9]{1,3}\\.){3}[0-9]{1,3}(?![0-9.])");
    private static final Pattern PROCESS = Pattern.compile("(pid[:=]|/proc/)[0-9]+");
    private static final Pattern NUMBER = Pattern.compile("[0-9]+");
    private static final Set<String> PROCESS_FIELDS = Set.of("pid", "of");

    /** What is alike in each {@code step} of its kind. */
    static Likeness of(RecordedStep step) {
        var text = new StringBuilder(step.title());
        step.about().forEach((name, value) -> text.append(' ')
                .append(name)
                .append('=')
                .append(PROCESS_FIELDS.contains(name) && NUMBER.matcher(value).matches() ? "PID" : plain(value)));
        var calls = new ArrayList<String>();
        for (var call : step.calls()) {
            calls.add(call(call));
        }
        return new Likeness(step.side(), text.toString(), calls);
    }

    /** Whether it is the same step, however its calls went. */
    boolean sameStep(Likeness other) {
        return side.equals(other.side) && step.equals(other.step);
    }

    private static String call(RecordedCall call) {
        var arguments = new ArrayList<String>();
        for (var i = 0; i < call.args().size(); i++) {
            arguments.add(argument(call, i));
        }
        return call.call() + "(" + String.join(", ", arguments) + ")" + (call.refused() ? " = " + call.errno() : "");
    }

    private static String argument(RecordedCall call, int index) {
        var text = call.args().get(index);
        return switch (call.call()) {
            case "munmap", "rseq" -> NUMBER.matcher(text).replaceAll("N");
            // What the kernel answers, and numbers of links: what is asked for is in the step.
            case "recvfrom" -> "…";
            case "sendto" -> NUMBER.matcher(plain(text)).replaceAll("N");
            case "pipe2", "socketpair", "dup3", "renameat2", "pidfd_getfd", "waitid", "clone3" ->
                NUMBER.matcher(plain(text)).replaceAll("N");
            case "keyctl" -> index == 1 && NUMBER.matcher(text).matches() ? "N" : plain(text);
            default -> isDescriptor(call, index, text) || isMemory(text) ? "N" : plain(text);
        };
    }

    private static boolean isDescriptor(RecordedCall call, int index, String text) {
        return index == 0 && NUMBER.matcher(text).matches() && !WITHOUT_DESCRIPTOR.contains(call.call());
    }

    private static boolean isMemory(String text) {
        return text.length() >= 12 && NUMBER.matcher(text).matches();
    }

    private static String plain(String text) {
        var plain = CONTAINER.matcher(text).replaceAll("ID");
        plain = LINK.matcher(plain).replaceAll("$1ID");
        plain = MAC.matcher(plain).replaceAll("MAC");
        plain = IPV6.matcher(plain).replaceAll("ADDRESS");
        plain = IPV4.matcher(plain).replaceAll("ADDRESS");
        return PROCESS.matcher(plain).replaceAll("$1PID");
    }
}

package koker.kernel;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToLongFunction;

/**
 * A list of calls in shared memory, as the stub runs it: the machine code in the first pages, then an entry for each call, then what
 * the arguments point to. The process that runs the program stores each result in its entry, where this process reads it.
 */
final class Program {
    private static final int PAGE = 0x10000; // the largest that either architecture has

    /** Where the entries start: behind the code, which has pages of its own so that they need not be writable. */
    static final int ENTRIES = PAGE;

    private static final int ENTRY = 144;
    private static final int RESULT = 56;
    private static final int MODES = 64;
    private static final int MATCH = 72;
    private static final int ON_MATCH = 80;
    private static final int ON_TOLERATED = 88;
    private static final int TOLERATED = 96;
    private static final int BEGIN = 120;
    private static final int END = 128;
    private static final long NOT_MADE = Long.MIN_VALUE;
    private static final long[] EVERY_ERROR = mask(Call.EVERY_ERROR);

    private final Memory memory;
    private final int later;
    private final int laterEntries;
    private final Map<String, Integer> labels = new HashMap<>();
    private final Map<String, Long> rooms = new HashMap<>();
    private final Map<Argument.Place, Long> places;

    /**
     * Lays {@code calls} down in {@code memory}, which already holds the code; {@code places} says what landmarks stand for. Those from the
     * number {@code later} on have pages of their own, and do not share their rooms with those before.
     */
    Program(List<Call> calls, int later, Memory memory, Architecture architecture, Map<Argument.Place, Long> places) {
        this.memory = memory;
        this.places = places;
        this.later = later;
        this.laterEntries = size(calls.subList(0, later));
        for (var i = 0; i < calls.size(); i++) {
            var label = calls.get(i).label();
            if (!label.isEmpty() && labels.put(label, i) != null) {
                throw new IllegalStateException("two calls of the program are labelled " + label);
            }
        }
        lay(calls, 0, later, architecture);
        if (later < calls.size()) {
            memory.skipTo(laterEntries);
            lay(calls, later, calls.size(), architecture);
        }
    }

    /** The bytes that a program of {@code calls} needs, code and entries included: whole pages. */
    static int size(List<Call> calls) {
        var bytes = 0;
        for (var call : calls) {
            bytes += ENTRY + call.size();
        }
        return ENTRIES + (bytes + PAGE - 1) / PAGE * PAGE;
    }

    /** The same, if the calls from the number {@code later} on have pages of their own. */
    static int size(List<Call> calls, int later) {
        return size(calls.subList(0, later)) + size(calls.subList(later, calls.size())) - ENTRIES;
    }

    /** munmap(2) of all of it. */
    Call unmap() {
        return Calls.unmap(memory.address(0), memory.size());
    }

    /** The address of the entry number {@code index}. */
    long address(int index) {
        return memory.address(entry(index));
    }

    /** Whether the entry number {@code index} has been run, or at least begun. */
    boolean begun(int index) {
        return memory.get(entry(index) + BEGIN) != 0;
    }

    /** Whether the entry number {@code index} has been run, and its call has returned. */
    boolean made(int index) {
        return memory.get(entry(index) + RESULT) != NOT_MADE;
    }

    /** What the call number {@code index} returned. */
    long result(int index) {
        return memory.get(entry(index) + RESULT);
    }

    /** When the entry number {@code index} began, in ticks of the processor. */
    long begin(int index) {
        return memory.get(entry(index) + BEGIN);
    }

    /** When the call number {@code index} returned, in ticks of the processor. */
    long end(int index) {
        return memory.get(entry(index) + END);
    }

    /**
     * The call number {@code index}, which is {@code call}, as it was made: with the addresses that landmarks stood for, with what fields held,
     * and with what the kernel wrote.
     */
    Call made(int index, Call call) {
        var arguments = new ArrayList<Argument>();
        for (var argument : call.arguments()) {
            var word = memory.get(entry(index) + 8 + 8L * arguments.size());
            if (argument instanceof Argument.Room(byte[] bytes, var _)) {
                memory.read(word - memory.address(0), bytes);
            }
            if (argument instanceof Argument.Field field) {
                arguments.add(field.of((int) memory.get(word - memory.address(0))));
            } else {
                arguments.add(argument instanceof Argument.Landmark ? new Argument.Number(word) : argument);
            }
        }
        return call.with(arguments);
    }

    /** What labelled calls returned. */
    ToLongFunction<String> results() {
        return label -> result(labels.get(label));
    }

    private void lay(List<Call> calls, int from, int to, Architecture architecture) {
        memory.reserve((long) (to - from) * ENTRY);
        calls.subList(from, to).forEach(this::reserveRoom);
        for (var i = from; i < to; i++) {
            encode(i, calls.get(i), architecture);
        }
    }

    private void encode(int index, Call call, Architecture architecture) {
        var at = entry(index);
        memory.set(at, call.operation().number(architecture));
        var modes = 0L;
        for (var i = 0; i < call.arguments().size(); i++) {
            var argument = call.arguments().get(i);
            modes |= mode(argument) << 8 * i;
            memory.set(at + 8 + 8L * i, word(call, argument));
        }
        memory.set(at + RESULT, NOT_MADE);
        memory.set(at + MODES, modes);
        if (call.match().isPresent()) {
            memory.set(at + MATCH, call.match().get().result());
            memory.set(at + ON_MATCH, target(call.match().get().target()));
        }
        memory.set(at + ON_TOLERATED, call.onTolerated().isEmpty() ? 0 : target(call.onTolerated()));
        var tolerated = call.tolerated() == Call.EVERY_ERROR ? EVERY_ERROR : mask(call.tolerated());
        for (var i = 0; i < tolerated.length; i++) {
            memory.set(at + TOLERATED + 8L * i, tolerated[i]);
        }
    }

    /** A bit for each of {@code errors}, at its number. */
    private static long[] mask(Set<Errno> errors) {
        var words = new long[(BEGIN - TOLERATED) / 8];
        for (var errno : errors) {
            if (errno.number() < 64 * words.length) { // the others are none of calls that are made there
                words[errno.number() / 64] |= 1L << errno.number() % 64;
            }
        }
        return words;
    }

    /** The room of a labelled call has its place before any call is encoded: earlier ones may use it, too. */
    private void reserveRoom(Call call) {
        if (!call.label().isEmpty()) {
            for (var argument : call.arguments()) {
                if (argument instanceof Argument.Room) {
                    rooms.put(call.label(), argument.encode(memory));
                }
            }
        }
    }

    private static long mode(Argument argument) {
        return argument instanceof Argument.Result ? 1 : argument instanceof Argument.Field ? 2 : 0;
    }

    private long word(Call call, Argument argument) {
        if (argument instanceof Argument.Result(String label)) {
            return target(label) + RESULT;
        }
        if (argument instanceof Argument.Field field) {
            return rooms.get(field.label()) + field.offset();
        }
        if (argument instanceof Argument.Landmark(var place)) {
            return places.get(place);
        }
        if (argument instanceof Argument.Address(String label, int offset)) {
            return rooms.get(label) + offset;
        }
        if (argument instanceof Argument.Room && rooms.get(call.label()) instanceof Long room) {
            return room;
        }
        return argument.encode(memory);
    }

    private long target(String label) {
        var index = labels.get(label);
        if (index == null) {
            throw new IllegalStateException("no call of the program is labelled " + label);
        }
        return address(index);
    }

    private long entry(int index) {
        return index < later ? ENTRIES + (long) index * ENTRY : laterEntries + (long) (index - later) * ENTRY;
    }
}

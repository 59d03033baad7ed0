package koker.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Programs of system calls, run by the real kernel in a real process. */
@Timeout(30)
class ProgramTest {
    private static final int GAVE_UP = 125;

    private final ConcurrentLinkedQueue<Event> events = new ConcurrentLinkedQueue<>();
    private final Kernel kernel = new Kernel(events::add);
    private Child child;

    /** Runs a program, and returns the status that its process ends with. */
    private int run(List<Call> program) {
        child = kernel.start(Calls.fork(), program);
        return reap();
    }

    private int run(Call... program) {
        return run(List.of(program));
    }

    private int reap() {
        var info = new byte[128];
        kernel.call(Calls.waitid(child.pid(), info));
        return info[24];
    }

    /** How the calls of {@code program} are reported. */
    private List<String> report(Call... program) {
        events.clear();
        for (var i = 0; i < program.length && child.report(i, program[i], Event.Side.CONTAINER); i++) {
            // until one was not made
        }
        return events.stream()
                .map(event -> event.show() + " = " + event.showResult())
                .toList();
    }

    @Test
    void runsToItsEnd() {
        assertEquals(7, run(Calls.exit(7)));
    }

    @Test
    void anErrorEndsIt() {
        Call[] program = {Calls.openat("/no/such/file", OpenFlag.O_RDONLY), Calls.umask(0), Calls.exit(7)};
        assertEquals(GAVE_UP, run(program));
        assertEquals(Optional.of(Errno.ENOENT), child.error(0));
        assertTrue(child.made(0));
        assertFalse(child.begun(1));
        assertEquals(List.of("openat(AT_FDCWD, \"/no/such/file\", O_RDONLY, 0) = -1 ENOENT"), report(program));
    }

    @Test
    void aToleratedErrorDoesNot() {
        Call[] program = {
            Calls.openat("/no/such/file", OpenFlag.O_RDONLY).tolerating(Errno.ENOENT), Calls.umask(0), Calls.exit(7)
        };
        assertEquals(7, run(program));
        assertEquals(Optional.of(Errno.ENOENT), child.error(0));
        assertTrue(child.made(1));
    }

    @Test
    void anotherErrorThanTheToleratedOneDoes() {
        assertEquals(
                GAVE_UP,
                run(
                        Calls.openat("/no/such/file", OpenFlag.O_RDONLY).tolerating(Errno.EPERM, Errno.ELOOP),
                        Calls.exit(7)));
    }

    @Test
    void everyErrorCanBeTolerated() {
        for (var errno : Arrays.asList(Errno.values()).subList(0, Errno.values().length - 1)) {
            var failing = Calls.umask(0).failing(errno);
            assertEquals(7, run(failing.tolerating(errno), Calls.exit(7)), errno::toString);
        }
    }

    @Test
    void anErrorCanLeadElsewhere() {
        assertEquals(
                2,
                run(
                        Calls.openat("/no/such/file", OpenFlag.O_RDONLY).orElse("else"),
                        Calls.exit(1),
                        Calls.exit(2).as("else")));
    }

    @Test
    void aResultCanLeadElsewhere() {
        var mask = Calls.umask(0123);
        assertEquals(
                2,
                run(
                        mask,
                        Calls.umask(0).on(0123, "there"),
                        Calls.exit(1),
                        Calls.exit(2).as("there")));
        assertEquals(
                1,
                run(
                        mask,
                        Calls.umask(0).on(0124, "there"),
                        Calls.exit(1),
                        Calls.exit(2).as("there")));
    }

    @Test
    void aJumpCanLeadBack() {
        // Opens the lowest free descriptor again and again, until that is 40.
        assertEquals(
                40,
                run(
                        Calls.closeRange(3, 0xffffffffL),
                        Calls.openat("/dev/null", OpenFlag.O_RDONLY).as("open"),
                        Call.of(Operation.Special.SUBTRACT, new Argument.Number(40), new Argument.Result("open"))
                                .on(0, "enough"),
                        Calls.jump("open"),
                        Calls.exit("open").as("enough")));
    }

    @Test
    void aResultCanBeAnArgument() {
        Call[] program = {
            Calls.openat("/dev/null", OpenFlag.O_RDONLY).as("null"), Calls.close("null"), Calls.exit("null")
        };
        var status = run(program);
        assertEquals(status, child.result("null"));
        assertEquals(
                List.of("openat(AT_FDCWD, \"/dev/null\", O_RDONLY, 0) = " + status, "close(" + status + ") = 0"),
                report(program));
    }

    @Test
    void aFieldOfWhatTheKernelWroteCanBeAnArgument() {
        var ends = new Ends();
        Call[] program = {Calls.pipe(ends).as("pipe"), Calls.exit(new Argument.Field("pipe", 4))};
        var status = run(program);
        var report = report(program);
        assertEquals(List.of("pipe2([" + ends.first() + ", " + status + "], O_CLOEXEC) = 0"), report);
    }

    @Test
    void aFieldIs32BitsWide() {
        // The descriptors are 4 bytes each: of 8 bytes, the difference would not be 0.
        assertEquals(
                1,
                run(
                        Calls.closeRange(3, 0xffffffffL),
                        Calls.pipe(new Ends()).as("pipe"),
                        Calls.subtract(new Argument.Field("pipe", 0), 3).on(0, "same"),
                        Calls.exit(0),
                        Calls.exit(1).as("same")));
    }

    @Test
    void numbersCanBeSubtracted() {
        assertEquals(
                9,
                run(
                        Calls.closeRange(3, 0xffffffffL),
                        Calls.pipe(new Ends()).as("pipe"),
                        Calls.subtract(new Argument.Field("pipe", 0), -6).as("sum"),
                        Calls.exit("sum")));
    }

    @Test
    void aDifferenceBelowZeroIsAnError() {
        assertEquals(
                GAVE_UP,
                run(
                        Calls.closeRange(3, 0xffffffffL),
                        Calls.pipe(new Ends()).as("pipe"),
                        Calls.openat("/dev/null", OpenFlag.O_RDONLY).as("other"),
                        Calls.subtract(new Argument.Field("pipe", 4), "other"),
                        Calls.exit(0)));
    }

    @Test
    void anExecveThatDidNotReturnIsReported() {
        Call[] program = {
            Calls.execve("/no/such/command", List.of("a"), List.of()).tolerating(Errno.ENOENT),
            Calls.execve("/bin/sh", List.of("sh", "-c", "exit $STATUS"), List.of("STATUS=9"))
        };
        assertEquals(9, run(program));
        assertEquals(
                List.of(
                        "execve(\"/no/such/command\", [\"a\"], []) = -1 ENOENT",
                        "execve(\"/bin/sh\", [\"sh\", \"-c\", \"exit $STATUS\"], [\"STATUS=9\"]) = 0"),
                report(program));
    }

    @Test
    void signalsAreBlockedInIt() {
        var pipe = new Ends();
        kernel.call(Calls.pipe(pipe));
        child = kernel.start(Calls.fork(), List.of(Calls.read(pipe.first(), new byte[1]), Calls.exit(7)));
        kernel.call(Calls.kill(child.pid(), Signal.SIGTERM));
        kernel.call(Calls.write(pipe.second(), "."));
        assertEquals(7, reap());
    }

    @Test
    void aWaitingProcessThatShedItsMemoryIsSmall() throws Exception {
        var pipe = new Ends();
        kernel.call(Calls.pipe(pipe));
        var program = new ArrayList<Call>();
        program.addAll(Calls.shedMemory("child"));
        program.add(Calls.read(pipe.first(), new byte[1]));
        program.add(Calls.exit(7));
        child = kernel.start(Calls.fork(), program);
        while (!child.begun(program.size() - 2)) {
            Thread.sleep(1);
        }
        try (var lines = Files.lines(Path.of("/proc/" + child.pid() + "/smaps_rollup"))) {
            var resident = lines.filter(line -> line.startsWith("Rss:"))
                    .map(line -> line.replaceAll("[^0-9]", ""))
                    .mapToInt(Integer::parseInt)
                    .findFirst()
                    .orElseThrow();
            assertTrue(resident <= 64, () -> resident + " kB");
        }
        // And it still lives when it has been preempted.
        Thread.sleep(50);
        kernel.call(Calls.write(pipe.second(), "."));
        assertEquals(7, reap());
    }

    @Test
    void aCloneThatTheKernelRefusesIsAnError() {
        var refused =
                Call.of(SystemCall.CLONE3, new Argument.Struct(new byte[88], "{flags=0}"), new Argument.Number(1));
        var e = assertThrows(KernelException.class, () -> kernel.start(refused, List.of(Calls.exit(0))));
        assertEquals(Optional.of(Errno.EINVAL), e.errno());
    }

    @Test
    void numbersAreStored() {
        // The length that one call returns becomes a part of what the next one writes.
        var pipe = new Ends();
        kernel.call(Calls.pipe(pipe));
        var room = new Argument.Address("record", 0);
        assertEquals(
                7,
                run(
                        Calls.write(pipe.second(), "seven!!").as("length"),
                        Calls.store("length", room),
                        Calls.store(-2L, new Argument.Address("record", 8)),
                        Calls.store(1L << 40, new Argument.Address("record", 16)),
                        Calls.nothing().as("size"),
                        Calls.subtract("size", -24).as("all"),
                        Calls.write(pipe.second(), new byte[24], "all").as("record"),
                        Calls.exit("length")));
        var read = new byte[64];
        assertEquals(31, kernel.call(Calls.read(pipe.first(), read)));
        var numbers = ByteBuffer.wrap(read, 7, 24).slice().order(ByteOrder.LITTLE_ENDIAN);
        assertEquals(List.of(7L, -2L, 1L << 40), List.of(numbers.getLong(), numbers.getLong(), numbers.getLong()));
        kernel.call(Calls.close(pipe.first()));
        kernel.call(Calls.close(pipe.second()));
    }

    @ParameterizedTest
    @CsvSource({"5, 5, 1", "6, 5, 1", "4, 5, 0", "-5000, 0, 0", "0, -1, 1", "4294967296, 5, 1", "5, 4294967296, 0"})
    void numbersAreCompared(long number, long least, int result) {
        assertEquals(
                result,
                run(
                        Calls.nothing().as("zero"),
                        Calls.subtract("zero", -number).as("number"),
                        Calls.atLeast("number", least).as("result"),
                        Calls.exit("result")));
    }

    @Test
    void aRoomCanBeUsedBeforeTheCallThatHasIt() {
        var pipe = new Ends();
        kernel.call(Calls.pipe(pipe));
        kernel.call(Calls.write(pipe.second(), "early"));
        var room = new byte[16];
        Call[] program = {
            Calls.read(pipe.first(), new Argument.Address("later", 8), 8).as("count"),
            Calls.subtract("count", -8).as("all"),
            Calls.write(pipe.second(), room, "all").as("later"),
            Calls.exit(0)
        };
        assertEquals(0, run(program));
        var read = new byte[16];
        assertEquals(13, kernel.call(Calls.read(pipe.first(), read)));
        assertEquals("early", new String(read, 8, 5, StandardCharsets.US_ASCII));
        kernel.call(Calls.close(pipe.first()));
        kernel.call(Calls.close(pipe.second()));
    }

    @Test
    void theLaterPartCanBeGivenBack() throws Exception {
        var done = new Ends();
        var pipe = new Ends();
        kernel.call(Calls.pipe(done));
        kernel.call(Calls.pipe(pipe));
        var program = new ArrayList<Call>();
        program.addAll(Calls.shedMemory("child"));
        program.add(Calls.jump("far"));
        program.addAll(List.of(Calls.nothing().as("back")));
        program.addAll(Calls.shedLater());
        program.add(Calls.write(done.second(), "."));
        program.add(Calls.read(pipe.first(), new byte[1]));
        program.add(Calls.exit(7));
        var later = program.size();
        program.add(Calls.openat("/dev/null", OpenFlag.O_RDONLY).as("far"));
        for (var i = 0; i < 2000; i++) {
            program.add(Calls.nothing());
        }
        program.add(Calls.jump("back"));
        child = kernel.start(Calls.fork(), program, later);
        kernel.call(Calls.read(done.first(), new byte[1]));
        var memory = Files.readString(Path.of("/proc/" + child.pid() + "/smaps_rollup"));
        var resident = Integer.parseInt(memory.replaceFirst("(?s).*\\nRss: +([0-9]+) kB.*", "$1"));
        assertTrue(resident <= 64, () -> resident + " kB, though 2000 calls are 280 kB");
        kernel.call(Calls.write(pipe.second(), "."));
        assertEquals(7, reap());
        assertEquals(0, child.result("far"), "its pages are not empty");
        for (var descriptor : List.of(done.first(), done.second(), pipe.first(), pipe.second())) {
            kernel.call(Calls.close(descriptor));
        }
    }

    @Test
    void twoCallsWithOneLabelAreRefused() {
        var program = List.of(Calls.nothing().as("twice"), Calls.exit(0).as("twice"));
        assertThrows(IllegalStateException.class, () -> kernel.start(Calls.fork(), program));
    }

    @Test
    void aLabelThatDoesNotExistIsRefused() {
        assertThrows(IllegalStateException.class, () -> kernel.start(Calls.fork(), List.of(Calls.close("nothing"))));
    }

    @Test
    void aDirectCallSaysWhatTheKernelDid() {
        var e = assertThrows(
                KernelException.class, () -> kernel.call(Calls.openat("/no/such/file", OpenFlag.O_RDONLY)));
        assertEquals(Optional.of(Errno.ENOENT), e.errno());
        assertEquals(
                "openat(AT_FDCWD, \"/no/such/file\", O_RDONLY, 0): No such file or directory (ENOENT)", e.getMessage());
        assertEquals(
                -2, kernel.call(Calls.openat("/no/such/file", OpenFlag.O_RDONLY).tolerating(Errno.ENOENT)));
        assertEquals(2, events.size(), "calls are seen whether they fail or not");
        assertEquals("-1 ENOENT", events.peek().showResult());
    }

    @Test
    void descriptorsMayBeLargerThanAByte() {
        var descriptors = new ArrayList<Long>();
        try {
            while (descriptors.isEmpty() || descriptors.getLast() < 300) {
                descriptors.add(kernel.call(Calls.openat("/dev/null", OpenFlag.O_RDONLY, OpenFlag.O_CLOEXEC)));
            }
            var pipe = new Ends();
            kernel.call(Calls.pipe(pipe));
            descriptors.add((long) pipe.first());
            descriptors.add((long) pipe.second());
            assertTrue(pipe.first() > 300, () -> "pipe at " + pipe.first());
            assertEquals(1, kernel.call(Calls.write(pipe.second(), ".")));
            assertEquals(1, kernel.call(Calls.read(pipe.first(), new byte[1])));
        } finally {
            descriptors.forEach(descriptor -> kernel.call(Calls.close(descriptor.intValue())));
        }
    }

    @Test
    void transfersAreNotSeen() {
        kernel.transfer(Calls.umask((int) kernel.transfer(Calls.umask(022))));
        assertTrue(events.isEmpty());
    }
}

package koker.plan;

import static koker.kernel.Constant.*;
import static koker.kernel.OpenFlag.*;
import static koker.trace.Trace.fields;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import koker.kernel.Argument;
import koker.kernel.Call;
import koker.kernel.Calls;
import koker.kernel.Errno;

/** What the supervisor of a container does, for which nobody waits. */
public sealed interface SupervisorStep extends Step {
    /** The descriptors of a supervisor, which others may find there: what the container writes, or its terminal. */
    int OUTPUT = 200;

    /** What the container writes to its standard error. */
    int ERRORS = 201;

    /** The log. */
    int LOG = 202;

    /** The locked file that says that the container is looked after. */
    int ATTENDANCE = 203;

    /** What the container reads. */
    int INPUT = 204;

    /** The inner end of the container's terminal. */
    int HELD = 205;

    /** Label: the container's process is waited for. */
    String ENDED = "ended";

    /** What ps(1) shows. */
    record NameProcess(String text) implements SupervisorStep {
        @Override
        public String title() {
            return "Name process";
        }

        @Override
        public Map<String, Object> about() {
            return fields("name", text);
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.setName(text));
        }
    }

    /** Java's memory is given back: a process that only waits needs a few pages. */
    record ShedMemory() implements SupervisorStep {
        @Override
        public String title() {
            return "Shed memory";
        }

        @Override
        public List<Call> calls() {
            return Calls.shedMemory("supervisor");
        }
    }

    /** So is the part of the program that the container's process has run, and all that this was told. */
    record ShedContainer() implements SupervisorStep {
        @Override
        public String title() {
            return "Shed the container's program";
        }

        @Override
        public List<Call> calls() {
            return Calls.shedLater();
        }
    }

    /** Of the descriptors that the process was born with it keeps these, under new numbers: number n of {@code from} becomes that of {@code as}. */
    record KeepDescriptors(List<Integer> from, List<Integer> as) implements SupervisorStep {
        @Override
        public String title() {
            return "Keep descriptors";
        }

        @Override
        public Map<String, Object> about() {
            return fields("keep", as);
        }

        @Override
        public List<Call> calls() {
            var calls = new ArrayList<Call>();
            var spare = 1 + Math.max(Collections.max(from), Collections.max(as));
            var movable = new ArrayList<>(from);
            for (var i = 0; i < from.size(); i++) {
                if (as.contains(from.get(i))) { // or an earlier one would take its place
                    calls.add(Calls.dup(from.get(i), spare + i));
                    movable.set(i, spare + i);
                }
            }
            for (var i = 0; i < from.size(); i++) {
                calls.add(Calls.dup(movable.get(i), as.get(i)));
            }
            var next = 0L;
            for (var kept : as.stream().sorted().toList()) {
                if (next < kept) {
                    calls.add(Calls.closeRange(next, kept - 1L));
                }
                next = kept + 1L;
            }
            calls.add(Calls.closeRange(next, 0xffffffffL));
            return calls;
        }
    }

    /**
     * The outer end of the container's terminal, which the container has opened, becomes the supervisor's {@link #OUTPUT}. With the inner end,
     * {@link #HELD}, nobody else needs to have the terminal open: it is no end that a getty closes it, and opens it anew.
     */
    record TakeTerminal() implements SupervisorStep {
        @Override
        public String title() {
            return "Take terminal";
        }

        @Override
        public List<Call> calls() {
            return List.of(
                    Calls.pidfdOpen(HostStep.Clone.PROCESS).as("process"),
                    Calls.pidfdGetfd("process", ProcessStep.OpenTerminal.MASTER).as("taken terminal"),
                    Calls.dup("taken terminal", OUTPUT),
                    Calls.close("taken terminal"),
                    Calls.peer(OUTPUT).as("held terminal"),
                    Calls.dup("held terminal", HELD),
                    Calls.close("held terminal"),
                    Calls.close("process"));
        }
    }

    /** What is written to the terminal that is this process's standard input is read until nobody has it open any more, and forgotten. */
    record DrainTerminal() implements SupervisorStep {
        private static final String WAIT = "wait for output";
        private static final String HUNG_UP = "hung up";

        @Override
        public String title() {
            return "Drain terminal";
        }

        @Override
        public List<Call> calls() {
            return List.of(
                    Calls.awaitInput(List.of(0)).as(WAIT).orElse(WAIT),
                    Calls.read(0, new byte[1 << 10]).on(0, HUNG_UP).orElse(HUNG_UP),
                    Calls.jump(WAIT),
                    Calls.exit(0).as(HUNG_UP));
        }
    }

    /**
     * What the container writes is kept in a file, each piece behind 32 bytes: which stream, seconds and nanoseconds since 1970, and how
     * many bytes follow. A file of {@code limit} bytes or more becomes {@code file}.1; 0 is no limit. Between two pieces there may be {@code checks}.
     */
    record KeepLog(int streams, String file, long limit, Optional<HealthChecks> checks) implements SupervisorStep {
        /** The bytes before each piece. */
        public static final int HEADER = 32;

        private static final int PIECE = (4 << 10) - HEADER; // together a page
        private static final String READY = "output";
        private static final String RECORD = "record";
        /** What is waited for behind the first stream: the second one, or the end of the process that has a terminal. */
        private static final int SECOND = 1;

        private static final int WAITED = 2;
        private static final String PROCESS = "process with the terminal";
        private static final String AWAITED = "end of the process with the terminal";
        private static final String LET_GO = "let go of the terminal";
        private static final String RUNS = "the terminal is needed";

        @Override
        public String title() {
            return "Keep log";
        }

        @Override
        public Map<String, Object> about() {
            return fields("path", file);
        }

        @Override
        public List<Call> calls() {
            var calls = new ArrayList<Call>();
            checks.ifPresent(all -> calls.addAll(all.before()));
            if (hasTerminal()) {
                calls.add(Calls.pidfdOpen(HostStep.Clone.PROCESS).as(PROCESS).orElse(LET_GO));
                calls.add(Calls.toTakeIn(PROCESS).as(AWAITED));
                calls.add(Calls.takeIn(READY, SECOND, AWAITED));
            }
            calls.add(await().as(READY).orElse(READY));
            for (var stream = 0; stream < streams; stream++) {
                calls.addAll(copy(stream));
            }
            if (hasTerminal()) {
                // From now on the terminal has an end: when nobody else has it open, and all is read.
                calls.add(Calls.inputAt(READY, SECOND).on(0, RUNS));
                calls.add(Calls.close(HELD).as(LET_GO).tolerating(Errno.values()));
                calls.add(Calls.leaveOut(READY, SECOND));
                calls.add(Calls.nothing().as(RUNS));
            }
            checks.ifPresent(all -> calls.addAll(all.round(READY, WAITED)));
            calls.add(Calls.jump(READY));
            var silent = checks.isPresent() ? HealthChecks.SILENT : ENDED;
            for (var stream = 0; stream < streams; stream++) {
                calls.add(Calls.leaveOut(READY, stream).as("close " + stream));
                calls.add(
                        hasTerminal()
                                ? Calls.jump(silent)
                                : Calls.leftOut(READY, 1 - stream).on(0, silent));
                calls.add(Calls.jump(READY));
            }
            checks.ifPresent(all -> calls.addAll(all.after(READY, WAITED, ENDED)));
            return calls;
        }

        private boolean hasTerminal() {
            return streams == 1;
        }

        private Call await() {
            var descriptors = new ArrayList<>(List.of(OUTPUT, hasTerminal() ? HealthChecks.NONE : ERRORS));
            if (checks.isEmpty()) {
                return Calls.awaitInput(descriptors);
            }
            descriptors.addAll(HealthChecks.descriptors());
            return Calls.awaitInput(descriptors, new Argument.Address(HealthChecks.LEFT, 0));
        }

        private List<Call> copy(int stream) {
            var read = "read " + stream;
            var size = "size " + stream;
            var written = stream == 0 ? RECORD : "written " + stream;
            var end = "end of log " + stream;
            var begin = "begin of piece " + stream;
            var whole = "whole " + stream;
            var next = "after " + stream;
            var calls = new ArrayList<Call>();
            calls.add(Calls.inputAt(READY, stream).on(0, next));
            // At the end of a pipe there is nothing; at that of a terminal an error.
            calls.add(Calls.read(OUTPUT + stream, new Argument.Address(RECORD, HEADER), PIECE)
                    .as(read)
                    .on(0, "close " + stream)
                    .orElse("close " + stream));
            calls.add(Calls.store(stream + 1L, new Argument.Address(RECORD, 0)));
            calls.add(Calls.time(new Argument.Address(RECORD, 8)));
            calls.add(Calls.store(read, new Argument.Address(RECORD, 24)));
            calls.add(Calls.subtract(read, -HEADER).as(size));
            // A full disk costs the log, not the container; but no piece is there in part.
            calls.add((stream == 0
                            ? Calls.write(LOG, new byte[HEADER + PIECE], size)
                            : Calls.write(LOG, new Argument.Address(RECORD, 0), size))
                    .as(written)
                    .orElse(next));
            calls.add(Calls.subtract(size, written).on(0, whole)); // not the other way round: -28 would be an error
            calls.add(Calls.position(LOG).as(end).orElse(next));
            calls.add(Calls.subtract(end, written).as(begin));
            calls.add(Calls.truncate(LOG, begin).orElse(next));
            calls.add(Calls.nothing().as(whole));
            if (limit > 0) {
                calls.addAll(rotate(stream, next));
            }
            calls.add(Calls.nothing().as(next));
            return calls;
        }

        private List<Call> rotate(int stream, String next) {
            var position = "position " + stream;
            var opened = "next log " + stream;
            return List.of(
                    Calls.position(LOG).as(position).orElse(next),
                    Calls.atLeast(position, limit).on(0, next),
                    // It may be gone already: then it was the next file that could not be made.
                    Calls.rename(file, file + ".1").tolerating(Errno.values()),
                    Calls.create(file, 0600, O_WRONLY, O_APPEND, O_CLOEXEC)
                            .as(opened)
                            .orElse(next),
                    Calls.dup(opened, LOG).tolerating(Errno.values()),
                    Calls.close(opened));
        }
    }

    /**
     * How and when the container ended is written to a file: the 128 bytes that waitid(2) returns, seconds and nanoseconds since 1970, and
     * what {@code memory}, a file of its cgroup, says of memory that ran out; empty for none. {@code file}{@value #NEW} is there already,
     * with {@value #SIZE} bytes, so that a full disk does not keep anybody from learning how the container ended. Before anybody does, {@code pidfile} is gone.
     */
    record RecordEnd(String file, Optional<String> pidfile, String memory) implements SupervisorStep {
        public static final String NEW = ".new";
        public static final int SIZE = 1 << 10;

        private static final String FILE = "end file";
        /** Label: when it ended, in the room of the call. */
        static final String TIME = "end time";

        private static final String MEMORY = "memory";
        private static final String WRITTEN = "end written";

        @Override
        public String title() {
            return "Record end";
        }

        @Override
        public Map<String, Object> about() {
            return fields("path", file);
        }

        @Override
        public List<Call> calls() {
            var calls = new ArrayList<Call>();
            calls.add(Calls.waitid(HostStep.Clone.PROCESS, new byte[128])
                    .as(ENDED)
                    .orElse(ENDED));
            calls.add(Calls.time(new byte[16]).as(TIME));
            pidfile.ifPresent(path -> calls.add(Calls.unlink(path).tolerating(Errno.values())));
            calls.add(Calls.openat(file + NEW, O_WRONLY, O_CLOEXEC).as(FILE).orElse(Retire.BECOME));
            calls.add(Calls.write(FILE, new Argument.Address(ENDED, 0), 128).orElse(Retire.BECOME));
            calls.add(Calls.write(FILE, new Argument.Address(TIME, 0), 16).orElse(Retire.BECOME));
            if (!memory.isEmpty()) {
                calls.add(Calls.openat(memory, O_RDONLY, O_CLOEXEC).as(memory).orElse(WRITTEN));
                calls.add(Calls.read(memory, new byte[512]).as(MEMORY).orElse(WRITTEN));
                calls.add(Calls.write(FILE, new Argument.Address(MEMORY, 0), MEMORY)
                        .orElse(WRITTEN));
            }
            calls.add(Calls.rename(file + NEW, file).as(WRITTEN).orElse(Retire.BECOME));
            return calls;
        }
    }

    /**
     * What is left of the container on the host is removed: its cgroups, what is reserved for it, and the file that says that it is looked after.
     * Where there is more to do, or something cannot be removed, or the file {@code again} is there, the supervisor becomes koker, after a
     * {@code delay}.
     */
    record Retire(
            List<String> cgroups,
            List<String> reservations,
            String attendance,
            boolean more,
            String again,
            Optional<Delay> delay,
            ProcessStep.Exec koker)
            implements SupervisorStep {
        private static final String BECOME = "become koker";
        private static final String NO_MORE = "no more to do";
        private static final String LASTED = "the container has lasted";
        private static final String WAITED = "waited";

        /**
         * How long to wait: {@code time}, or {@code least} if the container did not end before {@code lasting}, in seconds since 1970.
         */
        public record Delay(Duration time, long lasting, Duration least) {}

        @Override
        public String title() {
            return "Retire";
        }

        @Override
        public List<Call> calls() {
            var calls = new ArrayList<Call>();
            for (var cgroup : cgroups) {
                calls.add(Calls.rmdir(cgroup).orElse(BECOME));
            }
            if (!more) {
                calls.add(Calls.openat(again, O_RDONLY, O_CLOEXEC).orElse(NO_MORE));
                calls.add(Calls.jump(BECOME));
                calls.add(Calls.nothing().as(NO_MORE));
                for (var file : reservations) {
                    calls.add(Calls.unlink(file).orElse(BECOME));
                }
                calls.add(Calls.unlink(attendance).orElse(BECOME));
                calls.add(Calls.exit(0));
            }
            if (delay.isEmpty()) {
                calls.add(Calls.nothing().as(BECOME));
            } else {
                var ended = new Argument.Field(RecordEnd.TIME, 0);
                calls.add(Calls.atLeast(ended, delay.get().lasting()).as(BECOME).on(1, LASTED));
                calls.add(Calls.sleep(delay.get().time()).tolerating(Errno.values()));
                calls.add(Calls.jump(WAITED));
                calls.add(Calls.sleep(delay.get().least()).as(LASTED).tolerating(Errno.values()));
                calls.add(Calls.nothing().as(WAITED));
            }
            calls.addAll(koker.calls());
            return calls;
        }
    }
}

package koker.engine;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import koker.kernel.ExitStatus;
import koker.plan.SupervisorStep.RecordEnd;

/** What a supervisor has written about the end of its container; see {@link RecordEnd}. */
record EndFile(Path path) {
    private static final int TIME = 128;
    private static final int TEXT = TIME + 16;

    /** Makes room for what the supervisor will write, which must not fail. */
    void reserve() throws IOException {
        Files.write(Path.of(path + RecordEnd.NEW), new byte[RecordEnd.SIZE]);
    }

    /** How {@code run} ended, if it has. */
    Optional<State.End> read(State.Run run) throws IOException {
        byte[] all;
        try {
            all = Files.readAllBytes(path);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        if (all.length < TEXT) {
            return Optional.empty(); // the disk was full, or the power went
        }
        var bytes = ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN);
        var ended = bytes.getLong(TIME) * 1000 + bytes.getLong(TIME + 8) / 1_000_000;
        return Optional.of(run.end(ExitStatus.of(bytes).code(), ended, outOfMemory(all), run.keeper(), null));
    }

    private static boolean outOfMemory(byte[] all) {
        return new String(all, TEXT, all.length - TEXT, StandardCharsets.US_ASCII)
                .lines()
                .anyMatch(line -> line.startsWith("oom_kill ") && !line.equals("oom_kill 0"));
    }
}

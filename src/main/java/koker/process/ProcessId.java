package koker.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A process, named so that no later one can be taken for it.
 *
 * @param pid as the host sees it
 * @param started when it started, in ticks since boot: field 22 of /proc/PID/stat, proc_pid_stat(5)
 */
public record ProcessId(int pid, long started) {
    /** The process {@code pid}, which is there. */
    public static ProcessId of(int pid) throws IOException {
        return new ProcessId(pid, Long.parseLong(stat(pid)[19]));
    }

    /** Whether there is a process {@code pid}, which is not just waiting to be reaped. */
    public static boolean isAlive(int pid) {
        try {
            return !isDead(stat(pid));
        } catch (IOException e) {
            return false;
        }
    }

    /** Whether it is there, and not just waiting to be reaped. */
    public boolean isAlive() {
        try {
            var stat = stat(pid);
            return Long.parseLong(stat[19]) == started && !isDead(stat);
        } catch (IOException e) {
            return false;
        }
    }

    public boolean isSame(ProcessId other) {
        return pid == other.pid && started == other.started;
    }

    private static boolean isDead(String[] stat) {
        return stat[0].equals("Z") || stat[0].equals("X");
    }

    /** The fields from the third one on; the second, the command's name in brackets, may hold anything. */
    private static String[] stat(int pid) throws IOException {
        var stat = Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.ISO_8859_1);
        return stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    }
}

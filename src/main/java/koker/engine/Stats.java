package koker.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import koker.cgroup.Cgroups;
import koker.cgroup.Usage;

/**
 * What a container uses at a moment.
 *
 * @param nanos when, by a clock that only tells differences
 * @param bytesReceived by all its links but loopback
 * @param bytesSent by all its links but loopback
 */
public record Stats(Container container, long nanos, Usage usage, long bytesReceived, long bytesSent) {
    private static final int RECEIVED = 1;
    private static final int SENT = 9;

    static Stats of(Container container, Cgroups cgroups) {
        var received = 0L;
        var sent = 0L;
        if (container.isAlive()) {
            try {
                for (var line : Files.readAllLines(Path.of("/proc/" + container.pid() + "/net/dev"))) {
                    var words = line.strip().split("[:\\s]+");
                    if (words.length > SENT && !words[0].equals("lo") && words[RECEIVED].matches("[0-9]+")) {
                        received += Long.parseLong(words[RECEIVED]);
                        sent += Long.parseLong(words[SENT]);
                    }
                }
            } catch (IOException e) {
                received = 0; // it has just ended
            }
        }
        return new Stats(
                container, System.nanoTime(), cgroups.usage(container.folder().cgroupsPath()), received, sent);
    }

    /** Processor time since {@code before}, in percent of one processor's. */
    public double processor(Stats before) {
        return nanos == before.nanos
                ? 0
                : 100.0 * (usage.processorNanos() - before.usage.processorNanos()) / (nanos - before.nanos);
    }
}

package koker.trace;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarConsumer;
import me.tongfei.progressbar.ProgressBarStyle;

/** The last lines of a terminal: a bar for each transfer that goes on. What else is to be said goes above them. */
final class Bars {
    private static final int USUAL_COLUMNS = 80;
    private static final int REFRESH_MILLIS = 100;
    private static final String UP = "\033[A";
    private static final String CLEAR = "\r\033[K";

    private final PrintStream terminal;
    private final int columns;
    private final List<Slot> slots = new ArrayList<>();
    private int drawn;

    /** A terminal with that many columns; 0 where it does not know itself. */
    Bars(PrintStream terminal, int columns) {
        this.terminal = terminal;
        this.columns = columns > 0 ? columns : USUAL_COLUMNS;
    }

    /** Where the library writes a bar to. */
    private final class Slot implements ProgressBarConsumer {
        private String text = "";

        @Override
        public int getMaxRenderedLength() {
            return columns - 1; // a full line would wrap
        }

        @Override
        public void accept(String rendered) {
            redraw(() -> text = rendered);
        }

        @Override
        public void close() {
            redraw(() -> slots.remove(this));
        }
    }

    ProgressBar begin(String name, long size) {
        var slot = new Slot();
        redraw(() -> slots.add(slot));
        return new ProgressBarBuilder()
                .setTaskName(name)
                .setInitialMax(size)
                .setUnit("MB", 1_000_000)
                .showSpeed()
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(REFRESH_MILLIS)
                .setConsumer(slot)
                .build();
    }

    /** Has {@code line} written above the bars. */
    void above(Runnable line) {
        redraw(line);
    }

    private synchronized void redraw(Runnable change) {
        terminal.print((CLEAR + UP).repeat(drawn) + (drawn > 0 ? CLEAR : ""));
        terminal.flush();
        change.run();
        var lines = new StringBuilder();
        drawn = 0;
        for (var slot : slots) {
            if (!slot.text.isEmpty()) {
                lines.append(slot.text).append('\n');
                drawn++;
            }
        }
        terminal.print(lines);
        terminal.flush();
    }
}

package koker.trace;

import java.util.Optional;
import me.tongfei.progressbar.ProgressBar;

/** How far a transfer has got; a bar, where somebody can see it. */
public final class Progress implements AutoCloseable {
    private final Optional<ProgressBar> bar;

    Progress(Optional<ProgressBar> bar) {
        this.bar = bar;
    }

    /** That many bytes are done. */
    public void at(long position) {
        bar.ifPresent(shown -> shown.stepTo(position));
    }

    /** It has ended, well or not: the bar goes. */
    @Override
    public void close() {
        bar.ifPresent(ProgressBar::close);
    }
}

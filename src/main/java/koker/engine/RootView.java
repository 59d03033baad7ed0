package koker.engine;

import static koker.kernel.MountFlag.MS_RDONLY;
import static koker.trace.Trace.fields;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import koker.kernel.Kernel;
import koker.plan.Lens;
import koker.plan.Runner;
import koker.trace.Trace;

/**
 * A look at the files of an image, layers merged, before there is a container. Several layers are merged by a mount that only one
 * thread sees, in a mount namespace of its own, and that is gone when the thread ends.
 */
final class RootView {
    private final Kernel kernel;
    private final Trace trace;
    private final List<Path> layers;

    /** A view of {@code layers}, topmost first; where they must be merged, they are mounted on the topmost. */
    RootView(Kernel kernel, Trace trace, List<Path> layers) {
        this.kernel = kernel;
        this.trace = trace;
        this.layers = layers;
    }

    /** The layers, topmost first. */
    List<Path> layers() {
        return layers;
    }

    /** What {@code look} returns for the folder that holds the files; it must not keep that folder. */
    <T> T look(Function<Path, T> look) {
        if (layers.size() == 1) {
            return look.apply(layers.getFirst());
        }
        var title = "Look into image";
        return new PrivateMounts(kernel, trace).in(title, fields("layers", layers.size()), () -> {
            mount();
            return look.apply(layers.getFirst());
        });
    }

    /** The option of an overlay that names {@code layers}, topmost first. */
    static String lower(List<Path> layers) {
        return "lowerdir=" + layers.stream().map(Path::toString).collect(Collectors.joining(":"));
    }

    private void mount() {
        new Runner(kernel, trace, Lens.CLEAR)
                .make(PrivateMounts.overlay(layers.getFirst().toString(), Set.of(MS_RDONLY), lower(layers)));
    }
}

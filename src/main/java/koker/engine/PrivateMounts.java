package koker.engine;

import static koker.kernel.MountFlag.MS_PRIVATE;
import static koker.kernel.MountFlag.MS_REC;

import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import koker.kernel.Calls;
import koker.kernel.CloneFlag;
import koker.kernel.Errand;
import koker.kernel.Kernel;
import koker.kernel.MountFlag;
import koker.plan.MountStep;
import koker.trace.Trace;

/**
 * Work with mounts that nobody else sees: it is done by a thread that has a mount namespace of its own, which is gone when the thread
 * ends, however that may be.
 */
record PrivateMounts(Kernel kernel, Trace trace) {
    /** What {@code work} returns; {@code title} and {@code about} say in the trace what it is for. */
    <T> T in(String title, Map<String, Object> about, Supplier<T> work) {
        return Errand.of(() -> {
            trace.heading(title, about);
            kernel.call(Calls.unshare(CloneFlag.CLONE_FS, CloneFlag.CLONE_NEWNS));
            kernel.call(Calls.mount(
                    Optional.empty(), "/", Optional.empty(), EnumSet.of(MS_REC, MS_PRIVATE), Optional.empty()));
            return work.get();
        });
    }

    /** The step that mounts an overlay with {@code options}, in the way that so many need. */
    static MountStep overlay(String target, Set<MountFlag> flags, String options) {
        return options.length() < MountStep.MountInParts.PAGE
                ? new MountStep.Mount("overlay", "overlay", target, flags, options)
                : new MountStep.MountInParts("overlay", "overlay", target, flags, options);
    }
}

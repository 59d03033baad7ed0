package koker.runtime;

import java.util.ArrayList;
import java.util.List;
import koker.kernel.MountFlag;
import koker.spec.Spec;

/** A mount of config.json, whose options are taken apart once. */
record PlannedMount(Spec.Mount mount, MountOptions options) {
    /** Those of {@code mounts}, in their order. */
    static List<PlannedMount> all(List<Spec.Mount> mounts) {
        var all = new ArrayList<PlannedMount>(mounts.size());
        for (var mount : mounts) {
            all.add(new PlannedMount(mount, MountOptions.parse(mount.options())));
        }
        return all;
    }

    /** Where it is seen. */
    String destination() {
        return mount.destination();
    }

    /** What is mounted; empty where the type needs none. */
    String source() {
        return mount.source() == null ? "" : mount.source();
    }

    /** Whether it says what kind of file system it is, and of what. */
    boolean hasSource() {
        return mount.type() != null && mount.source() != null;
    }

    /** Whether it is the container's root. */
    boolean isRoot() {
        return destination().equals("/");
    }

    /** Whether it is a new file system of that type. */
    boolean isNew(String type) {
        return type.equals(mount.type()) && !isBind();
    }

    /** Whether it shows a folder or a file that is elsewhere, too. */
    boolean isBind() {
        return !isRoot()
                && !options.remount()
                && (options.bind() || mount.type() == null || mount.type().equals("bind"));
    }

    /** Whether it becomes read-only when all is in its place: others may be mounted in it. */
    boolean isLocked() {
        return isNew("tmpfs") && !options.remount() && options.flags().contains(MountFlag.MS_RDONLY);
    }

    /** Whether its files are shown with other owners. */
    boolean hasMappedOwners() {
        return mount.options().contains("idmap")
                || mount.options().contains("ridmap")
                || !mount.uidMappings().isEmpty();
    }
}

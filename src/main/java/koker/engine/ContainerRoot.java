package koker.engine;

import static koker.kernel.MountFlag.MS_BIND;
import static koker.kernel.MountFlag.MS_RDONLY;
import static koker.kernel.MountFlag.MS_REMOUNT;
import static koker.trace.Trace.fields;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import koker.image.TreeCopy;
import koker.image.TreeRoot;
import koker.kernel.Calls;
import koker.kernel.CloneFlag;
import koker.kernel.Errand;
import koker.kernel.FileCalls;
import koker.kernel.Kernel;
import koker.plan.Lens;
import koker.plan.Runner;
import koker.runtime.Planner;
import koker.spec.Spec;

/**
 * The root of a container, opened from outside. Of one that runs it is the root that its first process has; of one that does not, it is
 * mounted where only one thread of koker sees it. Nothing that is in it is executed, and no path is looked up in it but below its
 * descriptor.
 */
final class ContainerRoot {
    private final Engine engine;
    private final Kernel kernel;
    private final Container container;
    private final Spec spec;

    ContainerRoot(Engine engine, Container container, Spec spec) {
        this.engine = engine;
        this.kernel = engine.kernel();
        this.container = container;
        this.spec = spec;
    }

    /** What {@code work} returns for the root as the container sees it, volumes and all. */
    <T> T whole(Function<TreeRoot, T> work) {
        return container.isAlive() ? whileRunning(work) : mounted(this::attachVolumes, work);
    }

    /** What {@code work} returns for the root without what is mounted in it: the image, and what the container has changed. */
    <T> T bare(Function<TreeRoot, T> work) {
        return container.isAlive() ? copied(work) : mounted(_ -> {}, work);
    }

    private <T> T whileRunning(Function<TreeRoot, T> work) {
        engine.trace().heading("Open root", fields("pid", container.pid()));
        int root = (int) kernel.call(FileCalls.open("/proc/" + container.pid() + "/root"));
        try {
            refuseEnded();
            return work.apply(new TreeRoot(kernel, root, madeUp(root)));
        } finally {
            kernel.call(Calls.close(root));
        }
    }

    /** What the kernel makes up as it is read, and devices: the file systems below /proc, /sys and /dev. */
    private Set<Long> madeUp(int root) {
        var places = new TreeRoot(kernel, root, Set.of());
        var devices = new HashSet<Long>();
        for (var mount : spec.mounts()) {
            if (mount.destination().matches("/(proc|sys|dev)(/.*)?") && !isBind(mount)) {
                places.device(TreeRoot.path(mount.destination())).ifPresent(devices::add);
            }
        }
        return devices;
    }

    /** A mount of its own of the running container's root, to which nothing is attached. */
    private <T> T copied(Function<TreeRoot, T> work) {
        engine.trace().heading("Open root", fields("pid", container.pid()));
        int process = (int) kernel.call(Calls.pidfdOpen(container.pid()));
        int root;
        try {
            refuseEnded();
            root = Errand.of(() -> copy(process));
        } finally {
            kernel.call(Calls.close(process));
        }
        try {
            return work.apply(new TreeRoot(kernel, root, Set.of()));
        } finally {
            kernel.call(Calls.close(root));
        }
    }

    /** On an errand: from setns on, every path that Java would look up is one in the container. */
    private int copy(int process) {
        engine.trace().heading("Copy mount", fields("pid", container.pid()));
        var copy = Calls.openTree("/", false);
        kernel.call(Calls.unshare(CloneFlag.CLONE_FS));
        kernel.call(Calls.setns(process, Set.of(CloneFlag.CLONE_NEWNS)));
        return (int) kernel.call(copy);
    }

    private <T> T mounted(Consumer<TreeRoot> preparation, Function<TreeRoot, T> work) {
        var about = fields("id", container.id());
        return new PrivateMounts(kernel, engine.trace()).in("Mount container", about, () -> {
            var runner = new Runner(kernel, engine.trace(), Lens.CLEAR);
            var folder = container.folder();
            new Planner(spec, folder.path(), engine.cgroups()).mountRoot().forEach(runner::make);
            int descriptor = (int) kernel.call(FileCalls.open(folder.rootfs().toString()));
            try {
                var root = new TreeRoot(kernel, descriptor, Set.of());
                preparation.accept(root);
                if (spec.root().readonly()) {
                    makeReadOnly(descriptor);
                }
                return work.apply(root);
            } finally {
                kernel.call(Calls.close(descriptor));
            }
        });
    }

    /** Mounts what of the host the container sees, and makes the places for it, as its start would. */
    private void attachVolumes(TreeRoot root) {
        var copy = new TreeCopy(kernel, engine.trace(), Set.of(), true, true);
        for (var mount : spec.mounts()) {
            if (isBind(mount) && Files.exists(Path.of(mount.source()))) {
                var target = TreeRoot.path(mount.destination());
                if (root.find(target, true).isEmpty()) {
                    copy.makeMountPoint(root, target, Files.isDirectory(Path.of(mount.source())));
                }
                engine.trace().heading("Bind mount", fields("source", mount.source(), "target", mount.destination()));
                var recursive = mount.options().contains("rbind");
                int tree = (int) kernel.call(Calls.openTree(mount.source(), recursive));
                try {
                    root.attach(tree, target);
                    if (mount.options().contains("ro")) {
                        makeReadOnly(tree);
                    }
                } finally {
                    kernel.call(Calls.close(tree));
                }
            }
        }
    }

    /** Nothing can be changed through the mount that is open. */
    private void makeReadOnly(int mount) {
        kernel.call(Calls.mount(
                Optional.empty(),
                "/proc/self/fd/" + mount,
                Optional.empty(),
                EnumSet.of(MS_REMOUNT, MS_BIND, MS_RDONLY),
                Optional.empty()));
    }

    /** The process that was looked at is still that of the container, and no other that has its number by now. */
    private void refuseEnded() {
        if (!container.state().run().process().isAlive()) {
            throw new EngineException("container " + container.title() + " has just ended; try again");
        }
    }

    private static boolean isBind(Spec.Mount mount) {
        return "bind".equals(mount.type())
                || mount.options().contains("bind")
                || mount.options().contains("rbind");
    }
}

package koker.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import koker.image.Image;
import koker.image.ImageConfig;
import koker.process.Terminal;
import koker.spec.Spec;

/** What is decided about a container before anything of it is made: what options and image come to. */
final class Draft {
    private final Engine engine;
    private final ContainerFolder folder;
    private final RunOptions options;
    private final ImageConfig.Defaults image;
    private final String hostname;
    private final String cgroupParent;

    /** The draft of a container that is going to be in {@code folder}. */
    Draft(Engine engine, ContainerFolder folder, RunOptions options, ImageConfig.Defaults image) throws IOException {
        this.engine = engine;
        this.folder = folder;
        this.options = options;
        this.image = image;
        this.hostname = options.hostname().isPresent()
                ? options.hostname().get()
                : options.network().isHost()
                        ? Files.readString(Path.of("/proc/sys/kernel/hostname")).strip()
                        : folder.id();
        this.cgroupParent = options.cgroupParent().isPresent()
                ? options.cgroupParent().get()
                : engine.cgroups().delegated().orElse("");
    }

    /** The cgroup that its own is in; empty for the root. */
    String cgroupParent() {
        return cgroupParent;
    }

    /** What koker is going to remember of it. */
    static State state(ContainerFolder folder, RunOptions options, Image image) {
        var defaults = image.config().config();
        return State.created(
                folder.id(),
                options.name().orElse(null),
                options.image().familiar(),
                image.id().toString(),
                ContainerSpec.command(options, defaults),
                options.settings(defaults));
    }

    /** The files that name the host to it. */
    HostFiles files() {
        return new HostFiles(folder, hostname, options.network());
    }

    /** The folders that its image wants beside the root. */
    Volumes volumes() {
        return new Volumes(folder, image.volumes(), options.mounts());
    }

    /** What koker adds to the mounts, where the image has {@code files}. */
    List<Spec.Mount> mounts(ImageFiles files) throws IOException {
        var mounts = new ArrayList<>(files().mounts(files));
        mounts.addAll(volumes().mounts());
        return mounts;
    }

    /**
     * Its config.json.
     *
     * @param layers the image's, topmost first
     * @param mounts what koker adds
     */
    Spec spec(List<Path> layers, Account account, List<Spec.Mount> mounts) {
        var size = options.terminal()
                ? Terminal.ofUser(engine.kernel()).flatMap(user -> Terminal.size(engine.kernel(), user))
                : Optional.<Spec.ConsoleSize>empty();
        return new ContainerSpec(options, image, folder, folder.cgroupsPath(cgroupParent), engine.cgroups())
                .build(layers, account, mounts, size, hostname);
    }
}

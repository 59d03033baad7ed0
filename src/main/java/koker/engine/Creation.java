package koker.engine;

import static koker.trace.Trace.fields;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import koker.image.Image;
import koker.spec.Spec;
import koker.spec.SpecFile;

/** A container that is being made; it is removed again unless it is kept, or left to a supervisor. */
final class Creation implements AutoCloseable {
    private final Engine engine;
    private final Cleaner cleaner;
    private final ContainerFolder folder;
    private final Attendance attendance;
    private Spec spec;
    private State state;
    private boolean done;

    private Creation(Engine engine, Cleaner cleaner, ContainerFolder folder) {
        this.engine = engine;
        this.cleaner = cleaner;
        this.folder = folder;
        engine.trace().heading("Look after container", Map.of("id", folder.id()));
        this.attendance = Attendance.begin(engine.kernel(), engine.home().attended(), folder.id())
                .orElseThrow(() -> new EngineException("there is another container " + folder.id()));
        engine.trace().noHeading();
    }

    /**
     * Makes a container's folder, with all that stands in there, from an image.
     *
     * @throws EngineException if there is no such image, or the options do not fit it; nothing is left behind
     */
    static Creation of(Engine engine, Images images, Directory directory, Cleaner cleaner, RunOptions options)
            throws IOException {
        if (options.cidfile().filter(Files::exists).isPresent()) {
            throw new EngineException("the file " + options.cidfile().get()
                    + " exists, and may be another container's; remove it, or choose another --cidfile");
        }
        var image = images.find(options.image(), options.pull());
        var defaults = image.config().config();
        ContainerSpec.command(options, defaults);
        try {
            var view = new RootView(engine.kernel(), engine.trace(), images.unpack(image));
            var account = view.look(root -> Account.find(root, options.user().orElse(defaults.user())));
            var creation = new Creation(engine, cleaner, directory.next());
            try {
                creation.make(directory, options, image, view, account);
                images.refuseRemoved(image);
                creation.tell(options);
                return creation;
            } catch (IOException | RuntimeException e) {
                creation.close();
                throw e;
            }
        } catch (IOException | RuntimeException e) {
            images.refuseRemoved(image); // that would be the reason
            throw e;
        }
    }

    ContainerFolder folder() {
        return folder;
    }

    Attendance attendance() {
        return attendance;
    }

    Spec spec() {
        return spec;
    }

    State state() {
        return state;
    }

    void keep() {
        done = true;
        attendance.close();
    }

    void leave() {
        done = true;
        attendance.leave();
    }

    @Override
    public void close() throws IOException {
        if (done) {
            return;
        }
        try {
            if (state == null) {
                cleaner.remove(folder, List.of());
            } else {
                cleaner.remove(folder, state);
            }
            attendance.close();
        } catch (IOException | RuntimeException e) {
            // The next command goes on with that.
            attendance.leave();
            if (state != null) {
                folder.write(state.beingRemoved());
            }
            throw e;
        }
    }

    private void make(Directory directory, RunOptions options, Image image, RootView view, Account account)
            throws IOException {
        var created = Draft.state(folder, options, image);
        var draft = new Draft(engine, folder, options, image.config().config());
        folder.make();
        if (!draft.cgroupParent().isEmpty()) {
            Files.writeString(folder.cgroupParent(), draft.cgroupParent());
        }
        if (created.name() != null) {
            directory.name(created.name(), folder);
        }
        state = created;
        spec = spec(draft, view, account);
        SpecFile.write(folder.path(), spec);
        folder.write(state);
    }

    private void tell(RunOptions options) throws IOException {
        if (options.cidfile().isPresent()) {
            Files.writeString(options.cidfile().get(), folder.id(), StandardOpenOption.CREATE_NEW);
        }
        engine.trace().info("Container created", fields("id", folder.id(), "image", state.image()));
    }

    private static Spec spec(Draft draft, RootView view, Account account) throws IOException {
        draft.files().write(List.of());
        return draft.spec(view.layers(), account, view.look(root -> {
            try {
                var files = ImageFiles.of(root);
                draft.volumes().copy(files);
                return draft.mounts(files);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }));
    }
}

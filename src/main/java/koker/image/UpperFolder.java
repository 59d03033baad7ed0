package koker.image;

import static koker.trace.Trace.fields;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import koker.kernel.Calls;
import koker.kernel.FileCalls;
import koker.kernel.Kernel;
import koker.trace.Trace;

/**
 * The folder in which OverlayFS keeps what a container changes.
 *
 * @param path the folder
 * @param mountPoints what was made there to be mounted on: paths without a slash before them, whose chars are bytes
 */
public record UpperFolder(Kernel kernel, Trace trace, Path path, Set<String> mountPoints) {
    /**
     * What is different from the image, sorted by path.
     *
     * @param lower the image's root, all layers merged
     */
    public List<Change> changes(Path lower) {
        trace.heading("Compare with image", fields("upper", path));
        return open(path, upper -> open(lower, image -> new Changes(upper, image, mountPoints).list()));
    }

    /** Writes what is different from the image as the archive of a layer (OCI image-spec 1.1, layer.md). */
    void write(Path lower, OutputStream out) {
        var changes = changes(lower);
        open(path, upper -> {
            var archive = new TreeArchive(out, kernel, trace);
            for (var change : changes) {
                write(change, upper, archive);
            }
            archive.finish();
            return null;
        });
    }

    private void write(Change change, TreeEntry upper, TreeArchive archive) throws IOException {
        var name = EntryName.of(change.path());
        if (change.kind() == Change.Kind.DELETED) {
            if (change.marked()) {
                archive.addWhiteout(name);
            }
            return;
        }
        if (name.last().startsWith(TreeArchive.WHITEOUT)) {
            trace.warn(
                    "Left out: in a layer, such a name means that something is gone", fields("path", change.shown()));
            return;
        }
        Optional<TreeEntry> found = upper.below(change.path());
        if (found.isPresent()) { // if not, the container has just removed it
            try (var entry = found.get()) {
                archive.add(change.path(), entry);
            }
            if (change.marked()) {
                archive.addOpaque(change.path());
            }
        }
    }

    private interface Work<T> {
        T on(TreeEntry entry) throws IOException;
    }

    private <T> T open(Path folder, Work<T> work) {
        int descriptor = (int) kernel.call(FileCalls.open(folder.toString()));
        try (var entry =
                TreeEntry.find(kernel, descriptor, "", false, TreeRoot.PLAIN).orElseThrow()) {
            return work.on(entry);
        } catch (IOException e) {
            throw ImageException.because("cannot write what is in " + folder, e);
        } finally {
            kernel.call(Calls.close(descriptor));
        }
    }
}

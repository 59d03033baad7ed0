package koker.plan;

import static koker.trace.Trace.fields;

import java.util.List;
import java.util.Map;
import koker.kernel.Call;
import koker.kernel.Calls;
import koker.kernel.Event.Side;

/**
 * How an image comes into the store: what a registry is asked for, what is kept of it, and how its layers are unpacked. Files get the names by which
 * others find them only when they are complete and true.
 */
public sealed interface StoreStep extends Step {
    /** The names of all of them. */
    List<String> NAMES = List.of(
            "ask-registry", "fetch-blob", "keep-blob", "make-layer-folder", "unpack-layer", "keep-layer", "name-image");

    @Override
    default Side side() {
        return Side.HOST;
    }

    /** None of koker's own, unless a step has some: whoever makes it does the rest, by Java's own code or by calls with names of their own. */
    @Override
    default List<Call> calls() {
        return List.of(Calls.nothing());
    }

    /** A manifest, or an index of manifests, is asked for. */
    record AskRegistry(String manifest) implements StoreStep {
        @Override
        public String title() {
            return "Ask registry";
        }

        @Override
        public Map<String, Object> about() {
            return fields("manifest", manifest);
        }
    }

    /** The bytes of a configuration or a layer are fetched; all of it are {@code size}. */
    record FetchBlob(String digest, long size) implements StoreStep {
        @Override
        public String title() {
            return "Fetch blob";
        }

        @Override
        public Map<String, Object> about() {
            return fields("digest", digest, "size", size);
        }
    }

    /** A blob that is all there gets the name by which it is known, its digest. */
    record KeepBlob(String digest, String partial, String path) implements StoreStep {
        @Override
        public String title() {
            return "Keep blob";
        }

        @Override
        public Map<String, Object> about() {
            return fields("digest", digest);
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.rename(partial, path));
        }
    }

    /** A folder to unpack a layer into, which nobody but root may enter yet. */
    record MakeLayerFolder(String path) implements StoreStep {
        private static final int PRIVATE = 0700;

        @Override
        public String title() {
            return "Make layer folder";
        }

        @Override
        public Map<String, Object> about() {
            return fields("path", path);
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.mkdir(path, PRIVATE));
        }
    }

    /** A layer is unpacked: one step, with as many calls as what is in the archive takes. */
    record UnpackLayer(String layer) implements StoreStep {
        @Override
        public String title() {
            return "Unpack layer";
        }

        @Override
        public Map<String, Object> about() {
            return fields("layer", layer);
        }
    }

    /** A layer that is all unpacked gets the name by which it is known, its diff ID. */
    record KeepLayer(String layer, String partial, String path) implements StoreStep {
        @Override
        public String title() {
            return "Keep layer";
        }

        @Override
        public Map<String, Object> about() {
            return fields("layer", layer);
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.rename(partial, path));
        }
    }

    /** The list of images is replaced by one that has the image, too. */
    record NameImage(String image, String partial, String list) implements StoreStep {
        @Override
        public String title() {
            return "Name image";
        }

        @Override
        public Map<String, Object> about() {
            return fields("image", image);
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.rename(partial, list));
        }
    }
}

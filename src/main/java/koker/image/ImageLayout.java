package koker.image;

import com.google.gson.JsonParseException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Reads a folder of images (OCI image-spec 1.1, image-layout.md). It takes no lock: blobs never change, and index.json
 * is only ever replaced as a whole.
 */
record ImageLayout(Path folder) {
    private static final long MAX_DOCUMENT = 8 << 20;
    private static final int MAX_NESTING = 4;

    /** An image: the entry of index.json, and the manifest for this platform it leads to. */
    record Entry(Descriptor listed, Descriptor manifest) {}

    Path indexFile() {
        return folder.resolve("index.json");
    }

    Path blob(Digest digest) {
        return folder.resolve("blobs").resolve(digest.algorithm()).resolve(digest.hex());
    }

    /** All blobs that are here, whether an image needs them or not. */
    Set<Digest> blobs() throws IOException {
        var blobs = new HashSet<Digest>();
        for (var algorithm : List.of("sha256", "sha512")) {
            var blobFolder = folder.resolve("blobs").resolve(algorithm);
            if (Files.isDirectory(blobFolder)) {
                try (var files = Files.newDirectoryStream(blobFolder)) {
                    for (var file : files) {
                        var hex = file.getFileName().toString();
                        if (Digest.isHex(hex)) {
                            blobs.add(new Digest(algorithm, hex));
                        }
                    }
                }
            }
        }
        return blobs;
    }

    /** What index.json says; where there is none, that there are no images. */
    Json index() {
        try {
            return Json.parse(Files.readAllBytes(indexFile()));
        } catch (NoSuchFileException absent) {
            return Json.parse("{}".getBytes());
        } catch (IOException e) {
            throw ImageException.because("cannot read the list of images " + indexFile(), e);
        } catch (JsonParseException | ImageException e) {
            throw damaged(indexFile(), e);
        }
    }

    /** The images in index.json. */
    List<Descriptor> listed() {
        try {
            return ImageIndex.of(index()).manifests();
        } catch (JsonParseException e) {
            throw damaged(indexFile(), e);
        }
    }

    Optional<Entry> find(ImageReference reference) {
        var candidates = new ArrayList<Descriptor>();
        for (var listed : listed()) {
            if (reference.digest().isPresent()
                    ? leadsTo(listed, reference.digest().get())
                    : isNamed(listed, reference)) {
                candidates.add(listed);
            }
        }
        if (candidates.isEmpty()) {
            return Optional.empty();
        }
        for (var candidate : candidates) {
            var manifest = forThisPlatform(candidate, reference.digest(), 0);
            if (manifest.isPresent()) {
                return Optional.of(new Entry(candidate, manifest.get()));
            }
        }
        throw new ImageException("image " + reference.familiar() + " is not made for " + Platform.here()
                + "; use one that is, or another tag of it");
    }

    /** The images whose ID begins with {@code prefix}. */
    List<Entry> findById(String prefix) {
        var found = new ArrayList<Entry>();
        for (var listed : listed()) {
            var manifest = forThisPlatform(listed, Optional.empty(), 0);
            if (manifest.isPresent()
                    && manifest(manifest.get().digest()).config().digest().hex().startsWith(prefix)) {
                found.add(new Entry(listed, manifest.get()));
            }
        }
        return found;
    }

    /** The manifest for this platform that an entry leads to, if there is one. */
    Optional<Descriptor> manifestOf(Descriptor listed) {
        return forThisPlatform(listed, Optional.empty(), 0);
    }

    /** What an index, or what else is there, leads to. */
    Optional<ImageIndex> indexAt(Descriptor descriptor) {
        return isIndex(descriptor) ? Optional.of(document(descriptor.digest(), ImageIndex::of)) : Optional.empty();
    }

    ImageConfig config(Digest digest) {
        return document(digest, ImageConfig::of);
    }

    Image load(ImageReference reference, Entry entry) {
        var digest = entry.manifest().digest();
        var manifest = manifest(digest);
        var id = manifest.config().digest();
        var config = document(id, ImageConfig::of);
        var blobs = manifest.layers();
        if (blobs.size() != config.diffIds().size()) {
            throw new ImageException("image " + digest + " is damaged: it has " + blobs.size() + " layers but "
                    + config.diffIds().size() + " diff IDs; remove it and pull it again");
        }
        var layers = new ArrayList<Layer>();
        for (int i = 0; i < blobs.size(); i++) {
            layers.add(new Layer(blobs.get(i), config.diffIds().get(i)));
        }
        return new Image(reference, digest, id, config, List.copyOf(layers));
    }

    Manifest manifest(Digest digest) {
        return document(digest, Manifest::of);
    }

    /** The name that the writer gave the image, where it is one that can be read. */
    static Optional<ImageReference> name(Descriptor listed) {
        for (var key : List.of(ImageIndex.CONTAINERD_NAME, ImageIndex.REF_NAME)) {
            var name = listed.annotations().get(key);
            if (name != null) {
                try {
                    return Optional.of(ImageReference.parse(name));
                } catch (ImageException unreadable) {
                    // Others may write what they like here: it is no name that could be asked for.
                    return Optional.empty();
                }
            }
        }
        return Optional.empty();
    }

    /** Whether it has no name at all, not even one that koker cannot read. */
    static boolean isUnnamed(Descriptor listed) {
        return !listed.annotations().containsKey(ImageIndex.CONTAINERD_NAME)
                && !listed.annotations().containsKey(ImageIndex.REF_NAME);
    }

    /** A lone tag ("latest") is read as a repository: as a tag it would be the answer to every name with that tag. */
    static boolean isNamed(Descriptor listed, ImageReference reference) {
        var name = name(listed);
        return name.isPresent() && name.get().canonical().equals(reference.canonical());
    }

    private boolean leadsTo(Descriptor listed, Digest digest) {
        return listed.digest().equals(digest)
                || digest.toString().equals(listed.annotations().get(ImageIndex.SERVED_DIGEST))
                || isIndex(listed)
                        && document(listed.digest(), ImageIndex::of).manifests().stream()
                                .anyMatch(nested -> nested.digest().equals(digest));
    }

    /** Follows an index to the manifest for this platform, or to the one that was asked for by its digest. */
    private Optional<Descriptor> forThisPlatform(Descriptor descriptor, Optional<Digest> wanted, int depth) {
        if (!isIndex(descriptor)) {
            return Optional.of(descriptor);
        }
        if (depth == MAX_NESTING) {
            throw new ImageException("index " + descriptor.digest() + " is nested too deeply; use another image");
        }
        var manifests = document(descriptor.digest(), ImageIndex::of).manifests();
        for (var nested : manifests) {
            if (wanted.isPresent() && wanted.get().equals(nested.digest())) {
                return forThisPlatform(nested, Optional.empty(), depth + 1);
            }
        }
        for (var nested : manifests) {
            if (nested.platform().map(Platform.here()::runs).orElseGet(() -> isIndex(nested))) {
                var found = forThisPlatform(nested, wanted, depth + 1);
                if (found.isPresent()) {
                    return found;
                }
            }
        }
        return manifests.size() == 1 && manifests.getFirst().platform().isEmpty()
                ? Optional.of(manifests.getFirst())
                : Optional.empty();
    }

    private boolean isIndex(Descriptor descriptor) {
        return switch (descriptor.mediaType()) {
            case "application/vnd.oci.image.index.v1+json",
                    "application/vnd.docker.distribution.manifest.list.v2+json" -> true;
            case "" -> document(descriptor.digest(), json -> json.has("manifests"));
            default -> false;
        };
    }

    Json document(Digest digest) {
        return document(digest, json -> json);
    }

    private <T> T document(Digest digest, Function<Json, T> type) {
        var file = blob(digest);
        try {
            if (Files.size(file) > MAX_DOCUMENT) {
                throw new JsonParseException("it is larger than " + (MAX_DOCUMENT >> 20) + " MiB");
            }
            return type.apply(Json.parse(Files.readAllBytes(file)));
        } catch (IOException e) {
            throw new ImageException(
                    "cannot read " + file + ": " + ImageException.reason(e) + "; remove the image and pull it again",
                    e);
        } catch (JsonParseException | ImageException e) {
            throw damaged(file, e);
        }
    }

    private static ImageException damaged(Path file, RuntimeException why) {
        String reason = String.valueOf(why.getMessage()).lines().findFirst().orElse("");
        return new ImageException(file + " is damaged: " + reason + "; remove the image and pull it again", why);
    }
}

package koker.image;

import static koker.image.ImageException.quote;

import com.google.gson.JsonParseException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/**
 * Takes an archive of images apart: Docker's (docker-archive, described by its manifest.json) or an OCI layout in a tar
 * (oci-archive). Each member becomes a blob under the digest that it has, in one pass; their names are looked up
 * afterwards, and are never paths of this machine.
 */
public final class ArchiveReader {
    private static final int BUFFER = 128 << 10;
    private static final int MAX_MEMBERS = 20_000;
    private static final int MAX_LINKS = 8;
    private static final long MAX_DOCUMENT = 8 << 20;
    private static final String FILES =
            "" + (char) TarConstants.LF_OLDNORM + (char) TarConstants.LF_NORMAL + (char) TarConstants.LF_CONTIG;
    private static final String UNTYPED = "";
    private static final Digest MODEL_512 = new Digest("sha512", "0".repeat(128));

    private final Staging staging;
    private final Map<String, Descriptor> files = new HashMap<>();
    private final Map<String, String> links = new HashMap<>();

    /** The kinds of archives. */
    public enum Kind {
        /** That of {@code docker save}. */
        DOCKER,
        /** An OCI layout. */
        OCI
    }

    private ArchiveReader(Staging staging) {
        this.staging = staging;
    }

    /**
     * Reads the archive {@code in}, compressed or not, to its end; afterwards its images are in {@code staging}.
     *
     * @throws ImageException if it is none, or is not whole
     */
    public static Kind read(InputStream in, Staging staging) {
        try {
            var reader = new ArchiveReader(staging);
            reader.members(Compression.open(new BufferedInputStream(in, BUFFER)));
            return reader.images();
        } catch (IOException | IllegalArgumentException e) {
            var reason = e instanceof IOException failure ? ImageException.reason(failure) : "it is damaged";
            throw new ImageException("cannot load the archive: " + reason, e);
        } catch (JsonParseException | ImageException e) {
            var reason = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
            throw new ImageException("cannot load the archive: " + reason, e);
        }
    }

    private void members(InputStream archive) throws IOException {
        var headers = new TarHeaders(new BufferedInputStream(archive, BUFFER));
        var tar = new TarArchiveInputStream(headers);
        headers.keep();
        for (TarArchiveEntry entry; (entry = tar.getNextEntry()) != null; headers.keep()) {
            headers.records(); // the headers end here
            if (files.size() + links.size() == MAX_MEMBERS) {
                throw new ImageException("it has more than " + MAX_MEMBERS + " members; no image has so many");
            }
            member(entry, tar);
        }
    }

    private void member(TarArchiveEntry entry, InputStream content) throws IOException {
        var name = normal(entry.getName());
        if (entry.isDirectory()) {
            return;
        }
        if (files.containsKey(name) || links.containsKey(name)) {
            throw new ImageException("it has two members " + quote(name));
        }
        if (entry.isSymbolicLink()) {
            var folder = name.substring(0, name.lastIndexOf('/') + 1);
            links.put(name, normal(resolve(folder, entry.getLinkName())));
        } else if (entry.isLink()) {
            links.put(name, normal(entry.getLinkName()));
        } else if (FILES.indexOf((char) entry.getLinkFlag()) >= 0) {
            var model = name.startsWith("blobs/sha512/") ? MODEL_512 : Staging.MODEL;
            var file = staging.put(UNTYPED, content, model);
            if (file.size() != entry.getRealSize()) {
                throw new IOException("member " + quote(name) + " is cut off");
            }
            files.put(name, file);
        } else {
            throw new ImageException("its member " + quote(name) + " is no file");
        }
    }

    private Kind images() throws IOException {
        if (files.containsKey("index.json")) {
            layout();
            return Kind.OCI;
        }
        if (files.containsKey("manifest.json")) {
            for (var image : Json.parseList(document("manifest.json"))) {
                image(image);
            }
            return Kind.DOCKER;
        }
        throw new ImageException("it has neither manifest.json nor index.json, so it is no archive of images;"
                + " a root file system is what koker image import takes");
    }

    /** The members are where the layout has its blobs: what they are called must be true. */
    private void layout() throws IOException {
        for (var file : files.entrySet()) {
            var digest = file.getValue().digest();
            var blob = "blobs/" + digest.algorithm() + "/" + digest.hex();
            if (file.getKey().startsWith("blobs/") && !file.getKey().equals(blob)) {
                throw new ImageException("its member " + quote(file.getKey()) + " has the digest " + digest);
            }
        }
        var index = document("index.json");
        var listed = ImageIndex.parse(index).manifests();
        if (listed.isEmpty()) {
            throw new ImageException("there is no image in it");
        }
        Files.write(staging.layout().indexFile(), index);
        var store = staging.store();
        for (var entry : listed) {
            var manifest = staging.layout()
                    .manifestOf(entry)
                    .orElseThrow(() -> new ImageException("it has an image that is not made for " + Platform.here()));
            if (!store.isWhole(manifest)) {
                throw new ImageException("parts of its image " + manifest.digest() + " are missing");
            }
        }
    }

    /** An image as manifest.json has it: the names of its configuration and of its layers, lowest first. */
    private void image(Json image) throws IOException {
        var configName = image.text("Config");
        var config = ImageConfig.parse(document(configName));
        var names = image.texts("Layers");
        if (names.size() != config.diffIds().size()) {
            throw new ImageException("its image " + quote(configName) + " has " + names.size() + " layers but "
                    + config.diffIds().size() + " diff IDs");
        }
        var layers = new ArrayList<Descriptor>();
        for (var i = 0; i < names.size(); i++) {
            layers.add(layer(names.get(i), config.diffIds().get(i)));
        }
        var tags = new ArrayList<Optional<ImageReference>>();
        image.texts("RepoTags").forEach(tag -> tags.add(Optional.of(ImageReference.parse(tag))));
        for (var name : tags.isEmpty() ? List.of(Optional.<ImageReference>empty()) : tags) {
            staging.list(file(configName).as(ImageConfig.MEDIA_TYPE), layers, name);
        }
    }

    /** Docker's are not compressed, and so their digest is the diff ID; of others that is known when they are unpacked. */
    private Descriptor layer(String name, Digest diffId) throws IOException {
        var file = file(name);
        try (var in =
                new BufferedInputStream(Files.newInputStream(staging.layout().blob(file.digest())))) {
            var compression = Compression.of(in);
            if (compression == Compression.NONE && !file.digest().equals(diffId)) {
                throw new ImageException(
                        "its layer " + quote(name) + " has the digest " + file.digest() + " instead of " + diffId);
            }
            return file.as(compression.layerType());
        }
    }

    private byte[] document(String name) throws IOException {
        var file = file(name);
        if (file.size() > MAX_DOCUMENT) {
            throw new ImageException("its " + quote(name) + " is larger than " + (MAX_DOCUMENT >> 20) + " MiB");
        }
        return Files.readAllBytes(staging.layout().blob(file.digest()));
    }

    /** The member of that name, or that a link of that name leads to. */
    private Descriptor file(String name) {
        var target = normal(name);
        for (var i = 0; i < MAX_LINKS && links.containsKey(target); i++) {
            target = links.get(target);
        }
        var file = files.get(target);
        if (file == null) {
            throw new ImageException("its member " + quote(name) + " is missing");
        }
        return file;
    }

    /** {@code ../x}, as it is read in {@code folder}, which ends with a slash or is empty. */
    private static String resolve(String folder, String target) {
        var from = folder;
        var to = target;
        while (to.startsWith("../") && !from.isEmpty()) {
            from = from.substring(0, from.lastIndexOf('/', from.length() - 2) + 1);
            to = to.substring("../".length());
        }
        return from + to;
    }

    /** The name without what means nothing, and refused where it leads out of the archive. */
    private static String normal(String name) {
        var parts = new ArrayList<String>();
        for (var part : name.split("/", -1)) {
            if (!part.isEmpty() && !part.equals(".")) {
                parts.add(part);
            }
        }
        if (name.startsWith("/") || parts.contains("..")) {
            throw new ImageException("its member " + quote(name) + " is outside of it");
        }
        return String.join("/", parts);
    }
}

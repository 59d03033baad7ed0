package koker.image;

import static koker.image.ImageException.quote;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The name of an image, complete: what the user may leave out has been filled in as Docker does
 * (the grammar and the defaults: github.com/distribution/reference, reference.go and normalize.go).
 *
 * @param registry the registry's host, and port where it has one: {@code docker.io}, {@code localhost:5000}
 * @param repository the path of the repository there: {@code library/alpine}
 * @param tag the tag; absent only where there is a digest
 * @param digest the digest of the manifest or index; where it is present it alone decides, whatever the tag
 */
public record ImageReference(String registry, String repository, Optional<String> tag, Optional<Digest> digest) {
    private static final String DOCKER_HUB = "docker.io";
    private static final String OFFICIAL = "library/";
    private static final String LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?";
    private static final Pattern REGISTRY =
            Pattern.compile("(?:" + LABEL + "(?:\\." + LABEL + ")*|\\[[a-fA-F0-9:]+])(?::[0-9]+)?");
    private static final String PART = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
    private static final Pattern REPOSITORY = Pattern.compile(PART + "(?:/" + PART + ")*");
    private static final Pattern TAG = Pattern.compile("\\w[\\w.-]{0,127}");
    private static final int MAX_REPOSITORY = 255;

    public ImageReference {
        if (!REGISTRY.matcher(registry).matches()) {
            throw new ImageException("invalid reference format: " + quote(registry) + " is no registry host[:port]");
        }
        if (repository.length() > MAX_REPOSITORY) {
            throw new ImageException("invalid reference format: repository name must not be more than " + MAX_REPOSITORY
                    + " characters");
        }
        if (!REPOSITORY.matcher(repository).matches()) {
            if (REPOSITORY.matcher(repository.toLowerCase(Locale.ROOT)).matches()) {
                throw new ImageException(
                        "invalid reference format: repository name (" + repository + ") must be lowercase");
            }
            throw new ImageException("invalid reference format: " + quote(repository)
                    + " is no repository name; it is made of a-z and 0-9, joined by one of . _ __ - and /");
        }
        if (tag.isPresent() && !TAG.matcher(tag.get()).matches()) {
            throw new ImageException("invalid reference format: " + quote(tag.get())
                    + " is no tag; it is up to 128 of a-z A-Z 0-9 _ . - and begins with none of the last two");
        }
        if (tag.isEmpty() && digest.isEmpty()) {
            throw new ImageException("invalid reference format: " + quote(repository) + " has neither tag nor digest");
        }
    }

    /** Reads what a user types: {@code alpine}, {@code localhost:5000/a/b:1.0}, {@code alpine@sha256:<hex>}. */
    public static ImageReference parse(String text) {
        if (text.isEmpty()) {
            throw new ImageException("invalid reference format: the image name is empty");
        }
        if (text.length() == 64 && Digest.isHex(text)) {
            throw new ImageException("invalid reference format: repository name (" + text
                    + ") cannot be 64 hexadecimal digits, which are an image ID");
        }
        String rest = text;
        Optional<Digest> digest = Optional.empty();
        int at = rest.indexOf('@');
        if (at >= 0) {
            digest = Optional.of(Digest.parse(rest.substring(at + 1)));
            rest = rest.substring(0, at);
        }
        Optional<String> tag = Optional.empty();
        int colon = rest.lastIndexOf(':');
        if (colon > rest.lastIndexOf('/')) {
            tag = Optional.of(rest.substring(colon + 1));
            rest = rest.substring(0, colon);
        }
        if (tag.isEmpty() && digest.isEmpty()) {
            tag = Optional.of("latest");
        }
        String registry = DOCKER_HUB;
        int slash = rest.indexOf('/');
        if (slash >= 0 && looksLikeHost(rest.substring(0, slash))) {
            registry = rest.substring(0, slash);
            rest = rest.substring(slash + 1);
        }
        if (registry.equals("index.docker.io")) {
            registry = DOCKER_HUB;
        }
        if (rest.isEmpty()) {
            throw new ImageException("invalid reference format: " + quote(text) + " names no repository");
        }
        if (registry.equals(DOCKER_HUB) && rest.indexOf('/') < 0) {
            rest = OFFICIAL + rest;
        }
        return new ImageReference(registry, rest, tag, digest);
    }

    /** The short form that Docker shows: without {@code docker.io/} and {@code library/}, with the tag. */
    public String familiar() {
        return familiarRepository() + suffix();
    }

    /** The short form of the repository, with the registry where it is not Docker's. */
    public String familiarRepository() {
        if (!registry.equals(DOCKER_HUB)) {
            return registry + "/" + repository;
        }
        boolean official = repository.startsWith(OFFICIAL) && repository.indexOf('/', OFFICIAL.length()) < 0;
        return official ? repository.substring(OFFICIAL.length()) : repository;
    }

    /** Whether only tag and digest differ. */
    boolean isOfSameRepository(ImageReference other) {
        return registry.equals(other.registry) && repository.equals(other.repository);
    }

    /** The complete form: {@code docker.io/library/alpine:latest}. */
    public String canonical() {
        return registry + "/" + repository + suffix();
    }

    /** The complete form, as {@link #canonical()}. */
    @Override
    public String toString() {
        return canonical();
    }

    /** The first part is a registry if it could be no repository's: it has a dot, a port, capitals, or is localhost. */
    private static boolean looksLikeHost(String first) {
        return first.indexOf('.') >= 0
                || first.indexOf(':') >= 0
                || first.equals("localhost")
                || !first.equals(first.toLowerCase(Locale.ROOT));
    }

    private String suffix() {
        return tag.map(t -> ":" + t).orElse("") + digest.map(d -> "@" + d).orElse("");
    }
}

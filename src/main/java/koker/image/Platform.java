package koker.image;

import com.google.gson.JsonObject;
import java.util.Locale;

/**
 * What an image runs on, in Go's words (OCI image-spec 1.1, image-index.md, "platform").
 *
 * @param os {@code linux}
 * @param architecture {@code amd64}, {@code arm64}
 * @param variant of the architecture, as {@code v8}; empty where there is none
 */
public record Platform(String os, String architecture, String variant) {

    /** This machine's. */
    public static Platform here() {
        String arch = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
        return new Platform("linux", arch.equals("aarch64") ? "arm64" : arch, "");
    }

    /**
     * Reads {@code linux/arm64}, {@code linux/arm/v7}, or an architecture alone, of Linux.
     *
     * @throws ImageException if it is none of these
     */
    public static Platform parse(String text) {
        var parts = text.toLowerCase(Locale.ROOT).split("/", -1);
        return switch (parts.length) {
            case 1 -> new Platform("linux", checked(text, parts[0]), "").normal();
            case 2 -> new Platform(checked(text, parts[0]), checked(text, parts[1]), "").normal();
            case 3 -> new Platform(checked(text, parts[0]), checked(text, parts[1]), checked(text, parts[2])).normal();
            default -> throw notOne(text);
        };
    }

    static Platform of(Json json) {
        return new Platform(json.text("os"), json.text("architecture"), json.text("variant"));
    }

    JsonObject json() {
        var json = new JsonObject();
        json.addProperty("os", os);
        json.addProperty("architecture", architecture);
        if (!variant.isEmpty()) {
            json.addProperty("variant", variant);
        }
        return json;
    }

    /** Whether it is the same but for the variant, of which both architectures here have just one. */
    boolean runs(Platform other) {
        return os.equals(other.os) && architecture.equals(other.architecture);
    }

    /** Whether what is made for {@code other} is what was asked for; without a variant in the wish, any will do. */
    public boolean matches(Platform other) {
        var wish = normal();
        var offer = other.normal();
        return wish.runs(offer) && (wish.variant.isEmpty() || wish.variant.equals(offer.variant));
    }

    /** In one spelling (github.com/containerd/platforms, database.go): what every machine of a kind has is left out. */
    private Platform normal() {
        return switch (architecture) {
            case "x86_64", "x86-64" -> new Platform(os, "amd64", "").normal();
            case "aarch64" -> new Platform(os, "arm64", variant).normal();
            case "amd64" -> new Platform(os, architecture, variant.equals("v1") ? "" : variant);
            case "arm64" -> new Platform(os, architecture, variant.equals("v8") || variant.equals("8") ? "" : variant);
            default -> this;
        };
    }

    private static String checked(String text, String part) {
        if (!part.matches("[a-z0-9_.-]+")) {
            throw notOne(text);
        }
        return part;
    }

    private static ImageException notOne(String text) {
        return new ImageException(
                ImageException.quote(text) + " is no platform; give one as linux/amd64 or linux/arm/v7");
    }

    @Override
    public String toString() {
        return os + "/" + architecture + (variant.isEmpty() ? "" : "/" + variant);
    }
}

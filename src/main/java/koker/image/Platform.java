package koker.image;

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
    static Platform here() {
        String arch = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
        return new Platform("linux", arch.equals("aarch64") ? "arm64" : arch, "");
    }

    static Platform of(Json json) {
        return new Platform(json.text("os"), json.text("architecture"), json.text("variant"));
    }

    /** Whether it is the same but for the variant, of which both architectures here have just one. */
    boolean runs(Platform other) {
        return os.equals(other.os) && architecture.equals(other.architecture);
    }

    @Override
    public String toString() {
        return os + "/" + architecture + (variant.isEmpty() ? "" : "/" + variant);
    }
}

package koker.image;

/**
 * How much a layer may be when it is unpacked. The defaults are far above what images need, and far below what a small
 * archive can be made to unpack to.
 *
 * @param size bytes of its archive, decompressed
 * @param ratio bytes that come of each compressed byte, on average; a small layer may have more
 * @param entries of its archive, and folders that these imply
 */
public record UnpackLimits(long size, long ratio, long entries) {
    /** What holds where nobody says otherwise. */
    public static final UnpackLimits DEFAULT = new UnpackLimits(64L << 30, 200, 2_000_000);

    /** Up to this size, any ratio is harmless: zeros compress to a thousandth. */
    private static final long ANY_RATIO = 1L << 30;

    /** Refuses an archive of which {@code stored} bytes have become {@code unpacked}. */
    void check(long stored, long unpacked) {
        if (unpacked > size) {
            throw exceeded("it is larger than " + size + " bytes unpacked", "size");
        }
        if (unpacked > ANY_RATIO && unpacked / ratio > stored) {
            throw exceeded(
                    "its " + stored + " bytes have become " + unpacked + ", more than " + ratio + " of each", "ratio");
        }
    }

    /** Refuses an archive of more than that many entries. */
    void check(long entries) {
        if (entries > this.entries) {
            throw exceeded("it has more than " + this.entries + " entries", "entries");
        }
    }

    private static ImageException exceeded(String how, String limit) {
        return new ImageException(how + "; if that is meant, raise the limit: koker --unpack-limit " + limit + "=...");
    }
}

package koker.image;

import static koker.image.ImageException.quote;

import java.util.regex.Pattern;

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

    /**
     * Reads {@code size=10g,ratio=500,entries=100000}; what is not named is as by default.
     *
     * @throws ImageException if it is something else
     */
    public static UnpackLimits parse(String text) {
        long size = DEFAULT.size;
        long ratio = DEFAULT.ratio;
        long entries = DEFAULT.entries;
        var form = Pattern.compile("(size|ratio|entries)=([1-9][0-9]{0,6})([kmg]?)");
        for (var part : text.split(",", -1)) {
            var match = form.matcher(part);
            if (!match.matches()) {
                throw new ImageException(quote(part) + " is no limit; expected size=64g, ratio=200 or entries=2000000");
            }
            long value = Long.parseLong(match.group(2)) << 10 * " kmg".indexOf(match.group(3));
            switch (match.group(1)) {
                case "size" -> size = value;
                case "ratio" -> ratio = value;
                default -> entries = value;
            }
        }
        return new UnpackLimits(size, ratio, entries);
    }

    /** Refuses an archive of which {@code stored} bytes have become {@code unpacked}. */
    void check(long stored, long unpacked) {
        if (unpacked > size) {
            throw exceeded("it is larger than " + size + " bytes unpacked", "size");
        }
        if (unpacked > ANY_RATIO && unpacked / stored > ratio) {
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

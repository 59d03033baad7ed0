package koker.engine;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;

/** The keys by which a user leaves a container's terminal, typed one after the other. Finds them in what is typed. */
public final class DetachKeys {
    private static final String DEFAULT = "ctrl-p,ctrl-q";

    private final byte[] keys;
    private int typed;

    private DetachKeys(byte[] keys) {
        this.keys = keys;
    }

    /** Docker's: ctrl-p,ctrl-q. */
    public static DetachKeys usual() {
        return parse(DEFAULT);
    }

    /**
     * Reads keys, separated by commas: a character, or {@code ctrl-} and a letter or one of {@code @ [ \\ ] ^ _}. An empty text is no
     * keys at all.
     *
     * @throws IllegalArgumentException if it is something else
     */
    public static DetachKeys parse(String text) {
        var names = text.isEmpty() ? List.<String>of() : Arrays.asList(text.split(","));
        var keys = new byte[names.size()];
        for (var i = 0; i < keys.length; i++) {
            keys[i] = key(names.get(i));
        }
        return new DetachKeys(keys);
    }

    private static byte key(String name) {
        if (name.length() == 1 && name.charAt(0) < 0x80) {
            return (byte) name.charAt(0);
        }
        if (name.matches("ctrl-[a-zA-Z@\\[\\\\\\]^_]")) {
            return (byte) (Character.toUpperCase(name.charAt(name.length() - 1)) & 0x1f);
        }
        throw new IllegalArgumentException("'" + name + "' is no key; use a character, or ctrl- and a letter");
    }

    /** What of {@code count} typed bytes goes to the container; what may be the beginning of the keys waits until it is clear. */
    byte[] pass(byte[] bytes, int count) {
        var passed = new ByteArrayOutputStream();
        for (var i = 0; i < count && !areTyped(); i++) {
            if (keys.length > 0 && bytes[i] == keys[typed]) {
                typed++;
                continue;
            }
            passed.write(keys, 0, typed);
            typed = 0;
            if (keys.length > 0 && bytes[i] == keys[0]) {
                typed = 1;
            } else {
                passed.write(bytes[i]);
            }
        }
        return passed.toByteArray();
    }

    /** Whether all of them were typed. */
    boolean areTyped() {
        return keys.length > 0 && typed == keys.length;
    }
}

package koker.image;

import java.util.ArrayList;
import java.util.List;

/**
 * Where in a file there is anything but zeros, told by what is in it and not by how the file system keeps it: the same content has the
 * same map. Only long files are looked at, and in blocks; after so many parts the rest counts as one.
 *
 * @param parts in their order
 * @param size of the file
 */
record DataMap(List<Part> parts, long size) {
    static final int BLOCK = 64 << 10;
    private static final long LEAST_SIZE = 1 << 20;
    private static final int MOST_PARTS = 1 << 14;

    /** {@code length} bytes from {@code offset} on. */
    record Part(long offset, long length) {}

    /** The map of {@code file}. What the file system knows to be a hole is not read. */
    static DataMap of(OpenFile file) {
        long size = file.size();
        var parts = new ArrayList<Part>();
        if (size < LEAST_SIZE) {
            return new DataMap(List.of(new Part(0, size)), size);
        }
        var room = new byte[BLOCK];
        long begun = -1;
        for (long at = 0; at < size; ) {
            if (parts.size() == MOST_PARTS) {
                begun = begun < 0 ? at : begun;
                break;
            }
            long data = begun < 0 ? file.dataFrom(at) / BLOCK * BLOCK : at;
            if (data > at) {
                at = data;
                continue;
            }
            int length = file.read(at, room);
            boolean zeros = isZero(room, length);
            if (zeros && begun >= 0) {
                parts.add(new Part(begun, at - begun));
                begun = -1;
            } else if (!zeros && begun < 0) {
                begun = at;
            }
            at += BLOCK;
        }
        if (begun >= 0) {
            parts.add(new Part(begun, size - begun));
        }
        return new DataMap(List.copyOf(parts), size);
    }

    /** Whether there are zeros that need not be kept. */
    boolean isSparse() {
        return dataSize() < size;
    }

    /** How many bytes the parts have. */
    long dataSize() {
        return parts.stream().mapToLong(Part::length).sum();
    }

    private static boolean isZero(byte[] bytes, int length) {
        for (int i = 0; i < length; i++) {
            if (bytes[i] != 0) {
                return false;
            }
        }
        return true;
    }
}

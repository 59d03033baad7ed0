package koker.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import koker.kernel.FileCalls;
import koker.kernel.Kernel;

/** Reads what is in an open folder, getdents64(2). Names are bytes. */
final class Listing {
    // struct linux_dirent64
    private static final int LENGTH_AT = 16;
    private static final int TYPE_AT = 18;
    private static final int NAME_AT = 19;
    private static final int FOLDER = 4;

    private static final int BUFFER = 32 << 10;
    private static final byte[] HERE = EntryName.bytes(".");
    private static final byte[] ABOVE = EntryName.bytes("..");

    private Listing() {}

    /** Who is shown what is in a folder. */
    @FunctionalInterface
    interface Visitor {
        void visit(byte[] name, boolean isFolder);
    }

    /** Shows {@code visitor} what is in the folder; false if there is nothing. */
    static boolean visit(Kernel kernel, int folder, Visitor visitor) {
        var bytes = new byte[BUFFER];
        var entries = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        var found = false;
        kernel.call(FileCalls.seek(folder, 0));
        for (int end; (end = (int) kernel.transfer(FileCalls.list(folder, bytes))) > 0; ) {
            for (int at = 0; at < end; at += entries.getShort(at + LENGTH_AT)) {
                int nameEnd = at + NAME_AT;
                while (bytes[nameEnd] != 0) {
                    nameEnd++;
                }
                var name = Arrays.copyOfRange(bytes, at + NAME_AT, nameEnd);
                if (!Arrays.equals(name, HERE) && !Arrays.equals(name, ABOVE)) {
                    found = true;
                    visitor.visit(name, bytes[at + TYPE_AT] == FOLDER);
                }
            }
        }
        return found;
    }
}

package koker.dist;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.regex.Pattern;

/** Lets a class use another class than it was compiled for: wherever it names what {@code names} matches, it names {@code to} instead. */
record Renaming(Pattern names, String to) {
    /** Names are all in the constant pool, as strings; see section 4.4 of the Java Virtual Machine Specification. */
    byte[] apply(byte[] bytes) throws IOException {
        var in = new DataInputStream(new ByteArrayInputStream(bytes));
        var all = new ByteArrayOutputStream();
        var out = new DataOutputStream(all);
        out.writeLong(in.readLong()); // magic, version
        var count = in.readUnsignedShort();
        out.writeShort(count);
        for (var i = 1; i < count; i++) {
            var tag = in.readByte();
            out.writeByte(tag);
            switch (tag) {
                case 1 -> out.writeUTF(names.matcher(in.readUTF()).replaceAll(to));
                case 5, 6 -> { // a long or a double counts as two entries
                    out.writeLong(in.readLong());
                    i++;
                }
                case 7, 8, 16, 19, 20 -> out.writeShort(in.readShort());
                case 15 -> {
                    out.writeByte(in.readByte());
                    out.writeShort(in.readShort());
                }
                default -> out.writeInt(in.readInt());
            }
        }
        in.transferTo(out);
        return all.toByteArray();
    }
}

package koker.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The two ends of a pipe or of a pair of sockets: descriptors, once the call that makes them has returned. */
public final class Ends {
    private final byte[] room = new byte[8];

    /** Of a pipe, the end to read from. */
    public int first() {
        return number(0);
    }

    /** Of a pipe, the end to write to. */
    public int second() {
        return number(4);
    }

    Argument room() {
        return new Argument.Room(room, Form.DESCRIPTORS);
    }

    private int number(int offset) {
        return ByteBuffer.wrap(room).order(ByteOrder.LITTLE_ENDIAN).getInt(offset);
    }
}

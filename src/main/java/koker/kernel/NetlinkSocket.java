package koker.kernel;

import static koker.kernel.Constant.*;
import static koker.kernel.NetlinkConstant.*;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** A socket to a part of the kernel that keeps what belongs to a network namespace, such as links or rules; and what it last answered. */
public final class NetlinkSocket {
    /** As much as the kernel sends at once, netlink(7). */
    private static final int ROOM = 32 << 10;

    private static final int DONT_TRUNCATE = 0;
    private static final int HEADER = 16; // bytes of a message before its body

    /** Label: how many bytes the kernel has answered. */
    public static final String RECEIVED = "received";

    /** The messages of a request at most; so far apart are the numbers of two requests. */
    private static final int MOST = 1 << 16;

    private final int descriptor;
    private final byte[] room;
    private int number;
    private int length;

    /** The socket that {@link #open} opened. */
    public NetlinkSocket(int descriptor) {
        this.descriptor = descriptor;
        this.room = new byte[ROOM];
    }

    /**
     * The kernel's refusal of a request.
     *
     * @param reason its own words, which may be none
     * @param number that of the message in the request, from 0 on
     */
    public record Refusal(Errno errno, String reason, int number) {}

    /**
     * A message of an answer.
     *
     * @param body of a link: its number is at 4; of a route: the bits of its destination are at 1
     */
    public record Answer(int type, ByteBuffer body, List<Attribute> attributes) {
        /** The value of the first attribute of that type. */
        public Optional<byte[]> attribute(Flag type) {
            for (var attribute : attributes) {
                if (attribute.type() == type.value()) {
                    return Optional.of(attribute.value());
                }
            }
            return Optional.empty();
        }
    }

    /** An attribute of an answer. */
    public record Attribute(int type, byte[] value) {}

    /** The descriptor by which it is open. */
    public int descriptor() {
        return descriptor;
    }

    /** What is sent from now on is another request, and its answers can be told from those to the ones before. */
    public void beginRequest() {
        number += MOST;
    }

    /** The call labelled {@link #RECEIVED} has returned so many bytes. */
    public void received(int bytes) {
        length = bytes;
    }

    /** As if the kernel had answered that there is a link of that name, switched on, and with that number. */
    public void pretendLink(String name, int link) {
        var answer = NetlinkMessage.switchOn(name).encode(number).bytes();
        System.arraycopy(answer, 0, room, 0, answer.length);
        buffer().putInt(20, link);
        received(answer.length);
    }

    /** As if the kernel had answered that all is done, and that there is nothing more to say. */
    public void pretendNothing() {
        buffer().putInt(0, HEADER).putInt(4, (int) NLMSG_DONE.value()).putInt(8, number);
        received(HEADER);
    }

    /** socket(2) of the calling thread's network namespace, to those who keep its links, addresses and routes. */
    public static Call open() {
        return open(NETLINK_ROUTE);
    }

    /** socket(2) of the calling thread's network namespace, to those who keep its rules for packets. */
    public static Call openNetfilter() {
        return open(NETLINK_NETFILTER);
    }

    private static Call open(Constant family) {
        return Call.of(
                SystemCall.SOCKET,
                new Argument.Flags(List.of(AF_NETLINK)),
                new Argument.Flags(List.of(SOCK_RAW, SOCK_CLOEXEC)),
                new Argument.Flags(List.of(family)));
    }

    /** bind(2): gives what the call labelled {@code socket} opened an address, by which the kernel answers. */
    public static Call bind(String socket) {
        var address = Layout.of().int16((int) AF_NETLINK.value()).zeros(10).bytes();
        return Call.of(
                SystemCall.BIND,
                new Argument.Result(socket),
                new Argument.Struct(address, "{sa_family=AF_NETLINK, nl_pid=0}"),
                new Argument.Number(address.length));
    }

    /** setsockopt(2): a refusal comes with a reason in words. */
    public Call explain() {
        return option(NETLINK_EXT_ACK);
    }

    /** setsockopt(2): a refusal does not repeat the request. */
    public Call abbreviate() {
        return option(NETLINK_CAP_ACK);
    }

    /** sendto(2) of a request. */
    public Call send(NetlinkMessage message) {
        return send(message.encode(number));
    }

    /** sendto(2) of messages that are carried out all or not at all. */
    public Call send(List<NetlinkMessage> messages) {
        var all = Layout.of();
        var shown = new ArrayList<String>();
        for (var message : messages) {
            var bytes = message.encode(number + shown.size());
            all.raw(bytes.bytes());
            shown.add(bytes.fields());
        }
        return send(new Argument.Struct(all.bytes(), "[" + String.join(", ", shown) + "]"));
    }

    private Call send(Argument.Struct bytes) {
        return Call.of(
                SystemCall.SENDTO,
                new Argument.Number(descriptor),
                bytes,
                new Argument.Number(bytes.bytes().length),
                new Argument.Number(0),
                new Argument.Null(),
                new Argument.Number(0));
    }

    /** recvfrom(2) of what the kernel answers. */
    public Call receive() {
        return Call.of(
                        SystemCall.RECVFROM,
                        new Argument.Number(descriptor),
                        new Argument.Room(room, Form.NETLINK),
                        new Argument.Number(ROOM),
                        new Argument.Number(DONT_TRUNCATE),
                        new Argument.Null(),
                        new Argument.Null())
                .as(RECEIVED);
    }

    public Call close() {
        return Calls.close(descriptor);
    }

    /**
     * Whether the last answer was one to an earlier request, so that more is to be received: of a request that consists of several messages each
     * can be refused by an answer of its own, and the first one has been enough.
     */
    public boolean isBehind() {
        return buffer().getInt(8) - number < 0;
    }

    /** Whether the last answer was a refusal. */
    public boolean refused() {
        return refusal().isPresent();
    }

    /** The refusal that the last answer was. */
    public Optional<Refusal> refusal() {
        var bytes = buffer();
        if (bytes.getShort(4) != NLMSG_ERROR.value() || bytes.getInt(16) == 0) {
            return Optional.empty();
        }
        var reason = "";
        if ((bytes.getShort(6) & NLM_F_ACK_TLVS.value()) != 0) {
            for (var attribute : attributes(bytes, 36, bytes.getInt(0))) {
                if (attribute.type() == NLMSGERR_ATTR_MSG.value()) {
                    reason = text(attribute.value());
                }
            }
        }
        return Optional.of(new Refusal(Errno.of(bytes.getInt(16)), reason, bytes.getInt(8) - number));
    }

    /**
     * The messages of the last answer.
     *
     * @param fixed the bytes of a message before its attributes
     */
    public List<Answer> answers(int fixed) {
        var bytes = buffer();
        var answers = new ArrayList<Answer>();
        for (var at = 0; at + HEADER <= length; at += bytes.getInt(at) + 3 & ~3) {
            var type = bytes.getShort(at + 4);
            var end = at + bytes.getInt(at);
            var known = type != NLMSG_DONE.value() && type != NLMSG_ERROR.value();
            answers.add(new Answer(
                    type,
                    // Not a part of the room, where the next answer comes.
                    ByteBuffer.wrap(Arrays.copyOfRange(room, at + HEADER, end)).order(ByteOrder.LITTLE_ENDIAN),
                    known ? attributes(bytes, at + HEADER + fixed, end) : List.of()));
        }
        return answers;
    }

    /** Whether what the last answer lists has changed meanwhile, so that the list is to be asked for again. */
    public boolean interrupted() {
        var bytes = buffer();
        for (var at = 0; at + HEADER <= length; at += bytes.getInt(at) + 3 & ~3) {
            if ((bytes.getShort(at + 6) & NLM_F_DUMP_INTR.value()) != 0) {
                return true;
            }
        }
        return false;
    }

    /** The attributes that an attribute's value consists of. */
    public static List<Attribute> attributes(byte[] value) {
        return attributes(ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN), 0, value.length);
    }

    /** The string that an attribute's value is. */
    public static String text(byte[] value) {
        return new String(value, 0, value.length - 1, StandardCharsets.UTF_8);
    }

    private static List<Attribute> attributes(ByteBuffer bytes, int from, int end) {
        var attributes = new ArrayList<Attribute>();
        for (var at = from; at + 4 <= end; at += (bytes.getShort(at) & 0xffff) + 3 & ~3) {
            var value = new byte[(bytes.getShort(at) & 0xffff) - 4];
            bytes.get(at + 4, value);
            attributes.add(new Attribute(bytes.getShort(at + 2) & 0x3fff, value));
        }
        return attributes;
    }

    private ByteBuffer buffer() {
        return ByteBuffer.wrap(room).order(ByteOrder.LITTLE_ENDIAN);
    }

    private Call option(Constant option) {
        return Call.of(
                SystemCall.SETSOCKOPT,
                new Argument.Number(descriptor),
                new Argument.Flags(List.of(SOL_NETLINK)),
                new Argument.Flags(List.of(option)),
                Argument.Struct.ofInt(1),
                new Argument.Number(4));
    }
}

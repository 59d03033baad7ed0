package koker.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** How bytes that pass between koker and the kernel are to be read. */
enum Form {
    /** Two file descriptors, as pipe(2) returns them. */
    DESCRIPTORS {
        @Override
        String show(ByteBuffer bytes) {
            return "[" + bytes.getInt(0) + ", " + bytes.getInt(4) + "]";
        }
    },
    /** Text, up to the zero bytes at its end. */
    TEXT {
        @Override
        String show(ByteBuffer bytes) {
            var text = StandardCharsets.ISO_8859_1.decode(bytes).toString();
            return Argument.quote(text.replaceFirst("\0+$", ""));
        }
    },
    /** Texts, each with a zero byte behind it, as listxattr(2) returns them. */
    TEXTS {
        @Override
        String show(ByteBuffer bytes) {
            var text = StandardCharsets.ISO_8859_1.decode(bytes).toString();
            return Argument.quote(text.replaceFirst("(?<!\0)\0+$", "\0").replaceFirst("^\0+$", ""));
        }
    },
    /** What a file is, of struct statx, statx(2). */
    STATUS {
        @Override
        String show(ByteBuffer bytes) {
            return "{stx_mode=0" + Integer.toOctalString(bytes.getShort(28) & 0xffff) + ", stx_uid="
                    + Integer.toUnsignedString(bytes.getInt(20)) + ", stx_gid="
                    + Integer.toUnsignedString(bytes.getInt(24)) + ", stx_ino=" + bytes.getLong(32) + "}";
        }
    },
    /** What siginfo_t, which waitid(2) fills, says of a child; all zero if there was none. */
    CHILD {
        @Override
        String show(ByteBuffer bytes) {
            var code = bytes.getInt(8);
            var status = bytes.getInt(24);
            return "{si_pid=" + bytes.getInt(16) + ", si_code=" + name(code) + ", si_status="
                    + (code == EXITED || status == 0
                            ? status
                            : Signal.of(status).name()) + "}";
        }

        private static String name(int code) {
            return 0 < code && code <= CODES.size() ? CODES.get(code - 1) : Integer.toString(code);
        }
    },
    /** What the kernel answers by netlink(7): that it did as it was told, or not, or which link it found. Lists are left out. */
    NETLINK {
        @Override
        String show(ByteBuffer bytes) {
            if (bytes.getShort(4) == NetlinkConstant.NLMSG_ERROR.value()) {
                var error = bytes.getInt(16);
                return "[{nlmsg_type=NLMSG_ERROR}, {error=" + (error == 0 ? 0 : "-" + Errno.of(error)) + "}]";
            }
            var one = (bytes.getShort(6) & NetlinkConstant.NLM_F_MULTI.value()) == 0;
            return one && bytes.getShort(4) == NetlinkConstant.RTM_NEWLINK.value()
                    ? "[{nlmsg_type=RTM_NEWLINK}, {ifi_index=" + bytes.getInt(20) + "}, …]"
                    : "…";
        }
    },
    /** Bytes that are nobody's business. */
    BYTES {
        @Override
        String show(ByteBuffer bytes) {
            return "[" + bytes.capacity() + " bytes]";
        }
    },
    /** Seconds and nanoseconds: struct timespec. */
    TIME {
        @Override
        String show(ByteBuffer bytes) {
            return "{tv_sec=" + bytes.getLong(0) + ", tv_nsec=" + bytes.getLong(8) + "}";
        }
    },
    /** The user namespace that says who owns the files of a mount: struct mount_attr. */
    OWNERS {
        @Override
        String show(ByteBuffer bytes) {
            return "{attr_set=MOUNT_ATTR_IDMAP, userns_fd=" + bytes.getLong(24) + "}";
        }
    },
    /** Descriptors to wait for: struct pollfd, one after the other. */
    POLL {
        @Override
        String show(ByteBuffer bytes) {
            return IntStream.range(0, bytes.capacity() / 8)
                    .mapToObj(i -> "{fd=" + bytes.getInt(8 * i) + ", events="
                            + (bytes.getShort(8 * i + 4) == 1 ? "POLLIN}" : "POLLOUT}"))
                    .collect(Collectors.joining(", ", "[", "]"));
        }
    },
    /** The size of a terminal: struct winsize, tty_ioctl(4). */
    WINDOW {
        @Override
        String show(ByteBuffer bytes) {
            return "{ws_row=" + (bytes.getShort(0) & 0xffff) + ", ws_col=" + (bytes.getShort(2) & 0xffff) + "}";
        }
    },
    /** The settings of a terminal: struct termios as the kernel has it, termios(3). */
    TERMINAL {
        @Override
        String show(ByteBuffer bytes) {
            var names = List.of("c_iflag", "c_oflag", "c_cflag", "c_lflag");
            return names.stream()
                    .map(name -> name + "=0x" + Integer.toHexString(bytes.getInt(4 * names.indexOf(name))))
                    .collect(Collectors.joining(", ", "{", "}"));
        }
    };

    private static final int EXITED = 1;
    private static final List<String> CODES =
            Arrays.asList("CLD_EXITED", "CLD_KILLED", "CLD_DUMPED", "CLD_TRAPPED", "CLD_STOPPED", "CLD_CONTINUED");

    /** The bytes as they read in a trace. */
    String show(byte[] bytes) {
        return show(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN));
    }

    abstract String show(ByteBuffer bytes);
}

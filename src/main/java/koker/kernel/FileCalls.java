package koker.kernel;

import static koker.kernel.Constant.*;
import static koker.kernel.OpenFlag.*;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import koker.kernel.Argument.Data;
import koker.kernel.Argument.Device;
import koker.kernel.Argument.Flags;
import koker.kernel.Argument.Mode;
import koker.kernel.Argument.Name;
import koker.kernel.Argument.Null;
import koker.kernel.Argument.Number;
import koker.kernel.Argument.Room;
import koker.kernel.Argument.Struct;

/**
 * The system calls that make, change and remove files. A file is named by a descriptor, or by an open folder and a name in it; names
 * are bytes. Where a name in a folder is a symbolic link it is not followed. Section 2 of the manual describes each.
 */
public final class FileCalls {
    private static final long UTIME_OMIT = 0x3ffffffe;
    private static final int OPEN_HOW = 24;
    private static final int PRIVATE = 0600;
    private static final Argument ZERO = new Number(0);
    private static final Argument NOFOLLOW = new Flags(List.of(AT_SYMLINK_NOFOLLOW));

    private static final byte[] NOTHING = {};
    private static final byte[] HERE = {'.'};

    private FileCalls() {}

    /** openat(2) of the folder {@code path}, which may be named by links. */
    public static Call open(String path) {
        return Call.of(
                SystemCall.OPENAT,
                new Flags(List.of(AT_FDCWD)),
                new Argument.Text(path),
                new Flags(List.of(O_RDONLY, O_DIRECTORY, O_CLOEXEC)),
                new Mode(0));
    }

    /** openat2(2) of the folder {@code path} below {@code root}; {@code resolve} says what may be met on the way. */
    public static Call open(int root, byte[] path, Set<Constant> resolve) {
        return open(root, path, List.of(O_RDONLY, O_DIRECTORY, O_CLOEXEC), resolve);
    }

    /**
     * openat2(2) of whatever {@code path} below {@code root} is, without any effect on it: it is held, and neither read nor written.
     *
     * @param follow whether that is what a symbolic link leads to, or the link itself
     */
    public static Call hold(int root, byte[] path, boolean follow, Set<Constant> resolve) {
        return open(
                root,
                path,
                follow ? List.of(O_RDONLY, O_PATH, O_CLOEXEC) : List.of(O_RDONLY, O_PATH, O_NOFOLLOW, O_CLOEXEC),
                resolve);
    }

    /** openat(2) of what is held as {@code descriptor}, to read it. */
    public static Call openHeld(int descriptor) {
        return Call.of(
                SystemCall.OPENAT,
                new Flags(List.of(AT_FDCWD)),
                new Name(own(Integer.toString(descriptor))),
                new Flags(List.of(O_RDONLY, O_CLOEXEC)),
                new Mode(0));
    }

    private static Call open(int root, byte[] path, List<OpenFlag> flags, Set<Constant> resolve) {
        var how = Layout.of().int64(Flag.bits(flags)).int64(0).int64(Flag.bits(resolve));
        var fields = "{flags=" + new Flags(flags).show(_ -> 0) + ", resolve=" + new Flags(resolve).show(_ -> 0) + "}";
        return Call.of(
                SystemCall.OPENAT2,
                new Number(root),
                new Name(path),
                new Struct(how.bytes(), fields),
                new Number(OPEN_HOW));
    }

    /** openat(2): a new, empty file, which only root can read yet, opened to be written. */
    public static Call create(int folder, byte[] name) {
        return Call.of(
                SystemCall.OPENAT,
                new Number(folder),
                new Name(name),
                new Flags(List.of(O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_CLOEXEC)),
                new Mode(PRIVATE));
    }

    /** openat(2): a new, empty file without a name, on the file system of {@code folder}; it is gone when it is closed. */
    public static Call createNameless(int folder) {
        return Call.of(
                SystemCall.OPENAT,
                new Number(folder),
                new Name(HERE),
                new Flags(List.of(O_WRONLY, O_TMPFILE, O_CLOEXEC)),
                new Mode(PRIVATE));
    }

    public static Call mkdir(int folder, byte[] name, int mode) {
        return Call.of(SystemCall.MKDIRAT, new Number(folder), new Name(name), new Mode(mode));
    }

    /** mknodat(2); {@code mode} holds type and permissions, as stat(2) returns them. */
    public static Call mknod(int folder, byte[] name, int mode, int major, int minor) {
        return Call.of(
                SystemCall.MKNODAT, new Number(folder), new Name(name), new Mode(mode), new Device(major, minor));
    }

    public static Call symlink(byte[] target, int folder, byte[] name) {
        return Call.of(SystemCall.SYMLINKAT, new Name(target), new Number(folder), new Name(name));
    }

    /** linkat(2): another name for what {@code oldName} in {@code oldFolder} is. */
    public static Call link(int oldFolder, byte[] oldName, int folder, byte[] name) {
        return Call.of(
                SystemCall.LINKAT, new Number(oldFolder), new Name(oldName), new Number(folder), new Name(name), ZERO);
    }

    /** linkat(2): a name for the open file {@code descriptor}. */
    public static Call link(int descriptor, int folder, byte[] name) {
        return Call.of(
                SystemCall.LINKAT,
                new Flags(List.of(AT_FDCWD)),
                new Name(own(Integer.toString(descriptor))),
                new Number(folder),
                new Name(name),
                new Flags(List.of(AT_SYMLINK_FOLLOW)));
    }

    /** renameat2(2), which replaces what has that name. */
    public static Call rename(int oldFolder, byte[] oldName, int folder, byte[] name) {
        return Call.of(
                SystemCall.RENAMEAT2,
                new Number(oldFolder),
                new Name(oldName),
                new Number(folder),
                new Name(name),
                ZERO);
    }

    public static Call unlink(int folder, byte[] name) {
        return Call.of(SystemCall.UNLINKAT, new Number(folder), new Name(name), ZERO);
    }

    public static Call rmdir(int folder, byte[] name) {
        return Call.of(SystemCall.UNLINKAT, new Number(folder), new Name(name), new Flags(List.of(AT_REMOVEDIR)));
    }

    /** statx(2); {@code room} receives the 256 bytes of struct statx. */
    public static Call status(int folder, byte[] name, byte[] room) {
        return Call.of(
                SystemCall.STATX,
                new Number(folder),
                new Name(name),
                NOFOLLOW,
                new Flags(List.of(STATX_BASIC_STATS)),
                new Room(room, Form.STATUS));
    }

    /** statx(2) of what is open, or held; {@code room} receives the 256 bytes of struct statx. */
    public static Call status(int descriptor, byte[] room) {
        return Call.of(
                SystemCall.STATX,
                new Number(descriptor),
                new Name(NOTHING),
                new Flags(List.of(AT_EMPTY_PATH)),
                new Flags(List.of(STATX_BASIC_STATS)),
                new Room(room, Form.STATUS));
    }

    /** getdents64(2); {@code room} receives entries, struct linux_dirent64. */
    public static Call list(int folder, byte[] room) {
        return Call.of(SystemCall.GETDENTS64, new Number(folder), new Room(room, Form.TEXT), new Number(room.length));
    }

    public static Call chown(int folder, byte[] name, long uid, long gid) {
        return Call.of(
                SystemCall.FCHOWNAT, new Number(folder), new Name(name), new Number(uid), new Number(gid), NOFOLLOW);
    }

    /** fchmodat(2), which would follow a symbolic link: for other files only. */
    public static Call chmod(int folder, byte[] name, int mode) {
        return Call.of(SystemCall.FCHMODAT, new Number(folder), new Name(name), new Mode(mode));
    }

    public static Call chmod(int descriptor, int mode) {
        return Call.of(SystemCall.FCHMOD, new Number(descriptor), new Mode(mode));
    }

    /** fchmodat(2) of what is held, which must not be a symbolic link. */
    public static Call chmodHeld(int descriptor, int mode) {
        return Call.of(
                SystemCall.FCHMODAT,
                new Flags(List.of(AT_FDCWD)),
                new Name(own(Integer.toString(descriptor))),
                new Mode(mode));
    }

    /** utimensat(2): the time of the last change. */
    public static Call setTime(int folder, byte[] name, long seconds, int nanos) {
        return Call.of(SystemCall.UTIMENSAT, new Number(folder), new Name(name), times(seconds, nanos), NOFOLLOW);
    }

    /** utimensat(2): the time of the last change of an open file. */
    public static Call setTime(int descriptor, long seconds, int nanos) {
        return Call.of(SystemCall.UTIMENSAT, new Number(descriptor), new Null(), times(seconds, nanos), ZERO);
    }

    /** lsetxattr(2). There is no such call for a name in an open folder; but /proc gives the folder a path. */
    public static Call setAttribute(int folder, byte[] name, byte[] attribute, byte[] value) {
        var path = Layout.of().raw(own(folder + "/")).raw(name).bytes();
        return Call.of(
                SystemCall.LSETXATTR,
                new Name(path),
                new Name(attribute),
                new Data(value, value.length),
                new Number(value.length),
                ZERO);
    }

    /** setxattr(2) of what is open; the path that /proc gives it leads to it, whatever has its name by now. */
    public static Call setAttribute(int descriptor, byte[] attribute, byte[] value) {
        return Call.of(
                SystemCall.SETXATTR,
                new Name(own(Integer.toString(descriptor))),
                new Name(attribute),
                new Data(value, value.length),
                new Number(value.length),
                ZERO);
    }

    /** listxattr(2) of what is open or held; {@code room} receives the names, each with a zero byte behind it. */
    public static Call attributes(int descriptor, byte[] room) {
        return Call.of(
                SystemCall.LISTXATTR,
                new Name(own(Integer.toString(descriptor))),
                new Room(room, Form.TEXTS),
                new Number(room.length));
    }

    /** getxattr(2) of what is open or held. */
    public static Call attribute(int descriptor, byte[] attribute, byte[] room) {
        return Call.of(
                SystemCall.GETXATTR,
                new Name(own(Integer.toString(descriptor))),
                new Name(attribute),
                new Room(room, Form.TEXT),
                new Number(room.length));
    }

    /** readlinkat(2) of a symbolic link that is held. */
    public static Call target(int link, byte[] room) {
        return Call.of(
                SystemCall.READLINKAT,
                new Number(link),
                new Name(NOTHING),
                new Room(room, Form.TEXT),
                new Number(room.length));
    }

    /** readlinkat(2): the path of an open folder, as /proc has it; {@code room} receives it. */
    public static Call path(int folder, byte[] room) {
        return Call.of(
                SystemCall.READLINKAT,
                new Flags(List.of(AT_FDCWD)),
                new Name(own(Integer.toString(folder))),
                new Room(room, Form.TEXT),
                new Number(room.length));
    }

    /** lseek(2): {@code offset} bytes from the file's beginning. */
    public static Call seek(int descriptor, long offset) {
        return Call.of(SystemCall.LSEEK, new Number(descriptor), new Number(offset), new Flags(List.of(SEEK_SET)));
    }

    /** lseek(2): to the next data from {@code offset} on; ENXIO where there are none. */
    public static Call seekData(int descriptor, long offset) {
        return Call.of(SystemCall.LSEEK, new Number(descriptor), new Number(offset), new Flags(List.of(SEEK_DATA)));
    }

    /** lseek(2): to the next hole from {@code offset} on, at the latest the file's end. */
    public static Call seekHole(int descriptor, long offset) {
        return Call.of(SystemCall.LSEEK, new Number(descriptor), new Number(offset), new Flags(List.of(SEEK_HOLE)));
    }

    /** ftruncate(2): the file's length; beyond what is written it is a hole. */
    public static Call setLength(int descriptor, long length) {
        return Call.of(SystemCall.FTRUNCATE, new Number(descriptor), new Number(length));
    }

    private static byte[] own(String descriptor) {
        return ("/proc/self/fd/" + descriptor).getBytes(StandardCharsets.US_ASCII);
    }

    private static Struct times(long seconds, int nanos) {
        var times = Layout.of().int64(0).int64(UTIME_OMIT).int64(seconds).int64(nanos);
        return new Struct(times.bytes(), "[{tv_nsec=UTIME_OMIT}, {tv_sec=" + seconds + ", tv_nsec=" + nanos + "}]");
    }
}

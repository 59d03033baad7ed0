package koker.kernel;

import static koker.kernel.Constant.*;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import koker.kernel.Argument.Address;
import koker.kernel.Argument.Attributes;
import koker.kernel.Argument.Attributes.Attribute;
import koker.kernel.Argument.Data;
import koker.kernel.Argument.Device;
import koker.kernel.Argument.Field;
import koker.kernel.Argument.Flags;
import koker.kernel.Argument.Landmark;
import koker.kernel.Argument.Mode;
import koker.kernel.Argument.Null;
import koker.kernel.Argument.Number;
import koker.kernel.Argument.Place;
import koker.kernel.Argument.Result;
import koker.kernel.Argument.Room;
import koker.kernel.Argument.Struct;
import koker.kernel.Argument.Text;
import koker.kernel.Argument.Texts;
import koker.kernel.Argument.Word;
import koker.kernel.Operation.Special;

/** The system calls as koker uses them, each made of arguments with names and types. Section 2 of the manual describes each. */
public final class Calls {
    /** The part of union bpf_attr that is used here. */
    private static final int BPF_SIZE = 48;

    private static final int MOUNT_ATTR_SIZE = 32;
    private static final int MOUNT_ATTR_USERS = 24;
    private static final int OPEN_HOW = 24;
    private static final int SCHED_ATTR_SIZE = 48;

    private static final Argument HERE = flag(AT_FDCWD);
    private static final Argument ZERO = new Number(0);
    private static final int POLLIN = 1; // poll(2)
    private static final int POLLOUT = 4;
    private static final int F_RDLCK = 0; // fcntl(2), struct flock
    private static final int F_WRLCK = 1;
    private static final int FIFO = 0010000; // S_IFIFO, inode(7)
    private static final int SOCKET_NAME = 108; // of struct sockaddr_un, unix(7)
    private static final int STX_MODE = 28; // struct statx, as the next two
    private static final int STX_RDEV_MAJOR = 128;
    private static final int STX_RDEV_MINOR = 132;
    private static final long NO_DESCRIPTOR = 0xffffffffL;

    /** "(unr", as both architectures have it in memory. */
    private static final long UNREACHABLE = 0x726e7528L;

    private Calls() {}

    // Mounts

    /** mount(2); an absent {@code source}, {@code type} or {@code data} is passed as NULL. */
    public static Call mount(
            Optional<String> source,
            String target,
            Optional<String> type,
            Set<MountFlag> flags,
            Optional<String> data) {
        return Call.of(SystemCall.MOUNT, text(source), new Text(target), text(type), new Flags(flags), text(data));
    }

    public static Call umount2(String target, UnmountFlag... flags) {
        return Call.of(SystemCall.UMOUNT2, new Text(target), flags(flags));
    }

    public static Call pivotRoot(String newRoot, String putOld) {
        return Call.of(SystemCall.PIVOT_ROOT, new Text(newRoot), new Text(putOld));
    }

    /** open_tree(2): a copy of the mount at {@code path}, which is attached nowhere yet. */
    public static Call openTree(String path, boolean recursive) {
        var flags = new ArrayList<>(List.of(OPEN_TREE_CLONE, OPEN_TREE_CLOEXEC));
        if (recursive) {
            flags.add(AT_RECURSIVE);
        }
        return Call.of(SystemCall.OPEN_TREE, HERE, new Text(path), new Flags(flags));
    }

    /** open_tree(2): a copy of the mount of {@code descriptor} alone, and of no other, with that file as its root. */
    public static Call openTree(int descriptor) {
        return Call.of(
                SystemCall.OPEN_TREE,
                new Number(descriptor),
                new Text(""),
                flags(OPEN_TREE_CLONE, OPEN_TREE_CLOEXEC, AT_EMPTY_PATH));
    }

    /** move_mount(2): attaches what the call labelled {@code tree} opened. */
    public static Call moveMount(String tree, String target) {
        return Call.of(
                SystemCall.MOVE_MOUNT,
                new Result(tree),
                new Text(""),
                HERE,
                new Text(target),
                flags(MOVE_MOUNT_F_EMPTY_PATH, MOVE_MOUNT_T_SYMLINKS));
    }

    /** move_mount(2): attaches what the call labelled {@code tree} opened on what the one labelled {@code target} did. */
    public static Call moveMountTo(String tree, String target) {
        return Call.of(
                SystemCall.MOVE_MOUNT,
                new Result(tree),
                new Text(""),
                new Result(target),
                new Text(""),
                flags(MOVE_MOUNT_F_EMPTY_PATH, MOVE_MOUNT_T_EMPTY_PATH));
    }

    /** move_mount(2): attaches the open {@code tree} on the folder or file that is open as {@code target}. */
    public static Call moveMount(int tree, int target) {
        return Call.of(
                SystemCall.MOVE_MOUNT,
                new Number(tree),
                new Text(""),
                new Number(target),
                new Text(""),
                flags(MOVE_MOUNT_F_EMPTY_PATH, MOVE_MOUNT_T_EMPTY_PATH));
    }

    /** mount_setattr(2) of the mount at {@code target}, and of those below it if {@code recursive}. */
    public static Call setMount(
            String target, boolean recursive, Collection<MountAttribute> set, Collection<MountAttribute> clear) {
        var bytes = Layout.of()
                .int64(Flag.bits(set))
                .int64(Flag.bits(clear))
                .int64(0)
                .int64(0)
                .bytes();
        var fields = "{attr_set=" + new Flags(set).show(_ -> 0) + ", attr_clr=" + new Flags(clear).show(_ -> 0)
                + ", propagation=0}";
        return Call.of(
                SystemCall.MOUNT_SETATTR,
                HERE,
                new Text(target),
                recursive ? flag(AT_RECURSIVE) : ZERO,
                new Struct(bytes, fields),
                new Number(MOUNT_ATTR_SIZE));
    }

    /**
     * mount_setattr(2): the files in what the call labelled {@code tree} opened belong to whom the user namespace says that the one labelled
     * {@code users} did. A call before it, which is none, writes that where the kernel reads it.
     */
    public static List<Call> mapOwners(String tree, boolean recursive, String users) {
        var label = "owners in " + tree;
        var attributes = Layout.of()
                .int64(MountAttribute.MOUNT_ATTR_IDMAP.value())
                .zeros(MOUNT_ATTR_SIZE - 8)
                .bytes();
        var map = Call.of(
                SystemCall.MOUNT_SETATTR,
                new Result(tree),
                new Text(""),
                recursive ? flags(AT_EMPTY_PATH, AT_RECURSIVE) : flag(AT_EMPTY_PATH),
                new Room(attributes, Form.OWNERS),
                new Number(MOUNT_ATTR_SIZE));
        return List.of(store(users, new Address(label, MOUNT_ATTR_USERS)), map.as(label));
    }

    // Files

    /** openat2(2): {@code path}, on whose way nothing is a symbolic link, is held, if it is a folder. */
    public static Call holdRealFolder(String path) {
        return holdReal(path, List.of(OpenFlag.O_RDONLY, OpenFlag.O_PATH, OpenFlag.O_DIRECTORY, OpenFlag.O_CLOEXEC));
    }

    /** openat2(2): the same, whatever it is. */
    public static Call holdReal(String path) {
        return holdReal(path, List.of(OpenFlag.O_RDONLY, OpenFlag.O_PATH, OpenFlag.O_CLOEXEC));
    }

    private static Call holdReal(String path, List<OpenFlag> flags) {
        var how = Layout.of().int64(Flag.bits(flags)).int64(0).int64(RESOLVE_NO_SYMLINKS.value());
        var fields = "{flags=" + new Flags(flags).show(_ -> 0) + ", resolve=RESOLVE_NO_SYMLINKS}";
        return Call.of(SystemCall.OPENAT2, HERE, new Text(path), new Struct(how.bytes(), fields), new Number(OPEN_HOW));
    }

    /** openat(2): {@code path} in the folder that the call labelled {@code folder} opened. */
    public static Call openIn(String folder, String path, OpenFlag... flags) {
        return Call.of(SystemCall.OPENAT, new Result(folder), new Text(path), flags(flags), new Mode(0));
    }

    /** sendfile(2): {@code size} bytes of what the call labelled {@code from} opened are written to what the one labelled {@code to} did. */
    public static Call sendFile(String from, String to, long size) {
        return Call.of(SystemCall.SENDFILE, new Result(to), new Result(from), new Null(), new Number(size));
    }

    /** fchmod(2) of what the call labelled {@code file} opened. */
    public static Call fchmod(String file, int mode) {
        return Call.of(SystemCall.FCHMOD, new Result(file), new Mode(mode));
    }

    /** fchown(2) of what the call labelled {@code file} opened. */
    public static Call fchown(String file, long uid, long gid) {
        return Call.of(SystemCall.FCHOWN, new Result(file), new Number(uid), new Number(gid));
    }

    /** fchownat(2) of {@code path}, a symbolic link itself. */
    public static Call chownLink(String path, long uid, long gid) {
        return Call.of(
                SystemCall.FCHOWNAT, HERE, new Text(path), new Number(uid), new Number(gid), flag(AT_SYMLINK_NOFOLLOW));
    }

    /** fchdir(2) to what the call labelled {@code folder} opened. */
    public static Call chdirTo(String folder) {
        return Call.of(SystemCall.FCHDIR, new Result(folder));
    }

    public static Call openat(String path, OpenFlag... flags) {
        return Call.of(SystemCall.OPENAT, HERE, new Text(path), flags(flags), new Mode(0));
    }

    /** write(2) of {@code text}, without a zero byte, to what the call labelled {@code descriptor} opened. */
    public static Call write(String descriptor, String text) {
        return write(new Result(descriptor), text);
    }

    public static Call write(int descriptor, String text) {
        return write(new Number(descriptor), text);
    }

    public static Call close(String descriptor) {
        return Call.of(SystemCall.CLOSE, new Result(descriptor));
    }

    public static Call close(int descriptor) {
        return Call.of(SystemCall.CLOSE, new Number(descriptor));
    }

    public static Call read(int descriptor, byte[] room) {
        return Call.of(SystemCall.READ, new Number(descriptor), new Room(room, Form.TEXT), new Number(room.length));
    }

    public static Call write(int descriptor, byte[] bytes, int length) {
        return Call.of(SystemCall.WRITE, new Number(descriptor), new Data(bytes, length), new Number(length));
    }

    /** read(2) from {@code descriptor} to where {@code room} says, {@code size} bytes at most. */
    public static Call read(int descriptor, Address room, int size) {
        return Call.of(SystemCall.READ, new Number(descriptor), room, new Number(size));
    }

    /** read(2) from what the call labelled {@code descriptor} opened. */
    public static Call read(String descriptor, byte[] room) {
        return Call.of(SystemCall.READ, new Result(descriptor), new Room(room, Form.TEXT), new Number(room.length));
    }

    /** write(2) of {@code size} bytes at {@code bytes} to what the call labelled {@code descriptor} opened. */
    public static Call write(String descriptor, Address bytes, int size) {
        return Call.of(SystemCall.WRITE, new Result(descriptor), bytes, new Number(size));
    }

    /** write(2) of as many bytes as the call labelled {@code size} returned. */
    public static Call write(String descriptor, Address bytes, String size) {
        return Call.of(SystemCall.WRITE, new Result(descriptor), bytes, new Result(size));
    }

    /** write(2) of as many bytes as the call labelled {@code size} returned. */
    public static Call write(int descriptor, Address bytes, String size) {
        return Call.of(SystemCall.WRITE, new Number(descriptor), bytes, new Result(size));
    }

    /** write(2) from {@code room}, which is there for the rest of the program, too. */
    public static Call write(int descriptor, byte[] room, String size) {
        return Call.of(SystemCall.WRITE, new Number(descriptor), new Room(room, Form.BYTES), new Result(size));
    }

    /**
     * ppoll(2) without a limit of time, until one of {@code descriptors} can be read, or is closed at its other end. Where it is
     * labelled, struct pollfd of the descriptor number n is 8 n bytes into its room; a descriptor of -1 is left out.
     */
    public static Call awaitInput(List<Integer> descriptors) {
        var layout = Layout.of();
        descriptors.forEach(descriptor -> layout.int32(descriptor).int16(POLLIN).int16(0));
        return Call.of(
                SystemCall.PPOLL,
                new Room(layout.bytes(), Form.POLL),
                new Number(descriptors.size()),
                new Null(),
                new Null(),
                new Number(8));
    }

    /**
     * The same, but for the time at {@code left} at most, struct timespec; 0 if nothing has come. Linux leaves there what is left of it, so
     * that all waiting together takes no longer than was written there at first.
     */
    public static Call awaitInput(List<Integer> descriptors, Address left) {
        var endless = awaitInput(descriptors);
        return Call.of(
                SystemCall.PPOLL,
                endless.arguments().get(0),
                endless.arguments().get(1),
                left,
                new Null(),
                new Number(8));
    }

    /** ppoll(2): waits until one of {@code descriptors} can be read, {@code limit} at most; 0 if none can. */
    public static Call awaitInput(List<Integer> descriptors, Duration limit) {
        var endless = awaitInput(descriptors);
        var time =
                Layout.of().int64(limit.toSeconds()).int64(limit.toNanosPart()).bytes();
        return Call.of(
                SystemCall.PPOLL,
                endless.arguments().get(0),
                endless.arguments().get(1),
                new Struct(time, Form.TIME.show(time)),
                new Null(),
                new Number(8));
    }

    /** ppoll(2): waits until {@code descriptor} can be read, {@code limit} at most; 0 if it still cannot. */
    public static Call awaitInput(int descriptor, Duration limit) {
        return awaitInput(List.of(descriptor), limit);
    }

    /** ppoll(2): waits until {@code descriptor}, where reading or writing would have had to wait, can be read or written. */
    public static Call awaitReady(int descriptor, boolean input) {
        var events =
                Layout.of().int32(descriptor).int16(input ? POLLIN : POLLOUT).int16(0);
        return Call.of(
                SystemCall.PPOLL,
                new Room(events.bytes(), Form.POLL),
                new Number(1),
                new Null(),
                new Null(),
                new Number(8));
    }

    /** inotify_init1(2): a descriptor that can be read, without waiting, when something that it watches changes. */
    public static Call watcher() {
        return Call.of(SystemCall.INOTIFY_INIT1, flags(OpenFlag.O_CLOEXEC, OpenFlag.O_NONBLOCK));
    }

    /** inotify_add_watch(2): {@code watcher} watches the files in {@code folder} for what is written to them, and for new ones. */
    public static Call watch(int watcher, String folder) {
        return Call.of(
                SystemCall.INOTIFY_ADD_WATCH, new Number(watcher), new Text(folder), flags(IN_MODIFY, IN_CREATE));
    }

    /** clock_gettime(2) of the real time: seconds and nanoseconds since 1970, 8 bytes each. */
    public static Call time(Address room) {
        return Call.of(SystemCall.CLOCK_GETTIME, flag(CLOCK_REALTIME), room);
    }

    /** clock_gettime(2) of the real time; {@code room} receives seconds and nanoseconds since 1970, 8 bytes each. */
    public static Call time(byte[] room) {
        return Call.of(SystemCall.CLOCK_GETTIME, flag(CLOCK_REALTIME), new Room(room, Form.TIME));
    }

    /** clock_nanosleep(2). */
    public static Call sleep(Duration time) {
        var bytes =
                Layout.of().int64(time.toSeconds()).int64(time.toNanosPart()).bytes();
        return Call.of(
                SystemCall.CLOCK_NANOSLEEP,
                flag(CLOCK_MONOTONIC),
                ZERO,
                new Struct(bytes, Form.TIME.show(bytes)),
                new Null());
    }

    /** lseek(2): how far {@code descriptor} has been read or written. */
    public static Call position(int descriptor) {
        return Call.of(SystemCall.LSEEK, new Number(descriptor), ZERO, flag(SEEK_CUR));
    }

    /** lseek(2): {@code descriptor} is read from its start again. */
    public static Call rewind(int descriptor) {
        return Call.of(SystemCall.LSEEK, new Number(descriptor), ZERO, flag(SEEK_SET));
    }

    /** memfd_create(2): a file in memory alone, which is gone when it is closed everywhere; it is called {@code name} in /proc. */
    public static Call memoryFile(String name) {
        return Call.of(SystemCall.MEMFD_CREATE, new Text(name), flag(MFD_CLOEXEC));
    }

    /** Writes {@code value} over the file, in one write(2), as the kernel's own files want it. */
    public static List<Call> overwrite(String file, String value) {
        return List.of(openat(file, OpenFlag.O_WRONLY, OpenFlag.O_CLOEXEC).as(file), write(file, value), close(file));
    }

    /** ftruncate(2): {@code descriptor} becomes as long as the call labelled {@code length} returned. */
    public static Call truncate(int descriptor, String length) {
        return Call.of(SystemCall.FTRUNCATE, new Number(descriptor), new Result(length));
    }

    public static Call mkdir(String path, int mode) {
        return Call.of(SystemCall.MKDIRAT, HERE, new Text(path), new Mode(mode));
    }

    public static Call rmdir(String path) {
        return Call.of(SystemCall.UNLINKAT, HERE, new Text(path), flag(AT_REMOVEDIR));
    }

    public static Call symlink(String target, String path) {
        return Call.of(SystemCall.SYMLINKAT, new Text(target), HERE, new Text(path));
    }

    /** mknod(2); {@code mode} holds type and permissions, as stat(2) returns them. */
    public static Call mknod(String path, int mode, int major, int minor) {
        return Call.of(SystemCall.MKNODAT, HERE, new Text(path), new Mode(mode), new Device(major, minor));
    }

    public static Call fchown(int descriptor, long uid, long gid) {
        return Call.of(SystemCall.FCHOWN, new Number(descriptor), new Number(uid), new Number(gid));
    }

    /** statx(2) of {@code path}, or of what it leads to if it is a symbolic link and they are to {@code follow}; {@code room} receives 256 bytes. */
    public static Call status(String path, boolean follow, byte[] room) {
        return Call.of(
                SystemCall.STATX,
                HERE,
                new Text(path),
                follow ? ZERO : flag(AT_SYMLINK_NOFOLLOW),
                flag(STATX_BASIC_STATS),
                new Room(room, Form.STATUS));
    }

    /** The type and the permissions that the {@link #status} labelled {@code label} has found. */
    public static Field mode(String label) {
        return new Field(label, STX_MODE, true); // two bytes, and two of nothing behind them
    }

    /** The first part of the device's number that the {@link #status} labelled {@code label} has found. */
    public static Field major(String label) {
        return new Field(label, STX_RDEV_MAJOR);
    }

    /** The second part of it. */
    public static Field minor(String label) {
        return new Field(label, STX_RDEV_MINOR);
    }

    /** fchmodat(2), which follows a symbolic link. */
    public static Call chmod(String path, Field mode) {
        return Call.of(SystemCall.FCHMODAT, HERE, new Text(path), mode);
    }

    /** fchownat(2), which would follow a symbolic link. */
    public static Call chown(String path, long uid, long gid) {
        return Call.of(SystemCall.FCHOWNAT, HERE, new Text(path), new Number(uid), new Number(gid), ZERO);
    }

    public static Call chdir(String path) {
        return Call.of(SystemCall.CHDIR, new Text(path));
    }

    /** getcwd(2); {@code room} receives where the process is, after "(unreachable)" if no path from its root leads there. */
    public static Call getcwd(byte[] room) {
        return Call.of(SystemCall.GETCWD, new Room(room, Form.TEXT), new Number(room.length));
    }

    /** Not a call: the program goes on at {@code target} if the {@link #getcwd} labelled {@code label} has found that no path leads there. */
    public static Call ifUnreachable(String label, String target) {
        return subtract(new Field(label, 0), 0).on(UNREACHABLE, target);
    }

    /** fchdir(2) to the folder that the call labelled {@code folder} opened. */
    public static Call fchdir(String folder) {
        return Call.of(SystemCall.FCHDIR, new Result(folder));
    }

    public static Call chroot(String path) {
        return Call.of(SystemCall.CHROOT, new Text(path));
    }

    public static Call umask(int mask) {
        return Call.of(SystemCall.UMASK, new Mode(mask));
    }

    /** dup3(2): {@code copy} becomes another name for what the call labelled {@code descriptor} returned. */
    public static Call dup(String descriptor, int copy) {
        return Call.of(SystemCall.DUP3, new Result(descriptor), new Number(copy), ZERO);
    }

    public static Call dup(int descriptor, int copy) {
        return Call.of(SystemCall.DUP3, new Number(descriptor), new Number(copy), ZERO);
    }

    /** dup3(2) with O_CLOEXEC: the copy is closed when the process executes another program. */
    public static Call dupCloseOnExec(int descriptor, int copy) {
        return Call.of(SystemCall.DUP3, new Number(descriptor), new Number(copy), flags(OpenFlag.O_CLOEXEC));
    }

    /** close_range(2): closes the descriptors from {@code first} to {@code last}. */
    public static Call closeRange(long first, long last) {
        return Call.of(SystemCall.CLOSE_RANGE, new Number(first), new Number(last), ZERO);
    }

    /** pipe2(2); {@code ends} receives the two descriptors. */
    public static Call pipe(Ends ends) {
        return Call.of(SystemCall.PIPE2, ends.room(), flags(OpenFlag.O_CLOEXEC));
    }

    /** socketpair(2); {@code ends} receives the two descriptors. */
    public static Call socketpair(Ends ends) {
        return Call.of(SystemCall.SOCKETPAIR, flag(AF_UNIX), flags(SOCK_STREAM, SOCK_CLOEXEC), ZERO, ends.room());
    }

    /** flock(2): the lock is held until the last copy of {@code descriptor} is closed, in whatever process. */
    public static Call lock(int descriptor) {
        return Call.of(SystemCall.FLOCK, new Number(descriptor), flag(LOCK_EX));
    }

    /** flock(2) of what the call labelled {@code descriptor} opened. */
    public static Call lock(String descriptor) {
        return Call.of(SystemCall.FLOCK, new Result(descriptor), flag(LOCK_EX));
    }

    /** flock(2) that fails with EAGAIN where somebody else holds the lock. */
    public static Call tryLock(int descriptor) {
        return Call.of(SystemCall.FLOCK, new Number(descriptor), flags(LOCK_EX, LOCK_NB));
    }

    /** flock(2) that fails with EAGAIN where somebody else holds the lock alone. */
    public static Call tryToShareLock(int descriptor) {
        return Call.of(SystemCall.FLOCK, new Number(descriptor), flags(LOCK_SH, LOCK_NB));
    }

    /**
     * fcntl(2) for a lock on the byte at {@code position} of a file that is open as {@code descriptor}, which belongs to that; it fails with
     * EAGAIN where somebody else holds the byte.
     *
     * @param shared whether others may hold it in the same way
     */
    public static Call tryToLockByte(int descriptor, long position, boolean shared) {
        var lock = Layout.of()
                .int16(shared ? F_RDLCK : F_WRLCK)
                .int16(0)
                .int32(0)
                .int64(position)
                .int64(1)
                .int64(0)
                .bytes();
        var fields = "{l_type=" + (shared ? "F_RDLCK" : "F_WRLCK") + ", l_whence=SEEK_SET, l_start=" + position
                + ", l_len=1}";
        return Call.of(SystemCall.FCNTL, new Number(descriptor), flag(F_OFD_SETLK), new Struct(lock, fields));
    }

    /** flock(2): nobody holds the lock any more. */
    public static Call unlock(int descriptor) {
        return Call.of(SystemCall.FLOCK, new Number(descriptor), flag(LOCK_UN));
    }

    /** faccessat(2): whether the process may execute {@code path}, or if it is a folder go through it. */
    public static Call mayExecute(String path) {
        return Call.of(SystemCall.FACCESSAT, HERE, new Text(path), flag(X_OK));
    }

    /** mknod(2): a pipe with a name, fifo(7). */
    public static Call mkfifo(String path, int mode) {
        return Call.of(SystemCall.MKNODAT, HERE, new Text(path), new Mode(FIFO | mode), new Device(0, 0));
    }

    /** fsopen(2): a file system of that type that is still to be made. */
    public static Call fsopen(String type) {
        return Call.of(SystemCall.FSOPEN, new Text(type), flag(FSOPEN_CLOEXEC));
    }

    /** fsconfig(2): an option for what the call labelled {@code context} began; of one key there may be several. */
    public static Call fsconfig(String context, String key, String value) {
        return Call.of(
                SystemCall.FSCONFIG,
                new Result(context),
                flag(FSCONFIG_SET_STRING),
                new Text(key),
                new Text(value),
                ZERO);
    }

    /** fsconfig(2): makes the file system that the call labelled {@code context} began. */
    public static Call fsconfig(String context) {
        return Call.of(
                SystemCall.FSCONFIG, new Result(context), flag(FSCONFIG_CMD_CREATE), new Null(), new Null(), ZERO);
    }

    /** fsmount(2): a mount of what the call labelled {@code context} made, which is nowhere yet. */
    public static Call fsmount(String context, Collection<? extends Flag> attributes) {
        return Call.of(SystemCall.FSMOUNT, new Result(context), flag(FSMOUNT_CLOEXEC), new Flags(attributes));
    }

    /** openat(2) that makes the file if it is missing, or with O_EXCL refuses one that is there. */
    public static Call create(String path, int mode, OpenFlag... flags) {
        var all = EnumSet.of(OpenFlag.O_CREAT, flags);
        return Call.of(SystemCall.OPENAT, HERE, new Text(path), new Flags(all), new Mode(mode));
    }

    public static Call unlink(String path) {
        return Call.of(SystemCall.UNLINKAT, HERE, new Text(path), ZERO);
    }

    /** renameat2(2): {@code path} is called {@code target} from now on; what had that name is gone. */
    public static Call rename(String path, String target) {
        return Call.of(SystemCall.RENAMEAT2, HERE, new Text(path), HERE, new Text(target), ZERO);
    }

    // Control groups

    /** bpf(2) BPF_PROG_LOAD: a program of {@code instructions} that decides about devices; returns a descriptor of it. */
    public static Call loadDeviceFilter(List<Long> instructions) {
        var layout = Layout.of();
        instructions.forEach(layout::int64);
        var code = new Struct(layout.bytes(), "[" + instructions.size() + " instructions]");
        return bpf(
                BPF_PROG_LOAD,
                new Attribute("prog_type", 0, 4, flag(BPF_PROG_TYPE_CGROUP_DEVICE)),
                new Attribute("insn_cnt", 4, 4, new Number(instructions.size())),
                new Attribute("insns", 8, 8, code),
                new Attribute("license", 16, 8, new Text("MIT")));
    }

    /** bpf(2) BPF_PROG_ATTACH: from now on what the call labelled {@code program} returned decides about the devices of {@code cgroup}. */
    public static Call attachDeviceFilter(String cgroup, String program) {
        return bpf(
                BPF_PROG_ATTACH,
                new Attribute("target_fd", 0, 4, new Result(cgroup)),
                new Attribute("attach_bpf_fd", 4, 4, new Result(program)),
                new Attribute("attach_type", 8, 4, flag(BPF_CGROUP_DEVICE)),
                new Attribute("attach_flags", 12, 4, flag(BPF_F_ALLOW_MULTI)));
    }

    private static Call bpf(Constant command, Attribute... fields) {
        return Call.of(SystemCall.BPF, flag(command), new Attributes(BPF_SIZE, List.of(fields)), new Number(BPF_SIZE));
    }

    // Processes

    /**
     * clone3(2): a new process, in new {@code namespaces}, which starts with every signal at its default.
     */
    public static Call clone(Collection<CloneFlag> namespaces) {
        var flags = EnumSet.of(CloneFlag.CLONE_CLEAR_SIGHAND);
        flags.addAll(namespaces);
        var layout = Layout.of()
                .int64(Flag.bits(flags))
                .zeros(24)
                .int64(Signal.SIGCHLD.value())
                .zeros(48);
        var fields = "{flags=" + new Flags(flags).show(_ -> 0) + ", exit_signal=SIGCHLD}";
        return Call.of(SystemCall.CLONE3, new Struct(layout.bytes(), fields), new Number(88));
    }

    /** The same; the process begins in the cgroup whose folder the call labelled {@code cgroup} opened. */
    public static Call clone(Collection<CloneFlag> namespaces, String cgroup) {
        var flags = EnumSet.of(CloneFlag.CLONE_CLEAR_SIGHAND, CloneFlag.CLONE_INTO_CGROUP);
        flags.addAll(namespaces);
        var fields = List.of(
                new Attribute("flags", 0, 8, new Flags(flags)),
                new Attribute("exit_signal", 32, 8, new Flags(List.of(Signal.SIGCHLD))),
                new Attribute("cgroup", 80, 8, new Result(cgroup)));
        return Call.of(SystemCall.CLONE3, new Attributes(88, fields), new Number(88));
    }

    public static Call unshare(CloneFlag... namespaces) {
        return Call.of(SystemCall.UNSHARE, flags(namespaces));
    }

    public static Call execve(String path, List<String> arguments, List<String> environment) {
        return Call.of(SystemCall.EXECVE, new Text(path), new Texts(arguments), new Texts(environment));
    }

    public static Call exit(int status) {
        return Call.of(SystemCall.EXIT_GROUP, new Number(status));
    }

    /** exit_group(2) with what the call labelled {@code status} returned. */
    public static Call exit(String status) {
        return Call.of(SystemCall.EXIT_GROUP, new Result(status));
    }

    public static Call setsid() {
        return Call.of(SystemCall.SETSID);
    }

    /** waitid(2) for a child {@code pid}; {@code room} receives the 128 bytes of siginfo_t. */
    public static Call waitid(int pid, byte[] room) {
        return Call.of(
                SystemCall.WAITID,
                flag(P_PID),
                new Number(pid),
                new Room(room, Form.CHILD),
                flags(WEXITED, __WALL),
                new Null());
    }

    /** waitid(2) for the child that the call labelled {@code pid} made. */
    public static Call waitid(String pid, byte[] room) {
        return Call.of(
                SystemCall.WAITID,
                flag(P_PID),
                new Result(pid),
                new Room(room, Form.CHILD),
                flags(WEXITED, __WALL),
                new Null());
    }

    /** waitid(2) for any child that has ended; {@code room} receives the 128 bytes of siginfo_t, all zero if none has. */
    public static Call reap(byte[] room) {
        return Call.of(
                SystemCall.WAITID,
                flag(P_ALL),
                ZERO,
                new Room(room, Form.CHILD),
                flags(WEXITED, WNOHANG, __WALL),
                new Null());
    }

    /** waitid(2) for the child {@code pid} if it has ended; {@code room} receives the 128 bytes of siginfo_t, all zero if it has not. */
    public static Call reap(int pid, byte[] room) {
        return Call.of(
                SystemCall.WAITID,
                flag(P_PID),
                new Number(pid),
                new Room(room, Form.CHILD),
                flags(WEXITED, WNOHANG, __WALL),
                new Null());
    }

    /** clone3(2) as fork(2) would have it: a copy of this process, in the same namespaces. */
    public static Call fork() {
        return clone(Set.of());
    }

    /** clone3(2): a sibling, a copy of this process with the same parent, in the PID namespace that this one's children are born in. */
    public static Call sibling() {
        var layout = Layout.of().int64(CloneFlag.CLONE_PARENT.value()).zeros(80);
        return Call.of(SystemCall.CLONE3, new Struct(layout.bytes(), "{flags=CLONE_PARENT}"), new Number(88));
    }

    /** setpgid(2): the process leads a process group of its own. */
    public static Call leadGroup() {
        return Call.of(SystemCall.SETPGID, ZERO, ZERO);
    }

    public static Call pidfdOpen(long pid) {
        return Call.of(SystemCall.PIDFD_OPEN, new Number(pid), ZERO);
    }

    /** pidfd_open(2) of the process that the call labelled {@code pid} made. */
    public static Call pidfdOpen(String pid) {
        return Call.of(SystemCall.PIDFD_OPEN, new Result(pid), ZERO);
    }

    /** pidfd_getfd(2): a copy of what the call labelled {@code descriptor} opened in the process {@code process}. */
    public static Call pidfdGetfd(String process, String descriptor) {
        return Call.of(SystemCall.PIDFD_GETFD, new Result(process), new Result(descriptor), ZERO);
    }

    /** setns(2): joins {@code namespaces} of the process that the call labelled {@code process} opened. */
    public static Call setns(String process, Collection<CloneFlag> namespaces) {
        return Call.of(SystemCall.SETNS, new Result(process), new Flags(namespaces));
    }

    /** setns(2): joins {@code namespaces} of the process that is open as {@code process}. */
    public static Call setns(int process, Collection<CloneFlag> namespaces) {
        return Call.of(SystemCall.SETNS, new Number(process), new Flags(namespaces));
    }

    /** pidfd_getfd(2): a copy of another process's descriptor. */
    public static Call pidfdGetfd(int process, int descriptor) {
        return Call.of(SystemCall.PIDFD_GETFD, new Number(process), new Number(descriptor), ZERO);
    }

    /** setns(2): the calling thread joins the namespace that the call labelled {@code namespace} opened, or that of a process. */
    public static Call setns(String namespace, CloneFlag type) {
        return Call.of(SystemCall.SETNS, new Result(namespace), flag(type));
    }

    public static Call pidfdSendSignal(int process, Signal signal) {
        return Call.of(SystemCall.PIDFD_SEND_SIGNAL, new Number(process), flag(signal), new Null(), ZERO);
    }

    public static Call exit(Field status) {
        return Call.of(SystemCall.EXIT_GROUP, status);
    }

    public static Call kill(int pid, Signal signal) {
        return Call.of(SystemCall.KILL, new Number(pid), flag(signal));
    }

    /** kill(2): what the call labelled {@code signal} returned is sent to what the one labelled {@code pid} returned. */
    public static Call kill(String pid, String signal) {
        return Call.of(SystemCall.KILL, new Result(pid), new Result(signal));
    }

    /** kill(2) of the process that the call labelled {@code pid} made. */
    public static Call kill(String pid, Signal signal) {
        return Call.of(SystemCall.KILL, new Result(pid), flag(signal));
    }

    /** rt_sigprocmask(2): blocks every signal, or none any more. */
    public static Call blockSignals(boolean block) {
        var mask = block ? -1L : 0L;
        return Call.of(
                SystemCall.RT_SIGPROCMASK,
                flag(SIG_SETMASK),
                new Struct(Layout.of().int64(mask).bytes(), block ? "~[]" : "[]"),
                new Null(),
                new Number(8));
    }

    /** rt_sigtimedwait(2) without a limit, for any signal. */
    public static Call awaitSignal() {
        return awaitSignals(-1, "~[]");
    }

    /** rt_sigtimedwait(2) without a limit, for {@code signal} alone. */
    public static Call awaitSignal(Signal signal) {
        return awaitSignals(1L << (signal.value() - 1), "[" + signal.name().substring("SIG".length()) + "]");
    }

    private static Call awaitSignals(long mask, String words) {
        return Call.of(
                SystemCall.RT_SIGTIMEDWAIT,
                new Struct(Layout.of().int64(mask).bytes(), words),
                new Null(),
                new Null(),
                new Number(8));
    }

    // Identity and privileges

    public static Call setgroups(List<Long> groups) {
        var layout = Layout.of();
        groups.forEach(group -> layout.int32(group.intValue()));
        return Call.of(SystemCall.SETGROUPS, new Number(groups.size()), new Struct(layout.bytes(), groups.toString()));
    }

    public static Call setresgid(long gid) {
        return Call.of(SystemCall.SETRESGID, new Number(gid), new Number(gid), new Number(gid));
    }

    public static Call setresuid(long uid) {
        return Call.of(SystemCall.SETRESUID, new Number(uid), new Number(uid), new Number(uid));
    }

    /** prctl(2) with an operation and one more flag, such as the capability that it is about. */
    public static Call prctl(Constant operation, Flag argument) {
        return Call.of(SystemCall.PRCTL, flag(operation), flag(argument), ZERO, ZERO, ZERO);
    }

    public static Call prctl(Constant operation, long argument) {
        return Call.of(SystemCall.PRCTL, flag(operation), new Number(argument), ZERO, ZERO, ZERO);
    }

    /** prctl(2) with PR_SET_MM_MAP: the process, of whose own program nothing is left in memory, is one of the file {@code descriptor}. */
    public static Call setProgram(int descriptor) {
        var map = Layout.of();
        var some = 0x100000L; // addresses of code, data and stack, which are nowhere
        for (var field = 0; field < 11; field++) {
            map.int64(field == 1 ? some + 1 : some);
        }
        var bytes = map.int64(0).int32(0).int32(descriptor).bytes();
        return Call.of(
                SystemCall.PRCTL,
                flag(PR_SET_MM),
                flag(PR_SET_MM_MAP),
                new Struct(bytes, "{exe_fd=" + descriptor + "}"),
                new Number(bytes.length),
                ZERO);
    }

    /** prctl(2) with PR_SET_NAME: what ps(1) calls the process, at most 15 characters. */
    public static Call setName(String name) {
        return Call.of(SystemCall.PRCTL, flag(PR_SET_NAME), new Text(name), ZERO, ZERO, ZERO);
    }

    /** prctl(2) with PR_CAP_AMBIENT: adds {@code capability} to what an unprivileged program keeps. */
    public static Call raiseAmbient(Capability capability) {
        return Call.of(
                SystemCall.PRCTL, flag(PR_CAP_AMBIENT), flag(PR_CAP_AMBIENT_RAISE), flag(capability), ZERO, ZERO);
    }

    public static Call capset(Set<Capability> effective, Set<Capability> permitted, Set<Capability> inheritable) {
        var header = Layout.of().int32(0x20080522).int32(0).bytes();
        var layout = Layout.of();
        for (var shift = 0; shift <= 32; shift += 32) {
            for (var set : List.of(effective, permitted, inheritable)) {
                layout.int32((int) (mask(set) >>> shift));
            }
        }
        var fields = "{effective=" + names(effective) + ", permitted=" + names(permitted) + ", inheritable="
                + names(inheritable) + "}";
        return Call.of(
                SystemCall.CAPSET,
                new Struct(header, "{version=_LINUX_CAPABILITY_VERSION_3, pid=0}"),
                new Struct(layout.bytes(), fields));
    }

    /** prlimit64(2) of the process {@code pid}, 0 for the calling one; -1 stands for no limit. */
    public static Call prlimit(int pid, Resource resource, long soft, long hard) {
        return Call.of(
                SystemCall.PRLIMIT64,
                new Number(pid),
                flag(resource),
                new Struct(
                        Layout.of().int64(soft).int64(hard).bytes(),
                        "{rlim_cur=" + limit(soft) + ", rlim_max=" + limit(hard) + "}"),
                new Null());
    }

    /**
     * seccomp(2) with SECCOMP_SET_MODE_FILTER: the kernel asks {@code program}, instructions of 8 bytes, about each call from now on; with
     * SECCOMP_FILTER_FLAG_NEW_LISTENER it returns a descriptor of who decides about some.
     */
    public static Call filterCalls(Collection<Constant> flags, List<Long> program) {
        var layout = Layout.of();
        program.forEach(layout::int64);
        var code = new Struct(layout.bytes(), "[" + program.size() + " instructions]");
        var fields =
                List.of(new Attribute("len", 0, 4, new Number(program.size())), new Attribute("filter", 8, 8, code));
        return Call.of(SystemCall.SECCOMP, flag(SECCOMP_SET_MODE_FILTER), new Flags(flags), new Attributes(16, fields));
    }

    /** keyctl(2): the process has the keyring {@code name} for its session, a new one if there is none that it may find. */
    public static Call joinKeyring(String name) {
        return Call.of(SystemCall.KEYCTL, flag(KEYCTL_JOIN_SESSION_KEYRING), new Text(name));
    }

    /** keyctl(2): who may do what with the keyring that the call labelled {@code keyring} joined, as keyrings(7) has it. */
    public static Call permitKeyring(String keyring, int permissions) {
        return Call.of(
                SystemCall.KEYCTL,
                flag(KEYCTL_SETPERM),
                new Result(keyring),
                new Word(permissions, "0x" + Integer.toHexString(permissions)));
    }

    /** personality(2). */
    public static Call personality(Constant domain) {
        return Call.of(SystemCall.PERSONALITY, flag(domain));
    }

    /** ioprio_set(2) of the process {@code pid}, 0 for the calling one: a class, and 0 to 7 within it. */
    public static Call ioPriority(int pid, Scheduling kind, int priority) {
        return Call.of(
                SystemCall.IOPRIO_SET,
                flag(Scheduling.IOPRIO_WHO_PROCESS),
                new Number(pid),
                new Word(kind.value() | priority, "IOPRIO_PRIO_VALUE(" + kind + ", " + priority + ")"));
    }

    /**
     * sched_setattr(2) of the process {@code pid}, 0 for the calling one.
     *
     * @param runtime nanoseconds, as the next two
     */
    public static Call schedule(
            int pid,
            Scheduling policy,
            Collection<Scheduling> flags,
            int nice,
            int priority,
            long runtime,
            long deadline,
            long period) {
        var bytes = Layout.of()
                .int32(SCHED_ATTR_SIZE)
                .int32((int) policy.value())
                .int64(Flag.bits(flags))
                .int32(nice)
                .int32(priority)
                .int64(runtime)
                .int64(deadline)
                .int64(period)
                .bytes();
        var fields = "{size=" + SCHED_ATTR_SIZE + ", sched_policy=" + policy + ", sched_flags="
                + new Flags(flags).show(_ -> 0) + ", sched_nice=" + nice + ", sched_priority=" + priority
                + ", sched_runtime=" + runtime + ", sched_deadline=" + deadline + ", sched_period=" + period + "}";
        return Call.of(SystemCall.SCHED_SETATTR, new Number(pid), new Struct(bytes, fields), ZERO);
    }

    public static Call sethostname(String name) {
        return Call.of(SystemCall.SETHOSTNAME, new Text(name), new Number(Argument.bytes(name).length - 1));
    }

    public static Call setdomainname(String name) {
        return Call.of(SystemCall.SETDOMAINNAME, new Text(name), new Number(Argument.bytes(name).length - 1));
    }

    // Devices and sockets

    /** ioctl(2) of a descriptor; {@code request} says what {@code argument} means. */
    public static Call ioctl(int descriptor, Constant request, Argument argument) {
        return Call.of(SystemCall.IOCTL, new Number(descriptor), flag(request), argument);
    }

    public static Call ioctl(String descriptor, Constant request, Argument argument) {
        return Call.of(SystemCall.IOCTL, new Result(descriptor), flag(request), argument);
    }

    /** ioctl(2): opens the inner end of the terminal {@code master}. */
    public static Call peer(int master) {
        return ioctl(master, TIOCGPTPEER, flags(OpenFlag.O_RDWR, OpenFlag.O_NOCTTY, OpenFlag.O_CLOEXEC));
    }

    /** socket(2): a descriptor that ioctl(2) takes to set up links, netdevice(7). */
    public static Call linkSocket() {
        return Call.of(SystemCall.SOCKET, flag(AF_INET), flags(SOCK_DGRAM, SOCK_CLOEXEC), ZERO);
    }

    /** socket(2): a local socket that can be connected to one that has a name, unix(7). */
    public static Call localSocket() {
        return Call.of(SystemCall.SOCKET, flag(AF_UNIX), flags(SOCK_STREAM, SOCK_CLOEXEC), ZERO);
    }

    /**
     * connect(2) of {@code socket} to the one that is called {@code path}.
     *
     * @throws IllegalArgumentException if the path is too long for that
     */
    public static Call connect(int socket, String path) {
        if (Argument.bytes(path).length > SOCKET_NAME) {
            throw new IllegalArgumentException("the path of a socket has at most " + (SOCKET_NAME - 1) + " bytes");
        }
        var address =
                Layout.of().int16((int) AF_UNIX.value()).text(path, SOCKET_NAME).bytes();
        return Call.of(
                SystemCall.CONNECT,
                new Number(socket),
                new Struct(address, "{sa_family=AF_UNIX, sun_path=" + Argument.quote(path) + "}"),
                new Number(address.length));
    }

    /** sendmsg(2): {@code text}, and with it a copy of {@code descriptor} for whoever receives it, unix(7). */
    public static Call sendDescriptor(int socket, String text, int descriptor) {
        var bytes = Argument.bytes(text).length - 1;
        var piece = new Attributes(
                16,
                List.of(
                        new Attribute("iov_base", 0, 8, new Text(text)),
                        new Attribute("iov_len", 8, 8, new Number(bytes))));
        var control = Layout.of()
                .int64(20)
                .int32((int) SOL_SOCKET.value())
                .int32((int) SCM_RIGHTS.value())
                .int32(descriptor)
                .zeros(4)
                .bytes();
        var shown = "{cmsg_len=20, cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=[" + descriptor + "]}";
        var message = new Attributes(
                56,
                List.of(
                        new Attribute("msg_iov", 16, 8, piece),
                        new Attribute("msg_iovlen", 24, 8, new Number(1)),
                        new Attribute("msg_control", 32, 8, new Struct(control, shown)),
                        new Attribute("msg_controllen", 40, 8, new Number(control.length))));
        return Call.of(SystemCall.SENDMSG, new Number(socket), message, ZERO);
    }

    /** ioctl(2) SIOCSIFFLAGS on what the call labelled {@code socket} opened: switches the link {@code name} on. */
    public static Call linkUp(String socket, String name) {
        var request = Layout.of().text(name, 16).int16(0x1 | 0x40).zeros(22).bytes();
        return ioctl(
                socket, SIOCSIFFLAGS, new Struct(request, "{ifr_name=\"" + name + "\", ifr_flags=IFF_UP|IFF_RUNNING}"));
    }

    /** ioctl(2) TIOCSPGRP: signals typed at the terminal go to the process group {@code group}, ioctl_tty(2). */
    public static Call foreground(int terminal, int group) {
        return ioctl(terminal, TIOCSPGRP, Struct.ofInt(group));
    }

    /** ioctl(2) TIOCSPTLCK: lets the other end of a terminal be opened, ioctl_tty(2). */
    public static Call unlockTerminal(String master) {
        return ioctl(master, TIOCSPTLCK, Struct.ofInt(0));
    }

    /** ioctl(2) with a pointer to a window size, tty_ioctl(4). */
    public static Call setWindowSize(int terminal, int rows, int columns) {
        var size = Layout.of().int16(rows).int16(columns).zeros(4).bytes();
        return ioctl(terminal, TIOCSWINSZ, new Struct(size, Form.WINDOW.show(size)));
    }

    /** ioctl(2) TIOCGWINSZ; {@code room} receives the 8 bytes of struct winsize, tty_ioctl(4). */
    public static Call windowSize(int terminal, byte[] room) {
        return ioctl(terminal, TIOCGWINSZ, new Room(room, Form.WINDOW));
    }

    /** ioctl(2) TCSETS with {@code settings}, the 36 bytes of struct termios as the kernel has it, tty_ioctl(4). */
    public static Call setTerminal(int terminal, byte[] settings) {
        return ioctl(terminal, TCSETS, new Struct(settings, Form.TERMINAL.show(settings)));
    }

    /** ioctl(2) TCGETS; {@code room} receives the 36 bytes of struct termios as the kernel has it, tty_ioctl(4). */
    public static Call terminal(int terminal, byte[] room) {
        return ioctl(terminal, TCGETS, new Room(room, Form.TERMINAL));
    }

    // Memory

    /** munmap(2) of {@code size} bytes. */
    public static Call unmap(long address, long size) {
        return Call.of(SystemCall.MUNMAP, new Number(address), new Number(size));
    }

    /**
     * The calls by which a process gives back all memory but that of the program it runs, so that it costs only a few pages; {@code who}
     * tells it from others in the same program.
     */
    public static List<Call> shedMemory(String who) {
        var thread = "thread of " + who;
        var rseq = "rseq of " + who;
        var above = "above " + who;
        return List.of(
                // The kernel writes to this memory at every preemption, and ends a process that has given it back.
                Call.of(Special.THREAD_POINTER).as(thread),
                Call.of(Special.SUBTRACT, new Result(thread), new Landmark(Place.RSEQ))
                        .as(rseq),
                Call.of(SystemCall.RSEQ, new Result(rseq), new Number(32), flag(RSEQ_FLAG_UNREGISTER), flag(RSEQ_SIG))
                        .tolerating(Errno.EINVAL, Errno.EFAULT, Errno.ENOSYS),
                Call.of(SystemCall.MUNMAP, new Null(), new Landmark(Place.START)),
                Call.of(Special.SUBTRACT, new Landmark(Place.TOP), new Landmark(Place.END))
                        .as(above),
                Call.of(SystemCall.MUNMAP, new Landmark(Place.END), new Result(above)));
    }

    /** The calls by which a process gives back the later part of the program it runs, for all who share it. */
    public static List<Call> shedLater() {
        return List.of(
                Call.of(Special.SUBTRACT, new Landmark(Place.END), new Landmark(Place.LATER))
                        .as("later"),
                Call.of(SystemCall.MADVISE, new Landmark(Place.LATER), new Result("later"), flag(MADV_REMOVE))
                        .tolerating(Errno.values()));
    }

    /** The calls by which a process gives back the earlier part of the program it runs, while it is in the later one. */
    public static List<Call> shedEarlier() {
        return List.of(
                Call.of(Special.SUBTRACT, new Landmark(Place.START), new Number(-Program.ENTRIES))
                        .as("earlier"),
                Call.of(Special.SUBTRACT, new Landmark(Place.LATER), new Result("earlier"))
                        .as("size of earlier"),
                Call.of(SystemCall.MUNMAP, new Result("earlier"), new Result("size of earlier")));
    }

    /** Not a call, but fails with {@code errno}. */
    public static Call failure(Errno errno) {
        return Call.of(Special.SUBTRACT, new Number(-errno.number()), ZERO);
    }

    /** Not a call: the program goes on at the entry labelled {@code target}. */
    public static Call jump(String target) {
        return Call.of(Special.SUBTRACT, ZERO, ZERO).on(0, target);
    }

    /** Not a call, and does nothing; others can jump to it. */
    public static Call nothing() {
        return Call.of(Special.SUBTRACT, ZERO, ZERO);
    }

    /** Not a call: what is at {@code field}, a number, minus {@code number}. */
    public static Call subtract(Field field, long number) {
        return Call.of(Special.SUBTRACT, field, new Number(number));
    }

    /** Not a call: what is at {@code field} minus what the call labelled {@code label} returned. */
    public static Call subtract(Field field, String label) {
        return Call.of(Special.SUBTRACT, field, new Result(label));
    }

    /** Not a call: the descriptor that the call labelled {@code descriptor} opened, as {@link #takeIn} wants it. */
    public static Call toTakeIn(String descriptor) {
        return subtract(descriptor, -((long) POLLIN << 32));
    }

    /** Not a call: the {@link #awaitInput} labelled {@code label} has as its descriptor number {@code index} from now on that of {@link #toTakeIn}. */
    public static Call takeIn(String label, int index, String descriptor) {
        return store(descriptor, new Address(label, 8 * index));
    }

    /** Not a call, but room for a time, which {@link #setTime} and others fill; at first it is {@code time}. */
    public static Call timeRoom(Duration time) {
        var bytes =
                Layout.of().int64(time.toSeconds()).int64(time.toNanosPart()).bytes();
        return Call.of(Special.SUBTRACT, ZERO, ZERO, new Room(bytes, Form.TIME));
    }

    /** Not calls: the room labelled {@code label} holds {@code time} from now on. */
    public static List<Call> setTime(String label, Duration time) {
        return List.of(
                store(time.toSeconds(), new Address(label, 0)), store(time.toNanosPart(), new Address(label, 8)));
    }

    /** Not a call: 0 if the {@link #awaitInput} labelled {@code label} has found nothing at its descriptor number {@code index}. */
    public static Call inputAt(String label, int index) {
        return subtract(new Field(label, 8 * index + 4), POLLIN);
    }

    /** Not a call: the {@link #awaitInput} labelled {@code label} leaves its descriptor number {@code index} out from now on. */
    public static Call leaveOut(String label, int index) {
        return store((long) POLLIN << 32 | NO_DESCRIPTOR, new Address(label, 8 * index));
    }

    /** Not a call: 0 if the {@link #awaitInput} labelled {@code label} leaves its descriptor number {@code index} out. */
    public static Call leftOut(String label, int index) {
        return subtract(new Field(label, 8 * index), NO_DESCRIPTOR);
    }

    /** Not a call: {@code value}, 8 bytes, is written to {@code address}. */
    public static Call store(long value, Address address) {
        return Call.of(Special.STORE, new Number(value), address);
    }

    /** Not a call: what the call labelled {@code label} returned, 8 bytes, is written to {@code address}. */
    public static Call store(String label, Address address) {
        return Call.of(Special.STORE, new Result(label), address);
    }

    /** Not a call: what the call labelled {@code label} returned minus {@code number}. */
    public static Call subtract(String label, long number) {
        return Call.of(Special.SUBTRACT, new Result(label), new Number(number));
    }

    /** Not a call: what the call labelled {@code label} returned minus what the one labelled {@code other} returned. */
    public static Call subtract(String label, String other) {
        return Call.of(Special.SUBTRACT, new Result(label), new Result(other));
    }

    /** Not a call: 1 if the call labelled {@code label} returned {@code number} or more, otherwise 0. */
    public static Call atLeast(String label, long number) {
        return Call.of(Special.AT_LEAST, new Result(label), new Number(number));
    }

    /** Not a call: 1 if what is at {@code field}, a number from 0 on, is {@code number} or more, otherwise 0. */
    public static Call atLeast(Field field, long number) {
        return Call.of(Special.AT_LEAST, field, new Number(number));
    }

    private static Call write(Argument descriptor, String text) {
        return Call.of(SystemCall.WRITE, descriptor, new Text(text), new Number(Argument.bytes(text).length - 1));
    }

    private static Argument text(Optional<String> value) {
        return value.<Argument>map(Text::new).orElseGet(Null::new);
    }

    private static Argument flag(Flag flag) {
        return new Flags(List.of(flag));
    }

    private static Argument flags(Flag... flags) {
        return new Flags(List.of(flags));
    }

    private static long mask(Set<Capability> set) {
        return set.stream().mapToLong(capability -> 1L << capability.value()).sum();
    }

    private static String names(Set<Capability> set) {
        return new Flags(set).show(_ -> 0);
    }

    private static String limit(long value) {
        return value == -1 ? "RLIM64_INFINITY" : Long.toUnsignedString(value);
    }
}

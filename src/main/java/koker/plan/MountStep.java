package koker.plan;

import static koker.kernel.Constant.*;
import static koker.kernel.MountFlag.*;
import static koker.kernel.OpenFlag.*;
import static koker.trace.Trace.fields;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import koker.kernel.Argument;
import koker.kernel.Call;
import koker.kernel.Calls;
import koker.kernel.CloneFlag;
import koker.kernel.Errno;
import koker.kernel.MountAttribute;
import koker.kernel.MountFlag;
import koker.kernel.UnmountFlag;

/** What the new process does to its own view of the file system: mounts, the root, and what lies in it. */
public sealed interface MountStep extends Step {
    /** The type of a file, as mknod(2) takes it. */
    int REGULAR = 0100000;
    /** A device of characters. */
    int CHARACTER = 0020000;
    /** A device of blocks. */
    int BLOCK = 0060000;
    /** A named pipe. */
    int PIPE = 0010000;

    /**
     * The host's mounts become private: a copy of its tree that no longer tells the host of changes.
     *
     * @param hears whether it still hears of changes on the host
     */
    record IsolateMounts(boolean hears) implements MountStep {
        /** One that hears of nothing. */
        public IsolateMounts() {
            this(false);
        }

        @Override
        public String title() {
            return "Isolate mounts";
        }

        @Override
        public List<Call> calls() {
            return List.of(propagating(hears ? MS_SLAVE : MS_PRIVATE));
        }

        /** Mounts that are shared, as the host's mostly are, but with nobody on the host: they only hear of changes there. */
        @Override
        public List<Call> substitute() {
            return List.of(propagating(MS_SLAVE), propagating(MS_SHARED));
        }

        private static Call propagating(MountFlag propagation) {
            return Calls.mount(
                    Optional.empty(), "/", Optional.empty(), EnumSet.of(MS_REC, propagation), Optional.empty());
        }
    }

    /** A file system is mounted. An empty {@code source}, {@code type} or {@code data} is none. */
    record Mount(String type, String source, String target, Set<MountFlag> flags, String data) implements MountStep {
        @Override
        public String title() {
            return "Mount target";
        }

        @Override
        public Map<String, Object> about() {
            return fields(
                    "source",
                    source.isEmpty() ? "none" : source,
                    "target",
                    target,
                    "type",
                    type.isEmpty() ? "none" : type);
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.mount(some(source), target, some(type), flags, some(data)));
        }
    }

    /**
     * A file system is mounted whose options are more than the page that mount(2) takes: they are given one by one, the folders of
     * {@code lowerdir}, too.
     */
    record MountInParts(String type, String source, String target, Set<MountFlag> flags, String data)
            implements MountStep {
        /** The bytes of options from which on this is needed. */
        public static final int PAGE = 4096;

        private static final String CONTEXT = "file system";
        private static final String TREE = "tree";
        private static final String LOWER = "lowerdir=";

        @Override
        public String title() {
            return "Mount in parts";
        }

        @Override
        public Map<String, Object> about() {
            return fields("source", source, "target", target, "type", type);
        }

        @Override
        public List<Call> calls() {
            var calls = new ArrayList<Call>();
            calls.add(Calls.fsopen(type).as(CONTEXT));
            calls.add(Calls.fsconfig(CONTEXT, "source", source));
            for (var option : data.split(",")) {
                if (option.startsWith(LOWER)) {
                    for (var folder : option.substring(LOWER.length()).split(":")) {
                        calls.add(Calls.fsconfig(CONTEXT, "lowerdir+", folder));
                    }
                } else {
                    var parts = option.split("=", 2);
                    calls.add(Calls.fsconfig(CONTEXT, parts[0], parts.length == 2 ? parts[1] : ""));
                }
            }
            calls.add(Calls.fsconfig(CONTEXT));
            // The flags that an overlay of koker's may have are the same numbers here as for mount(2).
            calls.add(Calls.fsmount(CONTEXT, flags).as(TREE));
            calls.add(Calls.moveMount(TREE, target));
            calls.add(Calls.close(TREE));
            calls.add(Calls.close(CONTEXT));
            return calls;
        }
    }

    /**
     * A file system of the kernel's own, such as proc, is mounted where what is written to it is sure to reach the kernel: on a folder that no
     * symbolic link leads to.
     */
    record MountOnFolder(String type, String source, String target, Set<MountFlag> flags, String data)
            implements MountStep {
        @Override
        public String title() {
            return "Mount on folder";
        }

        @Override
        public Map<String, Object> about() {
            return fields("source", source.isEmpty() ? "none" : source, "target", target, "type", type);
        }

        @Override
        public List<Call> calls() {
            var folder = "folder at " + target + " for " + type;
            return List.of(
                    Calls.holdRealFolder(target).as(folder),
                    Calls.chdirTo(folder),
                    Calls.mount(some(source), ".", some(type), flags, some(data)),
                    Calls.chdir("/"),
                    Calls.close(folder));
        }
    }

    /**
     * A file system of the kernel's own is made, which is attached once inside: in a user namespace the kernel makes it only where another one
     * like it is in sight already, as the host's is until the root is entered.
     */
    record PrepareMount(String type, String source, String target, Set<MountAttribute> attributes, String data)
            implements MountStep {
        private static String label(String source, String target) {
            return "prepared " + TakeAlong.label(source, target);
        }

        @Override
        public String title() {
            return "Prepare mount";
        }

        @Override
        public Map<String, Object> about() {
            return fields("target", target, "type", type);
        }

        @Override
        public List<Call> calls() {
            var context = "file system of " + label(source, target);
            var calls = new ArrayList<Call>();
            calls.add(Calls.fsopen(type).as(context));
            if (!source.isEmpty()) {
                calls.add(Calls.fsconfig(context, "source", source));
            }
            if (!data.isEmpty()) {
                for (var option : data.split(",")) {
                    var parts = option.split("=", 2);
                    calls.add(Calls.fsconfig(context, parts[0], parts.length == 2 ? parts[1] : ""));
                }
            }
            calls.add(Calls.fsconfig(context));
            calls.add(Calls.fsmount(context, attributes).as(label(source, target)));
            calls.add(Calls.close(context));
            return calls;
        }
    }

    /** What was prepared is attached where what is written to it is sure to reach the kernel: on a folder that no symbolic link leads to. */
    record AttachToFolder(String source, String target) implements MountStep {
        @Override
        public String title() {
            return "Attach to folder";
        }

        @Override
        public Map<String, Object> about() {
            return fields("target", target);
        }

        @Override
        public List<Call> calls() {
            var label = PrepareMount.label(source, target);
            var folder = "folder of " + label;
            return List.of(
                    Calls.holdRealFolder(target).as(folder),
                    Calls.moveMountTo(label, folder),
                    Calls.close(folder),
                    Calls.close(label));
        }
    }

    /**
     * A tmpfs is mounted that is as open or closed as the folder that it hides; where there is none, with those above it up to {@code base}, it is
     * made, and the tmpfs is for all.
     */
    record MountTmpfs(String base, String source, String target, Set<MountFlag> flags, String data)
            implements MountStep {
        @Override
        public String title() {
            return "Mount tmpfs";
        }

        @Override
        public Map<String, Object> about() {
            return fields("source", source.isEmpty() ? "none" : source, "target", target);
        }

        @Override
        public List<Call> calls() {
            var mount = Calls.mount(some(source), target, Optional.of("tmpfs"), flags, some(data));
            return likeFolder(base, target, List.of(mount));
        }
    }

    /**
     * A tmpfs is mounted that has in it what it hides; {@code entries} are paths below {@code target}, folders before what is in them.
     *
     * @param base the nearest folder above the target that is there
     * @param like whether it is as open or closed as the folder that it hides
     */
    record MountCopy(
            String base,
            String source,
            String target,
            Set<MountFlag> flags,
            String data,
            boolean like,
            List<Entry> entries)
            implements MountStep {
        /**
         * What is copied.
         *
         * @param path from the target on
         * @param mode with the type, as stat(2) returns it
         * @param link where a symbolic link leads; empty for all else
         * @param size of a file, bytes
         */
        public record Entry(String path, int mode, long uid, long gid, String link, long size) {
            private static final int TYPE = 0170000;
            private static final int FOLDER = 0040000;
            private static final int LINK = 0120000;
            private static final int PERMISSIONS = 07777;
        }

        @Override
        public String title() {
            return "Mount copy";
        }

        @Override
        public Map<String, Object> about() {
            return fields("target", target, "entries", entries.size());
        }

        @Override
        public List<Call> calls() {
            var hidden = "hidden by " + target;
            var mount = List.of(
                    Calls.openat(target, O_RDONLY, O_DIRECTORY, O_CLOEXEC).as(hidden),
                    Calls.mount(some(source), target, Optional.of("tmpfs"), flags, some(data)));
            var calls = new ArrayList<Call>();
            if (like) {
                calls.addAll(likeFolder(base, target, mount));
            } else {
                calls.addAll(folders(base, target));
                calls.addAll(mount);
            }
            for (var entry : entries) {
                calls.addAll(copy(entry, hidden));
            }
            calls.add(Calls.close(hidden));
            return calls;
        }

        private List<Call> copy(Entry entry, String hidden) {
            var path = target + "/" + entry.path();
            var mode = entry.mode() & Entry.PERMISSIONS;
            return switch (entry.mode() & Entry.TYPE) {
                case Entry.FOLDER -> {
                    var folder = "copy of " + path;
                    yield List.of(
                            Calls.mkdir(path, 0700),
                            Calls.openat(path, O_RDONLY, O_DIRECTORY, O_CLOEXEC).as(folder),
                            Calls.fchown(folder, entry.uid(), entry.gid()),
                            Calls.fchmod(folder, mode),
                            Calls.close(folder));
                }
                case Entry.LINK ->
                    List.of(Calls.symlink(entry.link(), path), Calls.chownLink(path, entry.uid(), entry.gid()));
                case REGULAR -> {
                    var from = "original of " + path;
                    var to = "copy of " + path;
                    var copied = "bytes of " + path;
                    var whole = "all of " + path;
                    yield List.of(
                            Calls.openIn(hidden, entry.path(), O_RDONLY, O_NOFOLLOW, O_CLOEXEC)
                                    .as(from),
                            Calls.create(path, 0600, O_WRONLY, O_EXCL, O_CLOEXEC)
                                    .as(to),
                            // One call copies two gigabytes at most, and none comes after the last byte.
                            Calls.sendFile(from, to, entry.size()).as(copied),
                            Calls.atLeast(copied, entry.size()).on(1, whole),
                            Calls.atLeast(copied, 1).on(1, copied),
                            Calls.nothing().as(whole),
                            Calls.fchown(to, entry.uid(), entry.gid()),
                            Calls.fchmod(to, mode),
                            Calls.close(to),
                            Calls.close(from));
                }
                default ->
                    List.of(); // a socket or a device: nobody listens there any more, or it is not the container's
            };
        }
    }

    /** What is mounted at or below {@code target} later shows elsewhere, or the other way round: {@code flags}, in this order, say how. */
    record Propagate(String target, List<Set<MountFlag>> flags) implements MountStep {
        @Override
        public String title() {
            return "Set propagation";
        }

        @Override
        public Map<String, Object> about() {
            return fields("target", target);
        }

        @Override
        public List<Call> calls() {
            var calls = new ArrayList<Call>();
            for (var each : flags) {
                calls.add(Calls.mount(Optional.empty(), target, Optional.empty(), each, Optional.empty()));
            }
            return calls;
        }
    }

    /**
     * Attributes of the mount at {@code target} are changed, and all others stay as they are.
     *
     * @param recursive whether those of all mounts below it change, too
     */
    record ChangeMount(String target, boolean recursive, Set<MountAttribute> set, Set<MountAttribute> clear)
            implements MountStep {
        @Override
        public String title() {
            return "Change mount";
        }

        @Override
        public Map<String, Object> about() {
            return fields("target", target);
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.setMount(target, recursive, set, clear));
        }
    }

    /** A copy of the mount at {@code source}, or of the folder there, is taken along; it is attached once inside. */
    record TakeAlong(String source, String target, boolean recursive) implements MountStep {
        /** What others know the copy by. */
        static String label(String source, String target) {
            return source + " for " + target;
        }

        @Override
        public String title() {
            return "Take along";
        }

        @Override
        public Map<String, Object> about() {
            return fields("source", source);
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.openTree(source, recursive).as(label(source, target)));
        }
    }

    /**
     * What was taken along is shown with other owners: {@code users} and {@code groups} are lines as in /proc/PID/uid_map. The kernel takes
     * such a mapping as a user namespace, which a process that ends at once is born in; its parent can still reach it then.
     *
     * @param recursive whether that holds for what is mounted below, too
     */
    record MapOwners(String source, String target, boolean recursive, String users, String groups)
            implements MountStep {
        private static final Set<CloneFlag> NOBODY =
                EnumSet.of(CloneFlag.CLONE_NEWUSER, CloneFlag.CLONE_FILES, CloneFlag.CLONE_VM, CloneFlag.CLONE_VFORK);

        @Override
        public String title() {
            return "Map owners";
        }

        @Override
        public Map<String, Object> about() {
            return fields("source", source, "users", users.strip(), "groups", groups.strip());
        }

        @Override
        public List<Call> calls() {
            var mount = TakeAlong.label(source, target);
            var nobody = "nobody who owns " + mount;
            var inside = "life of " + nobody;
            var outside = "end of " + nobody;
            var folder = "folder in /proc of " + nobody;
            var namespace = "owners of " + mount;
            var calls = new ArrayList<Call>();
            calls.add(Calls.clone(NOBODY).as(nobody).on(0, inside));
            calls.add(Calls.jump(outside));
            calls.add(Calls.nothing().as(inside));
            calls.add(
                    Calls.openat("/proc/self", O_RDONLY, O_DIRECTORY, O_CLOEXEC).as(folder));
            calls.add(Calls.jump(Runner.ORPHANED));
            calls.add(Calls.nothing().as(outside));
            calls.addAll(write(folder, "uid_map", users));
            calls.addAll(write(folder, "gid_map", groups));
            calls.add(Calls.openIn(folder, "ns/user", O_RDONLY, O_CLOEXEC).as(namespace));
            calls.add(Calls.waitid(nobody, new byte[128]));
            calls.add(Calls.close(folder));
            calls.addAll(Calls.mapOwners(mount, recursive, namespace));
            calls.add(Calls.close(namespace));
            return calls;
        }

        private static List<Call> write(String folder, String file, String lines) {
            var label = file + " in " + folder;
            return List.of(
                    Calls.openIn(folder, file, O_WRONLY, O_CLOEXEC).as(label),
                    Calls.write(label, lines),
                    Calls.close(label));
        }
    }

    /** The same, where the user namespace {@code namespace} is there already. */
    record MapOwnersAs(String source, String target, boolean recursive, String namespace) implements MountStep {
        @Override
        public String title() {
            return "Map owners as others";
        }

        @Override
        public Map<String, Object> about() {
            return fields("source", source, "namespace", namespace);
        }

        @Override
        public List<Call> calls() {
            var mount = TakeAlong.label(source, target);
            var users = "owners of " + mount;
            var calls = new ArrayList<Call>();
            calls.add(Calls.openat(namespace, O_RDONLY, O_CLOEXEC).as(users));
            calls.addAll(Calls.mapOwners(mount, recursive, users));
            calls.add(Calls.close(users));
            return calls;
        }
    }

    /** What was taken along appears at {@code target}, with {@code flags} (none: as it was). */
    record Attach(String source, String target, Set<MountFlag> flags) implements MountStep {
        @Override
        public String title() {
            return "Bind mount";
        }

        @Override
        public Map<String, Object> about() {
            return fields("source", source, "target", target);
        }

        @Override
        public List<Call> calls() {
            var calls = new ArrayList<Call>();
            calls.add(Calls.moveMount(TakeAlong.label(source, target), target));
            if (!flags.isEmpty()) {
                var all = EnumSet.of(MS_REMOUNT, MS_BIND);
                all.addAll(flags);
                calls.add(Calls.mount(Optional.empty(), target, Optional.empty(), all, Optional.empty()));
            }
            return calls;
        }
    }

    /** The container's root becomes the root of the namespace, and the host's whole tree is let go: there is no way back. */
    record EnterRoot(String rootfs) implements MountStep {
        @Override
        public String title() {
            return "Enter root";
        }

        @Override
        public Map<String, Object> about() {
            return fields("rootfs", rootfs);
        }

        @Override
        public List<Call> calls() {
            return List.of(
                    Calls.chdir(rootfs),
                    Calls.pivotRoot(".", "."),
                    Calls.umount2(".", UnmountFlag.MNT_DETACH),
                    Calls.chdir("/"));
        }
    }

    /**
     * For a while {@code rootfs} is the root, and what is mounted lies there; but whoever joins the mount namespace still sees the host's root,
     * with all that. It is for hooks, which come when all is mounted, and before the root changes.
     */
    record VisitRoot(String rootfs) implements MountStep {
        private static final String OUTSIDE = "root outside";

        @Override
        public String title() {
            return "Visit root";
        }

        @Override
        public Map<String, Object> about() {
            return fields("rootfs", rootfs);
        }

        @Override
        public List<Call> calls() {
            return List.of(
                    Calls.openat("/", O_RDONLY, O_DIRECTORY, O_CLOEXEC).as(OUTSIDE),
                    Calls.chdir(rootfs),
                    Calls.chroot("."));
        }
    }

    /** The visit is over. */
    record LeaveRoot() implements MountStep {
        @Override
        public String title() {
            return "Leave root";
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.fchdir(VisitRoot.OUTSIDE), Calls.chroot("."), Calls.close(VisitRoot.OUTSIDE));
        }
    }

    /** A folder where something is to be mounted or to run, with those above it up to {@code base}, which is there. */
    record MakeFolder(String base, String path) implements MountStep {
        @Override
        public String title() {
            return "Make folder";
        }

        @Override
        public Map<String, Object> about() {
            return fields("path", path);
        }

        @Override
        public List<Call> calls() {
            return folders(base, path);
        }
    }

    /** An empty file where a file is to be mounted, with the folders above it up to {@code base}, which is there. */
    record MakeFile(String base, String path) implements MountStep {
        @Override
        public String title() {
            return "Make file";
        }

        @Override
        public Map<String, Object> about() {
            return fields("path", path);
        }

        @Override
        public List<Call> calls() {
            var calls = new ArrayList<>(folders(base, path.substring(0, path.lastIndexOf('/'))));
            calls.add(Calls.mknod(path, REGULAR | 0644, 0, 0).tolerating(Errno.EEXIST));
            return calls;
        }
    }

    /**
     * A device node; {@code type} is "c", "b", or "p" for a named pipe.
     *
     * @param found whether it may be there already, where other things could be, too
     */
    record MakeDevice(String path, String type, int major, int minor, int mode, long uid, long gid, boolean found)
            implements MountStep {
        private static final int TYPES = 010000;

        /** One in a folder that has been empty. */
        public MakeDevice(String path, String type, int major, int minor, int mode, long uid, long gid) {
            this(path, type, major, minor, mode, uid, gid, false);
        }

        @Override
        public String title() {
            return "Make device";
        }

        @Override
        public Map<String, Object> about() {
            return fields("path", path, "device", type + " " + major + ":" + minor);
        }

        @Override
        public List<Call> calls() {
            var kind = type.equals("b") ? BLOCK : type.equals("p") ? PIPE : CHARACTER;
            var there = "what is at " + path;
            var calls = new ArrayList<Call>();
            var node = Calls.mknod(path, kind | mode, major, minor);
            calls.add(found ? node.tolerating(Errno.EEXIST).elsewhere(there) : node);
            if (uid != 0 || gid != 0) {
                calls.add(Calls.chown(path, uid, gid));
            }
            if (found) {
                calls.addAll(compare(there, kind));
            }
            return calls;
        }

        /** That device is left as it is. */
        private List<Call> compare(String there, int kind) {
            var other = "another file at " + path;
            var done = "device at " + path;
            var calls = new ArrayList<Call>();
            calls.add(Calls.jump(done));
            calls.add(Calls.status(path, false, new byte[256]).as(there));
            calls.addAll(within(Calls.mode(there), kind, kind + TYPES, other));
            if (kind != PIPE) {
                calls.addAll(within(Calls.major(there), major, major + 1L, other));
                calls.addAll(within(Calls.minor(there), minor, minor + 1L, other));
            }
            calls.add(Calls.jump(done));
            calls.add(Calls.failure(Errno.EEXIST).as(other));
            calls.add(Calls.nothing().as(done));
            return calls;
        }

        private static List<Call> within(Argument.Field field, long least, long end, String otherwise) {
            return List.of(
                    Calls.atLeast(field, least).on(0, otherwise),
                    Calls.atLeast(field, end).on(1, otherwise));
        }
    }

    /** A symbolic link; one that is there already stays. */
    record MakeLink(String path, String target) implements MountStep {
        @Override
        public String title() {
            return "Make link";
        }

        @Override
        public Map<String, Object> about() {
            return fields("path", path, "target", target);
        }

        @Override
        public List<Call> calls() {
            return List.of(Calls.symlink(target, path).tolerating(Errno.EEXIST));
        }
    }

    /**
     * Nothing can be changed at or below {@code path} (if it exists); else its mount is as it was.
     *
     * @param links whether symbolic links are followed there again, which are not until all is made
     * @param old whether Linux has no mount_setattr(2), as before 5.12: a remount says all anew, and what is said is what is right for /proc
     */
    record MakeReadOnly(String path, boolean links, boolean old) implements MountStep {
        private static final Set<MountAttribute> READ_ONLY = EnumSet.of(MountAttribute.MOUNT_ATTR_RDONLY);
        private static final Set<MountAttribute> NO_LINKS = EnumSet.of(MountAttribute.MOUNT_ATTR_NOSYMFOLLOW);
        private static final Set<MountAttribute> NOTHING = EnumSet.noneOf(MountAttribute.class);

        @Override
        public String title() {
            return "Make read-only";
        }

        @Override
        public Map<String, Object> about() {
            return fields("path", path);
        }

        @Override
        public List<Call> calls() {
            var change = old
                    ? Calls.mount(Optional.empty(), path, Optional.empty(), all(), Optional.empty())
                    : Calls.setMount(path, false, READ_ONLY, links ? NO_LINKS : NOTHING);
            return List.of(
                    Calls.mount(
                                    Optional.of(path),
                                    path,
                                    Optional.empty(),
                                    EnumSet.of(MS_BIND, MS_REC),
                                    Optional.empty())
                            .tolerating(Errno.ENOENT),
                    change.tolerating(Errno.ENOENT));
        }

        private Set<MountFlag> all() {
            var flags = EnumSet.of(MS_REMOUNT, MS_BIND, MS_RDONLY);
            if (path.startsWith("/proc/") || path.startsWith("/sys/")) {
                flags.addAll(List.of(MS_NOSUID, MS_NODEV, MS_NOEXEC));
            }
            return flags;
        }
    }

    /**
     * Copies of the mount of the host's own /dev/null, by which {@code paths} are going to be covered. What is called so inside may be a link
     * to somewhere else, which would be seen there, and could be written to (CVE-2025-31133).
     */
    record HoldNull(List<String> paths) implements MountStep {
        private static final String NULL = "/dev/null";

        @Override
        public String title() {
            return "Hold null device";
        }

        @Override
        public Map<String, Object> about() {
            return fields("for", paths.size());
        }

        @Override
        public List<Call> calls() {
            var calls = new ArrayList<Call>();
            for (var path : paths) {
                calls.add(Calls.openTree(NULL, false).as(label(path)));
            }
            return calls;
        }

        private static String label(String path) {
            return "null device for " + path;
        }
    }

    /** Nothing can be seen at {@code path} (if it exists): a file is covered by a null device held for it, a folder by an empty one. */
    record Mask(String path) implements MountStep {
        @Override
        public String title() {
            return "Mask";
        }

        @Override
        public Map<String, Object> about() {
            return fields("path", path);
        }

        @Override
        public List<Call> calls() {
            return List.of(
                    // Of a folder, move_mount(2) says EINVAL.
                    Calls.moveMount(HoldNull.label(path), path).tolerating(Errno.ENOENT, Errno.ENOTDIR, Errno.EINVAL),
                    Calls.mount(
                                    Optional.of("tmpfs"),
                                    path,
                                    Optional.of("tmpfs"),
                                    EnumSet.of(MS_RDONLY),
                                    Optional.of("size=0"))
                            .tolerating(Errno.ENOENT, Errno.ENOTDIR));
        }
    }

    /** The root itself can no longer be changed; what it was mounted with, it must be told again. */
    record MakeRootReadOnly(Set<MountFlag> kept) implements MountStep {
        @Override
        public String title() {
            return "Make root read-only";
        }

        @Override
        public List<Call> calls() {
            var flags = EnumSet.of(MS_REMOUNT, MS_BIND, MS_RDONLY);
            flags.addAll(kept);
            return List.of(Calls.mount(Optional.empty(), "/", Optional.empty(), flags, Optional.empty()));
        }
    }

    /** {@code mount}, which mounts something at {@code target}, whose root then has the mode of the folder that was there. */
    private static List<Call> likeFolder(String base, String target, List<Call> mount) {
        var made = "folder made at " + target;
        var before = "mode of the folder at " + target;
        var done = "like the folder at " + target;
        var calls = new ArrayList<>(folders(base, target.substring(0, target.lastIndexOf('/'))));
        calls.add(Calls.mkdir(target, 0755).as(made).tolerating(Errno.EEXIST));
        calls.add(Calls.status(target, true, new byte[256]).as(before));
        calls.addAll(mount);
        calls.add(Calls.atLeast(made, 0).on(1, done));
        calls.add(Calls.chmod(target, Calls.mode(before)));
        calls.add(Calls.nothing().as(done));
        return calls;
    }

    /** Makes each folder from below {@code base} to {@code path}. */
    private static List<Call> folders(String base, String path) {
        var calls = new ArrayList<Call>();
        for (var end = path.indexOf('/', base.length() + 1); end > 0; end = path.indexOf('/', end + 1)) {
            calls.add(Calls.mkdir(path.substring(0, end), 0755).tolerating(Errno.EEXIST));
        }
        if (path.length() > Math.max(base.length(), "/".length())) {
            calls.add(Calls.mkdir(path, 0755).tolerating(Errno.EEXIST));
        }
        return calls;
    }

    private static Optional<String> some(String value) {
        return value.isEmpty() ? Optional.empty() : Optional.of(value);
    }
}

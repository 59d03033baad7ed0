package koker.runtime;

import static java.util.Map.entry;
import static koker.kernel.MountAttribute.*;
import static koker.kernel.MountFlag.*;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import koker.kernel.MountAttribute;
import koker.kernel.MountFlag;

/**
 * The options of a mount, as config.json has them (config.md, Linux mount options), taken apart.
 *
 * @param flags what mount(2) takes as flags
 * @param cleared those of them that are said not to be
 * @param data what the file system itself takes, joined by commas
 * @param bind whether the source is a folder or file to show elsewhere
 * @param recursive whether what is mounted below the source comes along
 * @param remount whether a mount that is there is changed
 * @param propagation for each option about it, in order: what is mounted here shows where else
 * @param set attributes of this mount and of all below it
 * @param unset those that these lose
 * @param copyUp whether what a tmpfs hides is copied into it
 */
record MountOptions(
        Set<MountFlag> flags,
        Set<MountFlag> cleared,
        String data,
        boolean bind,
        boolean recursive,
        boolean remount,
        List<Set<MountFlag>> propagation,
        Set<MountAttribute> set,
        Set<MountAttribute> unset,
        boolean copyUp) {
    private static final Map<String, MountFlag> SET = Map.ofEntries(
            entry("ro", MS_RDONLY),
            entry("nosuid", MS_NOSUID),
            entry("nodev", MS_NODEV),
            entry("noexec", MS_NOEXEC),
            entry("sync", MS_SYNCHRONOUS),
            entry("dirsync", MS_DIRSYNC),
            entry("noatime", MS_NOATIME),
            entry("nodiratime", MS_NODIRATIME),
            entry("relatime", MS_RELATIME),
            entry("strictatime", MS_STRICTATIME),
            entry("lazytime", MS_LAZYTIME),
            entry("nosymfollow", MS_NOSYMFOLLOW),
            entry("mand", MS_MANDLOCK),
            entry("iversion", MS_I_VERSION),
            entry("silent", MS_SILENT));
    private static final Map<String, MountFlag> CLEAR = Map.ofEntries(
            entry("rw", MS_RDONLY),
            entry("suid", MS_NOSUID),
            entry("dev", MS_NODEV),
            entry("exec", MS_NOEXEC),
            entry("async", MS_SYNCHRONOUS),
            entry("atime", MS_NOATIME),
            entry("diratime", MS_NODIRATIME),
            entry("norelatime", MS_RELATIME),
            entry("nostrictatime", MS_STRICTATIME),
            entry("nolazytime", MS_LAZYTIME),
            entry("symfollow", MS_NOSYMFOLLOW),
            entry("nomand", MS_MANDLOCK),
            entry("noiversion", MS_I_VERSION),
            entry("loud", MS_SILENT));

    private static final Set<String> OTHERS =
            Set.of("defaults", "bind", "rbind", "remount", "tmpcopyup", "idmap", "ridmap");
    /** What Podman 4 says to itself about a volume that it binds, and leaves among the options. */
    private static final Set<String> PODMANS = Set.of("copy", "nocopy");

    private static final Map<String, MountFlag> PROPAGATION =
            Map.of("private", MS_PRIVATE, "slave", MS_SLAVE, "shared", MS_SHARED, "unbindable", MS_UNBINDABLE);
    private static final Map<String, MountAttribute> SET_BELOW = Map.of(
            "rro", MOUNT_ATTR_RDONLY,
            "rnosuid", MOUNT_ATTR_NOSUID,
            "rnodev", MOUNT_ATTR_NODEV,
            "rnoexec", MOUNT_ATTR_NOEXEC,
            "rnodiratime", MOUNT_ATTR_NODIRATIME,
            "rrelatime", MOUNT_ATTR_RELATIME,
            "rnoatime", MOUNT_ATTR_NOATIME,
            "rstrictatime", MOUNT_ATTR_STRICTATIME,
            "rnosymfollow", MOUNT_ATTR_NOSYMFOLLOW);
    private static final Map<String, MountAttribute> CLEAR_BELOW = Map.of(
            "rrw", MOUNT_ATTR_RDONLY,
            "rsuid", MOUNT_ATTR_NOSUID,
            "rdev", MOUNT_ATTR_NODEV,
            "rexec", MOUNT_ATTR_NOEXEC,
            "rdiratime", MOUNT_ATTR_NODIRATIME,
            "rnorelatime", MOUNT_ATTR_RELATIME,
            "ratime", MOUNT_ATTR_NOATIME,
            "rnostrictatime", MOUNT_ATTR_STRICTATIME,
            "rsymfollow", MOUNT_ATTR_NOSYMFOLLOW);
    private static final Map<MountFlag, MountAttribute> ATTRIBUTES = Map.of(
            MS_RDONLY, MOUNT_ATTR_RDONLY,
            MS_NOSUID, MOUNT_ATTR_NOSUID,
            MS_NODEV, MOUNT_ATTR_NODEV,
            MS_NOEXEC, MOUNT_ATTR_NOEXEC,
            MS_NODIRATIME, MOUNT_ATTR_NODIRATIME,
            MS_RELATIME, MOUNT_ATTR_RELATIME,
            MS_NOATIME, MOUNT_ATTR_NOATIME,
            MS_STRICTATIME, MOUNT_ATTR_STRICTATIME,
            MS_NOSYMFOLLOW, MOUNT_ATTR_NOSYMFOLLOW);
    private static final Set<MountAttribute> TIMES =
            EnumSet.of(MOUNT_ATTR_RELATIME, MOUNT_ATTR_NOATIME, MOUNT_ATTR_STRICTATIME);

    /** Takes {@code options} apart; those that are not known are the file system's own. */
    static MountOptions parse(List<String> options) {
        var flags = EnumSet.noneOf(MountFlag.class);
        var cleared = EnumSet.noneOf(MountFlag.class);
        var data = new ArrayList<String>();
        var propagation = new ArrayList<Set<MountFlag>>();
        var set = EnumSet.noneOf(MountAttribute.class);
        var unset = EnumSet.noneOf(MountAttribute.class);
        var bind = false;
        var recursive = false;
        for (var option : options) {
            if (SET.get(option) instanceof MountFlag flag) {
                flags.add(flag);
                cleared.remove(flag);
            } else if (CLEAR.get(option) instanceof MountFlag flag) {
                flags.remove(flag);
                cleared.add(flag);
            } else if (SET_BELOW.get(option) instanceof MountAttribute attribute) {
                set.add(attribute);
                unset.remove(attribute);
            } else if (CLEAR_BELOW.get(option) instanceof MountAttribute attribute) {
                set.remove(attribute);
                unset.add(attribute);
            } else if (PROPAGATION.get(option) instanceof MountFlag kind) {
                propagation.add(EnumSet.of(kind));
            } else if (option.startsWith("r") && PROPAGATION.get(option.substring(1)) instanceof MountFlag kind) {
                propagation.add(EnumSet.of(MS_REC, kind));
            } else if (!OTHERS.contains(option) && !PODMANS.contains(option)) {
                data.add(option);
            }
            bind |= option.equals("bind") || option.equals("rbind");
            recursive |= option.equals("rbind");
        }
        return new MountOptions(
                flags,
                cleared,
                String.join(",", data),
                bind,
                recursive,
                options.contains("remount"),
                propagation,
                set,
                unset,
                options.contains("tmpcopyup"));
    }

    /** The options that are no file system's own. */
    static Stream<String> names() {
        return Stream.of(
                        SET.keySet(),
                        CLEAR.keySet(),
                        SET_BELOW.keySet(),
                        CLEAR_BELOW.keySet(),
                        PROPAGATION.keySet(),
                        PROPAGATION.keySet().stream().map(kind -> "r" + kind).toList(),
                        OTHERS)
                .flatMap(Collection::stream);
    }

    /** What a bind mount may again that its source's mount may not; which time a file was read is kept as the kernel does by itself. */
    Set<MountAttribute> allowed() {
        var allowed = attributes(cleared);
        allowed.remove(MOUNT_ATTR_RELATIME);
        allowed.remove(MOUNT_ATTR_STRICTATIME);
        return allowed;
    }

    /** {@code flags} as attributes, which of the three about times have to take the place of each other. */
    static Set<MountAttribute> attributes(Set<MountFlag> flags) {
        var attributes = EnumSet.noneOf(MountAttribute.class);
        for (var flag : flags) {
            if (ATTRIBUTES.get(flag) instanceof MountAttribute attribute) {
                attributes.add(attribute);
            }
        }
        return attributes;
    }

    /** What mount_setattr(2) has to clear for {@code set} and {@code unset}: all about times if one of these is said. */
    static Set<MountAttribute> clearing(Set<MountAttribute> set, Set<MountAttribute> unset) {
        var clear = EnumSet.noneOf(MountAttribute.class);
        clear.addAll(unset);
        var times = clear.removeAll(TIMES);
        for (var time : TIMES) {
            times |= set.contains(time);
        }
        if (times) {
            clear.add(MOUNT_ATTR__ATIME);
        }
        return clear;
    }

    /** Whether something is said of who may read and write the root of a new file system. */
    boolean hasMode() {
        return data.startsWith("mode=") || data.contains(",mode=");
    }

    /** Whether what is mounted on the host later is to show here, or the other way round. */
    boolean sharesWithHost() {
        for (var each : propagation) {
            if (each.contains(MS_SLAVE) || each.contains(MS_SHARED)) {
                return true;
            }
        }
        return false;
    }
}

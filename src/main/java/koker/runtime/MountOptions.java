package koker.runtime;

import static java.util.Map.entry;
import static koker.kernel.MountFlag.*;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import koker.kernel.MountFlag;
import koker.spec.SpecException;

/**
 * The options of a mount, as config.json has them (config.md, Linux mount options), taken apart.
 *
 * @param flags what mount(2) takes as flags
 * @param data what the file system itself takes, joined by commas
 * @param bind whether the source is a folder or file to show elsewhere
 * @param recursive whether what is mounted below the source comes along
 */
record MountOptions(Set<MountFlag> flags, String data, boolean bind, boolean recursive) {
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
            entry("loud", MS_SILENT));

    /**
     * Takes {@code options} apart.
     *
     * @throws SpecException for an option that koker does not know how to honour yet
     */
    static MountOptions parse(List<String> options) {
        var flags = EnumSet.noneOf(MountFlag.class);
        var data = new ArrayList<String>();
        var bind = false;
        var recursive = false;
        for (var option : options) {
            switch (option) {
                case "bind" -> bind = true;
                case "rbind" -> {
                    bind = true;
                    recursive = true;
                }
                case "defaults", "private", "rprivate" -> {} // as it is anyway
                case "shared",
                        "rshared",
                        "slave",
                        "rslave",
                        "unbindable",
                        "runbindable",
                        "tmpcopyup",
                        "idmap",
                        "ridmap" -> throw new SpecException("mount option " + option + " is not supported yet");
                default -> {
                    if (SET.containsKey(option)) {
                        flags.add(SET.get(option));
                    } else if (CLEAR.containsKey(option)) {
                        flags.remove(CLEAR.get(option));
                    } else {
                        data.add(option);
                    }
                }
            }
        }
        return new MountOptions(flags, String.join(",", data), bind, recursive);
    }
}

package koker.cli;

import java.util.ArrayList;
import java.util.List;
import koker.cgroup.Subgroups;
import koker.oci.ExecOptions;
import koker.oci.OciException;

/** The words of {@code koker oci exec}. */
final class OciExec {
    private OciExec() {}

    /** What they ask for. */
    static ExecOptions options(OciWords words) {
        var command = words.arguments()
                .subList(
                        Math.min(1, words.arguments().size()), words.arguments().size());
        var process = words.path("process");
        if (process.isEmpty() && command.isEmpty()) {
            throw new OciException("process args cannot be empty");
        }
        return new ExecOptions(
                process,
                command,
                words.has("tty"),
                words.has("detach"),
                words.value("cwd").filter(folder -> !folder.isEmpty()),
                words.values("env"),
                words.value("user").filter(user -> !user.isEmpty()),
                groups(words.values("additional-gids")),
                capabilities(words.values("cap")),
                words.has("no-new-privs"),
                words.value("apparmor").filter(profile -> !profile.isEmpty()),
                words.value("process-label").filter(label -> !label.isEmpty()),
                Subgroups.parse(words.values("cgroup")),
                words.has("ignore-paused"),
                words.path("pid-file"),
                words.path("console-socket"),
                words.path("pidfd-socket"),
                words.number("preserve-fds", 0));
    }

    private static List<Long> groups(List<String> words) {
        var groups = new ArrayList<Long>();
        for (var word : words) {
            try {
                groups.add(Integer.parseUnsignedInt(word) & 0xffffffffL);
            } catch (NumberFormatException e) {
                throw new OciException("a group is a number, and not '" + word + "'");
            }
        }
        return groups;
    }

    private static List<String> capabilities(List<String> words) {
        var names = new ArrayList<String>();
        for (var word : words) {
            for (var name : word.split(",")) {
                names.add(name);
            }
        }
        return names;
    }
}

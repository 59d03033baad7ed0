package koker.cli;

import static koker.cli.OciOption.flag;
import static koker.cli.OciOption.value;

import java.util.List;
import koker.oci.OciException;

/** The commands of {@code koker oci} and their options, which are runc's. */
final class OciOptions {
    /** The commands, in the order of a container's life. */
    static final List<String> VERBS = List.of(
            "create",
            "start",
            "run",
            "state",
            "exec",
            "ps",
            "pause",
            "resume",
            "update",
            "events",
            "kill",
            "delete",
            "list",
            "spec",
            "features");

    /** The options that stand before a command, koker's own and runc's. */
    static final List<OciOption> GLOBAL = List.of(
            value("DIR", "Keep the state of containers in DIR (default: /run/koker-oci).", "root"),
            value("FILE", "Write errors and warnings to FILE, too.", "log"),
            value("text|json", "How they are written there.", "log-format"),
            flag("Write more there.", "debug"),
            flag("Let systemd make the cgroups; linux.cgroupsPath is slice:prefix:name then.", "systemd-cgroup"),
            value("true|false|auto", "Whether koker may lack root's rights.", "rootless"),
            value("PATH", "Taken, and not looked at: koker needs no criu.", "criu"),
            flag("Show every system call, with its arguments, result and time.", "D"),
            flag("The same, and say what each step is for.", "explain"),
            flag("Say nothing but errors.", "q", "quiet"),
            value("FILE", "Record what happens in FILE, for: koker trace.", "trace"),
            flag("Show the steps that this would take, and change nothing.", "dry-run"),
            flag("Stop before each step, and look around; needs a terminal.", "step"),
            value("STEP[#N]=ERRNO", "Let a step, or a call, fail without being made: pivot_root=EINVAL.", "fail"),
            value("STEP[#N]", "Leave a step out, to see what it is there for: isolate-mounts.", "skip"),
            flag("Show the version.", "version", "v"),
            flag("Show this help.", "help", "h"));

    private static final OciOption BUNDLE =
            value("DIR", "The folder with config.json (default: this one).", "bundle", "b");
    private static final OciOption PID_FILE = value("FILE", "Write the process ID to FILE.", "pid-file");
    private static final OciOption CONSOLE =
            value("SOCKET", "Send the outer end of the terminal to SOCKET.", "console-socket");
    private static final OciOption PIDFD =
            value("SOCKET", "Send a descriptor of the process to SOCKET.", "pidfd-socket");
    private static final OciOption PRESERVE = value("N", "Pass on N open files, from descriptor 3 on.", "preserve-fds");
    private static final OciOption NO_PIVOT =
            flag("Taken, but pivot_root(2) is used anyway: it works on a RAM disk, too.", "no-pivot");
    private static final OciOption NO_KEYRING =
            flag("Leave it the session keyring of whoever starts it.", "no-new-keyring");
    private static final OciOption DETACH = flag("Do not wait for the process.", "detach", "d");

    /** The commands that have steps. */
    private static final List<String> STEPPED =
            List.of("create", "start", "run", "exec", "pause", "resume", "update", "kill", "delete");

    private OciOptions() {}

    /** Whether what a command does is made of steps, which can be shown before, and be changed. */
    static boolean hasSteps(String verb) {
        return STEPPED.contains(verb);
    }

    /** What a command does. */
    static String description(String verb) {
        return switch (verb) {
            case "create" -> "Create a container from a bundle; its process waits for start.";
            case "start" -> "Start a container that was created.";
            case "run" -> "Create a container and start it.";
            case "state" -> "Show the state of a container.";
            case "kill" -> "Send a signal to a container.";
            case "delete" -> "Remove a container that has stopped.";
            case "list" -> "List containers.";
            case "exec" -> "Run a further command in a container.";
            case "ps" -> "Show the processes of a container.";
            case "pause" -> "Stop all processes of a container where they are.";
            case "resume" -> "Let them go on.";
            case "update" -> "Limit a container anew.";
            case "events" -> "Show what a container uses, again and again.";
            case "spec" -> "Write a config.json to begin with.";
            case "features" -> "Show what this runtime can do.";
            case "checkpoint", "restore" ->
                throw new OciException(verb + " is not supported: koker keeps no picture of a process");
            default -> throw new OciException("there is no command '" + verb + "'; see: koker oci --help");
        };
    }

    /** The arguments of a command. */
    static String arguments(String verb) {
        return switch (verb) {
            case "kill" -> "ID [SIGNAL]";
            case "exec" -> "ID COMMAND [ARGUMENTS] | --process FILE ID";
            case "ps" -> "ID [OPTIONS OF PS]";
            case "list", "spec", "features" -> "";
            default -> "ID";
        };
    }

    /** The options of a command. */
    static List<OciOption> of(String verb) {
        return switch (verb) {
            case "create" -> List.of(BUNDLE, PID_FILE, CONSOLE, PIDFD, PRESERVE, NO_PIVOT, NO_KEYRING);
            case "run" ->
                List.of(
                        BUNDLE,
                        PID_FILE,
                        CONSOLE,
                        PIDFD,
                        PRESERVE,
                        NO_PIVOT,
                        NO_KEYRING,
                        DETACH,
                        flag("Keep the container when it has ended.", "keep"),
                        flag("Taken: koker waits for its own child only.", "no-subreaper"));
            case "kill" -> List.of(flag("Send it to all processes of the container.", "all", "a"));
            case "delete" ->
                List.of(flag("Kill the container if it runs; one that is not there is no error.", "force", "f"));
            case "list" ->
                List.of(
                        flag("Show IDs only.", "quiet", "q"),
                        value("table|json", "How the list is shown.", "format", "f"));
            case "exec" ->
                List.of(
                        value("FILE", "Describes the process as config.json does.", "process", "p"),
                        flag("Give it a terminal.", "tty", "t"),
                        DETACH,
                        value("DIR", "Where it starts.", "cwd"),
                        value("NAME=VALUE", "Set a variable.", "env", "e"),
                        value("UID[:GID]", "Run as that user.", "user", "u"),
                        value("GID", "Give it that group, too.", "additional-gids", "g"),
                        value("CAP", "Add a capability.", "cap", "c"),
                        flag("No program may gain privileges.", "no-new-privs"),
                        value("[CONTROLLER:]PATH", "Run in that cgroup below the container's.", "cgroup"),
                        flag("Do that in a container that is paused, too.", "ignore-paused"),
                        PID_FILE,
                        CONSOLE,
                        PIDFD,
                        PRESERVE,
                        value("PROFILE", "Confine it by that profile of AppArmor.", "apparmor"),
                        value("LABEL", "Give it that label of SELinux.", "process-label"));
            case "ps" -> List.of(value("table|json", "How they are shown.", "format", "f"));
            case "update" -> OciUpdate.OPTIONS;
            case "events" ->
                List.of(
                        flag("Show it once.", "stats"),
                        value("DURATION", "How long to wait between two, as 5s.", "interval"));
            case "spec" -> List.of(BUNDLE, flag("One that needs no rights of root's.", "rootless"));
            default -> List.of();
        };
    }

    /** Whether what stands behind the first argument of a command is not looked at for options. */
    static boolean stops(String verb) {
        return verb.equals("exec") || verb.equals("ps");
    }
}

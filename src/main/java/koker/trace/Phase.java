package koker.trace;

import java.util.Map;
import java.util.Set;
import koker.kernel.Event.Side;

/** A part of a container's life, to which a step belongs by its kind. This is the one place that says so. */
public enum Phase {
    PREPARE("prepare", "locks, and what the process reads from and writes to"),
    IMAGE("image", "layers and files"),
    NETWORK("network", "links, addresses, routes and the firewall"),
    CGROUP("cgroup", "limits"),
    NAMESPACES("namespaces", "the process and what it sees for itself"),
    ROOT("root", "mounts, and what lies in the root"),
    INSIDE("inside", "who the process is, and what it may do"),
    HOOKS("hooks", "programs that config.json has run beside the container"),
    WAIT("wait", "one process waits for another"),
    RUN("run", "the command"),
    CLEAN_UP("clean up", "what the kernel does not clean up by itself");

    private static final Map<Phase, Set<String>> NAMES = Map.of(
            PREPARE,
            Set.of(
                    "connect",
                    "close-descriptors",
                    "keep-descriptors",
                    "open-terminal",
                    "size-terminal",
                    "take-terminal",
                    "send-listener",
                    "send-process",
                    "keep-terminal",
                    "hold-terminal",
                    "raw-terminal",
                    "restore-terminal",
                    "standard-streams",
                    "meeting-point",
                    "make-gate",
                    "send-terminal",
                    "take-input",
                    "make-state-folder",
                    "write-file",
                    "lock-container",
                    "unlock-container",
                    "system-call"),
            IMAGE,
            Set.of(
                    "ask-registry",
                    "fetch-blob",
                    "keep-blob",
                    "make-layer-folder",
                    "unpack-layer",
                    "keep-layer",
                    "remove-partial-layer",
                    "name-image",
                    "unpack-folder",
                    "unpack-file",
                    "unpack-link",
                    "unpack-hard-link",
                    "unpack-node",
                    "copy-folder",
                    "copy-file",
                    "copy-link",
                    "copy-hard-link",
                    "copy-node",
                    "opaque-folder",
                    "complete-folders",
                    "archive-entry",
                    "compare-with-image",
                    "look-into-image"),
            NETWORK,
            Set.of(
                    "lease-address",
                    "set-host-sysctl",
                    "lock-networks",
                    "unlock-networks",
                    "open-netlink",
                    "open-netlink-inside",
                    "explain-refusals",
                    "make-bridge",
                    "switch-on",
                    "make-veth",
                    "plug-in",
                    "set-hairpin",
                    "find-link",
                    "remove-link",
                    "add-address",
                    "add-ipv6-address",
                    "allow-ipv6",
                    "add-default-route",
                    "list-all",
                    "close-netlink",
                    "receive-more",
                    "open-netfilter",
                    "change-rules",
                    "restore-rules",
                    "link-up"),
            CGROUP,
            Set.of(
                    "make-cgroup",
                    "make-parent-cgroup",
                    "write-cgroup",
                    "delegate-cgroup",
                    "move-to-cgroup",
                    "restrict-devices",
                    "filter-devices",
                    "open-cgroup",
                    "join-cgroup"),
            NAMESPACES,
            Set.of(
                    "clone",
                    "start-supervisor",
                    "hide-cgroups",
                    "isolate-mounts",
                    "map-users",
                    "become-root",
                    "unshare-users",
                    "unshare-namespaces",
                    "offset-clocks",
                    "set-hostname",
                    "set-domainname",
                    "set-sysctl",
                    "join-namespace",
                    "join-namespaces",
                    "enter-pid-namespace",
                    "leave"),
            ROOT,
            Set.of(
                    "mount",
                    "mount-in-parts",
                    "mount-on-folder",
                    "mount-copy",
                    "mount-tmpfs",
                    "prepare-mount",
                    "attach-to-folder",
                    "propagate",
                    "change-mount",
                    "take-along",
                    "map-owners",
                    "map-owners-as",
                    "hold-null",
                    "attach",
                    "enter-root",
                    "visit-root",
                    "leave-root",
                    "make-folder",
                    "make-file",
                    "make-device",
                    "make-link",
                    "make-read-only",
                    "mask",
                    "make-root-read-only",
                    "mount-container",
                    "open-root",
                    "open-root-of-host",
                    "copy-mount",
                    "bind-mount"),
            INSIDE,
            Set.of(
                    "die-with-koker",
                    "outlive-koker",
                    "new-session",
                    "hide-program",
                    "set-umask",
                    "set-limit",
                    "adjust-oom-score",
                    "schedule",
                    "set-io-priority",
                    "set-for-process",
                    "set-personality",
                    "drop-bounding",
                    "set-user",
                    "set-capabilities",
                    "no-new-privileges",
                    "join-keyring",
                    "filter-calls",
                    "confine-by-app-armor",
                    "label-process",
                    "change-folder",
                    "change-folder-as-user",
                    "check-folder",
                    "find-command"),
            WAIT,
            Set.of(
                    "meet",
                    "let-go",
                    "wait-for-process",
                    "wait-for-process-outside",
                    "wait-for-end",
                    "let-go-on",
                    "delay"),
            RUN,
            Set.of(
                    "open-gate",
                    "let-start",
                    "exec",
                    "init",
                    "await-start",
                    "catch-signals",
                    "watch-process",
                    "send-signal",
                    "pass-signal",
                    "watch-koker",
                    "watch-log",
                    "keep-log",
                    "record-end",
                    "drain-terminal",
                    "name-process",
                    "shed-memory",
                    "shed-container",
                    "retire"),
            CLEAN_UP,
            Set.of(
                    "clean-up",
                    "look-after-container",
                    "open-process",
                    "remove-cgroup",
                    "remove-file",
                    "remove-state-folder",
                    "return-address",
                    "end-supervisor",
                    "part-from-process",
                    "exit"));

    private final String title;
    private final String what;

    Phase(String title, String what) {
        this.title = title;
        this.what = what;
    }

    /** As it reads in a recording. */
    public String title() {
        return title;
    }

    /** What belongs to it. */
    String what() {
        return what;
    }

    /** What belongs to it, by the names of steps and of other subjects. */
    Set<String> names() {
        return this == HOOKS ? Set.of("run-hook") : NAMES.get(this);
    }

    /**
     * The phase of what is known as {@code name}, when {@code side} does it. What a hook does is its own, whatever that is; other programs that koker
     * starts beside a container are the firewall's.
     */
    public static Phase of(String name, Side side) {
        if (side == Side.HOOK) {
            return HOOKS;
        }
        for (var phase : values()) {
            if (phase.names().contains(name)) {
                return side == Side.HELPER && phase == RUN ? NETWORK : phase;
            }
        }
        return PREPARE;
    }

    /** The phase that reads so in a recording; one that this koker does not know counts as preparation. */
    static Phase titled(String title) {
        for (var phase : values()) {
            if (phase.title.equals(title)) {
                return phase;
            }
        }
        return PREPARE;
    }
}

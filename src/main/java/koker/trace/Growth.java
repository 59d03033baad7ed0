package koker.trace;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import koker.trace.Change.Kind;

/** Finds out what each step adds to the picture of a container, from the calls that were made and what they returned. */
final class Growth {
    private static final Map<String, String> NAMESPACES = Map.of(
            "CLONE_NEWNS", "mount",
            "CLONE_NEWUTS", "uts",
            "CLONE_NEWIPC", "ipc",
            "CLONE_NEWPID", "pid",
            "CLONE_NEWNET", "network",
            "CLONE_NEWCGROUP", "cgroup",
            "CLONE_NEWUSER", "user",
            "CLONE_NEWTIME", "time");
    private static final Pattern NAMESPACE = Pattern.compile("CLONE_NEW[A-Z]+");
    /** Flags of mount(2) by which no mount is made, but one that is there is changed. */
    private static final Pattern NO_MOUNT = Pattern.compile("\\bMS_(REMOUNT|PRIVATE|SLAVE|SHARED|UNBINDABLE)\\b");

    private static final Pattern OVERLAY = Pattern.compile("(?:^|,)(lowerdir|upperdir|workdir)=([^,]*)");
    private static final String CONTAINER = "container";

    private String process = "";

    /** What {@code step}, which comes after those that were asked for before, changes. */
    List<Change> of(RecordedStep step) {
        var changes = new ArrayList<Change>();
        if (step.side().equals("hook")) {
            return changes; // it is beside the container
        }
        for (var call : step.calls()) {
            if (call.errno().isEmpty()) {
                call(step, call, changes);
            }
        }
        if (step.calls().stream().noneMatch(RecordedCall::refused)) {
            step(step, changes);
        }
        return changes;
    }

    private void call(RecordedStep step, RecordedCall call, List<Change> changes) {
        switch (call.call()) {
            case "clone3" -> cloned(step, call, changes);
            case "unshare" -> {
                if (inside(step)) {
                    namespaces(call.args().getFirst(), "new", changes);
                }
            }
            case "setns" -> {
                if (inside(step)) {
                    namespaces(call.args().get(1), "joined", changes);
                }
            }
            case "mount" -> {
                if (inside(step)) {
                    mounted(call, changes);
                }
            }
            case "fsconfig" -> {
                if (inside(step)) {
                    configured(call, changes);
                }
            }
            case "move_mount" -> {
                if (inside(step)) {
                    changes.add(new Change(Kind.MOUNT, text(call.args().get(3)), type(step)));
                }
            }
            case "pivot_root" -> changes.add(new Change(Kind.ROOT, field(step, "rootfs"), ""));
            case "mkdirat" -> {
                if (step.name().equals("make-cgroup") || step.name().equals("make-parent-cgroup")) {
                    changes.add(new Change(Kind.CGROUP, text(call.args().get(1)), ""));
                }
            }
            case "unlinkat" -> {
                if (call.args().contains("AT_REMOVEDIR")) {
                    changes.add(new Change(Kind.GONE, text(call.args().get(1)), ""));
                }
            }
            case "waitid" -> {
                if (!process.isEmpty()
                        && step.name().equals("wait-for-process")
                        && field(step, "pid").equals(process)) {
                    changes.add(new Change(Kind.END, CONTAINER, ""));
                }
            }
            default -> {
                // leaves the picture as it is
            }
        }
    }

    private void step(RecordedStep step, List<Change> changes) {
        var helper = step.side().equals("helper");
        switch (step.name()) {
            case "write-cgroup" ->
                step.about().forEach((file, value) -> changes.add(new Change(Kind.LIMIT, file, value)));
            case "restrict-devices", "filter-devices" ->
                changes.add(new Change(Kind.LIMIT, "devices", step.showAbout()));
            case "join-cgroup" -> changes.add(new Change(Kind.MEMBER, field(step, "path"), ""));
            case "make-bridge" -> changes.add(new Change(Kind.HOST_LINK, field(step, "link"), "bridge"));
            case "make-veth" -> {
                changes.add(new Change(Kind.HOST_LINK, field(step, "master"), "bridge"));
                changes.add(new Change(Kind.HOST_LINK, field(step, "link"), field(step, "master")));
                changes.add(new Change(Kind.LINK, field(step, "peer"), field(step, "link")));
            }
            case "link-up" -> changes.add(new Change(Kind.LINK, field(step, "link"), ""));
            case "add-address", "add-ipv6-address" ->
                changes.add(new Change(Kind.ADDRESS, field(step, "link"), field(step, "address")));
            case "add-default-route" -> changes.add(new Change(Kind.ROUTE, field(step, "via"), ""));
            case "change-rules" -> changes.add(new Change(Kind.FIREWALL, field(step, "table"), "nftables"));
            case "exec" -> {
                if (helper && field(step, "command").contains("restore")) {
                    changes.add(
                            new Change(Kind.FIREWALL, field(step, "command").replaceAll(".*/| .*", ""), "iptables"));
                } else if (!helper && inside(step)) {
                    changes.add(new Change(Kind.TRAIT, "command", field(step, "command")));
                }
            }
            case "init" -> changes.add(new Change(Kind.TRAIT, "command", step.showAbout()));
            case "set-hostname" -> changes.add(new Change(Kind.TRAIT, "hostname", field(step, "hostname")));
            case "set-user" ->
                changes.add(new Change(Kind.TRAIT, "user", field(step, "uid") + ":" + field(step, "gid")));
            case "set-capabilities" -> changes.add(new Change(Kind.TRAIT, "capabilities", field(step, "permitted")));
            case "no-new-privileges" -> changes.add(new Change(Kind.TRAIT, "new privileges", "none"));
            case "die-with-koker" -> changes.add(new Change(Kind.TRAIT, "dies with", "koker"));
            default -> {
                // leaves the picture as it is
            }
        }
    }

    private void cloned(RecordedStep step, RecordedCall call, List<Change> changes) {
        var flags = call.args().getFirst();
        if (step.name().equals("start-supervisor")) {
            changes.add(new Change(Kind.PROCESS, "supervisor", Long.toString(call.result())));
        } else if (NAMESPACE.matcher(flags).find()) {
            process = Long.toString(call.result());
            changes.add(new Change(Kind.PROCESS, CONTAINER, process));
            namespaces(flags, "new", changes);
        }
    }

    private static void namespaces(String flags, String how, List<Change> changes) {
        NAMESPACE.matcher(flags).results().forEach(flag -> {
            if (NAMESPACES.get(flag.group()) instanceof String name) {
                changes.add(new Change(Kind.NAMESPACE, name, how));
            }
        });
    }

    private static void mounted(RecordedCall call, List<Change> changes) {
        var arguments = call.args();
        if (NO_MOUNT.matcher(arguments.get(3)).find()) {
            return;
        }
        var type = text(arguments.get(2));
        changes.add(new Change(Kind.MOUNT, text(arguments.get(1)), type.isEmpty() ? "bind" : type));
        if (type.equals("overlay")) {
            OVERLAY.matcher(text(arguments.get(4)))
                    .results()
                    .forEach(option -> folder(option.group(1), option.group(2), changes));
        }
    }

    /** An overlay of many layers is told of them one by one. */
    private static void configured(RecordedCall call, List<Change> changes) {
        if (call.args().size() > 3) {
            folder(text(call.args().get(2)), text(call.args().get(3)), changes);
        }
    }

    private static void folder(String option, String value, List<Change> changes) {
        switch (option.replace("+", "")) {
            case "lowerdir" -> {
                for (var layer : value.split(":")) {
                    changes.add(new Change(Kind.LAYER, layer, ""));
                }
            }
            case "upperdir" -> changes.add(new Change(Kind.FOLDER, "upper", value));
            case "workdir" -> changes.add(new Change(Kind.FOLDER, "work", value));
            default -> {
                // how, not where
            }
        }
    }

    private static boolean inside(RecordedStep step) {
        return step.side().equals(CONTAINER);
    }

    private static String type(RecordedStep step) {
        return step.about().getOrDefault("type", "bind");
    }

    private static String field(RecordedStep step, String name) {
        return step.about().getOrDefault(name, "");
    }

    /** The text that stands in quotes in a trace; none for what is no text. */
    private static String text(String argument) {
        return argument.length() >= 2 && argument.startsWith("\"")
                ? argument.substring(1, argument.lastIndexOf('"')).replaceAll("\\\\(.)", "$1")
                : "";
    }
}

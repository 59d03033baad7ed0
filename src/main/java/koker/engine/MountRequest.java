package koker.engine;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import koker.spec.Spec;

/** A mount that the user asked for, by {@code --volume}, {@code --mount} or {@code --tmpfs}. */
public record MountRequest(Spec.Mount mount) {
    private static final Set<String> VOLUME_OPTIONS = Set.of(
            "ro", "rw", "private", "rprivate", "bind", "rbind", "exec", "noexec", "suid", "nosuid", "dev", "nodev");
    private static final List<String> TMPFS_DEFAULTS = List.of("nosuid", "nodev", "noexec");

    /**
     * Reads {@code SOURCE:TARGET[:OPTION,…]}.
     *
     * @throws IllegalArgumentException if it is not of that form, or the source does not exist
     */
    public static MountRequest volume(String text) {
        var parts = text.split(":", -1);
        if (parts.length < 2 || parts.length > 3) {
            throw new IllegalArgumentException("expected SOURCE:TARGET[:OPTIONS], such as /srv/data:/data:ro");
        }
        var options = new ArrayList<String>();
        options.add("rbind");
        if (parts.length == 3) {
            for (var option : parts[2].split(",")) {
                if (!VOLUME_OPTIONS.contains(option)) {
                    throw new IllegalArgumentException(
                            "unknown volume option '" + option + "'; koker knows ro, rw, noexec, nosuid and nodev");
                }
                options.add(option);
            }
        }
        return bind(parts[0], parts[1], options);
    }

    /**
     * Reads {@code type=bind,source=…,target=…[,readonly]} or {@code type=tmpfs,target=…[,tmpfs-size=…][,tmpfs-mode=…]}.
     *
     * @throws IllegalArgumentException if it is not of that form, or the source does not exist
     */
    public static MountRequest mount(String text) {
        var type = "volume";
        String source = null;
        String target = null;
        var options = new ArrayList<String>();
        for (var part : text.split(",")) {
            var pair = part.split("=", 2);
            var value = pair.length == 2 ? pair[1] : "";
            switch (pair[0]) {
                case "type" -> type = value;
                case "source", "src" -> source = value;
                case "target", "destination", "dst" -> target = value;
                case "readonly", "ro" -> {
                    if (!List.of("", "true", "1", "false", "0").contains(value)) {
                        throw new IllegalArgumentException("readonly is true or false, not '" + value + "'");
                    }
                    options.add(value.equals("false") || value.equals("0") ? "rw" : "ro");
                }
                case "bind-propagation" -> {
                    if (!value.equals("private") && !value.equals("rprivate")) {
                        throw new IllegalArgumentException(
                                "bind-propagation " + value + " is not supported, only rprivate");
                    }
                }
                case "tmpfs-size" -> options.add("size=" + Size.parse(value, 1));
                case "tmpfs-mode" -> {
                    if (!value.matches("[0-7]{1,5}")) {
                        throw new IllegalArgumentException("tmpfs-mode is octal, such as 1777, not '" + value + "'");
                    }
                    options.add("mode=" + value);
                }
                default -> throw new IllegalArgumentException("unknown key '" + pair[0] + "'; see --help");
            }
        }
        if (target == null) {
            throw new IllegalArgumentException("the key target is missing");
        }
        return switch (type) {
            case "bind" -> {
                if (source == null) {
                    throw new IllegalArgumentException("the key source is missing");
                }
                options.addFirst("rbind");
                yield bind(source, target, options);
            }
            case "tmpfs" -> {
                if (source != null) {
                    throw new IllegalArgumentException("a tmpfs has no source");
                }
                yield tmpfs(target, options);
            }
            default ->
                throw new IllegalArgumentException("type '" + type + "' is not supported; koker knows bind and tmpfs");
        };
    }

    /**
     * Reads {@code TARGET[:OPTION,…]}.
     *
     * @throws IllegalArgumentException if it is not of that form
     */
    public static MountRequest tmpfs(String text) {
        var parts = text.split(":", 2);
        return tmpfs(parts[0], parts.length == 1 ? List.of() : Arrays.asList(parts[1].split(",")));
    }

    /**
     * The same {@code requests}, if no two have the same target.
     *
     * @throws IllegalArgumentException if two have
     */
    public static List<MountRequest> distinct(List<MountRequest> requests) {
        var targets = new HashSet<String>();
        for (var request : requests) {
            if (!targets.add(request.mount().destination())) {
                throw new IllegalArgumentException(
                        "two mounts have the target " + request.mount().destination());
            }
        }
        return requests;
    }

    private static MountRequest tmpfs(String target, List<String> options) {
        var all = new ArrayList<>(TMPFS_DEFAULTS);
        all.addAll(options);
        return new MountRequest(new Spec.Mount(target(target), "tmpfs", "tmpfs", all));
    }

    private static MountRequest bind(String source, String target, List<String> options) {
        if (source.isEmpty()) {
            throw new IllegalArgumentException("the source is empty");
        }
        if (!source.contains("/")) {
            throw new IllegalArgumentException("the source '" + source
                    + "' is no path, and koker has no named volumes; did you mean ./" + source + "?");
        }
        var path = Path.of(source).toAbsolutePath().normalize();
        if (!Files.exists(path)) {
            throw new IllegalArgumentException(
                    "the source " + path + " does not exist; make it first: mkdir -p " + path);
        }
        return new MountRequest(new Spec.Mount(target(target), "bind", path.toString(), options));
    }

    private static String target(String target) {
        if (!target.startsWith("/")) {
            throw new IllegalArgumentException(
                    "the target '" + target + "' is not an absolute path; it starts with / in the container");
        }
        var normal = Path.of(target).normalize().toString();
        if (normal.equals("/")) {
            throw new IllegalArgumentException("the target cannot be the root itself");
        }
        return normal;
    }
}

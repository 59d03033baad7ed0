package koker.engine;

import java.nio.file.Path;

/** A value of {@code --security-opt}, as Docker has them. */
public sealed interface SecurityOption {
    /** Whether programs with the setuid bit gain nothing. */
    record NoNewPrivileges(boolean set) implements SecurityOption {}

    /** Which system calls there are for the container. */
    sealed interface Filter extends SecurityOption {}

    /** Those that a file describes. */
    record SeccompFile(Path file) implements Filter {}

    /** All. */
    record Unconfined() implements Filter {}

    /** The profile of AppArmor that the container's processes have; "unconfined" for none. */
    record AppArmor(String profile) implements SecurityOption {}

    /**
     * What {@code text} stands for: {@code no-new-privileges}, {@code seccomp=FILE} and so on.
     *
     * @throws IllegalArgumentException if there is no such option
     */
    static SecurityOption parse(String text) {
        // Docker took a colon once, and still does.
        var parts = text.split("[=:]", 2);
        var value = parts.length > 1 ? parts[1] : "";
        return switch (parts[0]) {
            case "no-new-privileges" ->
                switch (value) {
                    case "", "true" -> new NoNewPrivileges(true);
                    case "false" -> new NoNewPrivileges(false);
                    default -> throw new IllegalArgumentException("'" + value + "' is neither true nor false");
                };
            case "seccomp" -> {
                if (value.isEmpty()) {
                    throw new IllegalArgumentException("'" + text + "' names no file; see: seccomp=unconfined");
                }
                yield value.equals("unconfined") ? new Unconfined() : new SeccompFile(Path.of(value));
            }
            case "apparmor" -> new AppArmor(value);
            default ->
                throw new IllegalArgumentException(
                        "'" + text
                                + "' is no security option of koker's; those are no-new-privileges, seccomp=FILE, seccomp=unconfined and apparmor=PROFILE");
        };
    }
}

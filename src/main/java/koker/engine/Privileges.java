package koker.engine;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import koker.kernel.Capability;
import koker.kernel.Credentials;
import koker.spec.Seccomp;

/**
 * The capabilities that a container is given, and what it is held to beside.
 *
 * @param add names to add to the default set, or ALL
 * @param drop names to take from it, or ALL
 * @param options of which the last one of a kind counts
 */
public record Privileges(List<String> add, List<String> drop, List<SecurityOption> options) {
    private static final String ALL = "ALL";
    private static final Set<Capability> DEFAULT = EnumSet.of(
            Capability.CAP_CHOWN,
            Capability.CAP_DAC_OVERRIDE,
            Capability.CAP_FSETID,
            Capability.CAP_FOWNER,
            Capability.CAP_MKNOD,
            Capability.CAP_NET_RAW,
            Capability.CAP_SETGID,
            Capability.CAP_SETUID,
            Capability.CAP_SETFCAP,
            Capability.CAP_SETPCAP,
            Capability.CAP_NET_BIND_SERVICE,
            Capability.CAP_SYS_CHROOT,
            Capability.CAP_KILL,
            Capability.CAP_AUDIT_WRITE);

    /**
     * The name of a capability, {@code NET_ADMIN} or {@code cap_net_admin}, or ALL.
     *
     * @throws IllegalArgumentException if there is none of that name
     */
    public static String name(String text) {
        var upper = text.toUpperCase(Locale.ROOT);
        if (!upper.equals(ALL) && find(upper).isEmpty()) {
            throw new IllegalArgumentException("unknown capability '" + text + "'; see capabilities(7) for the names");
        }
        return upper;
    }

    /** The names of the capabilities that are left, where koker itself has {@code own}. */
    Set<String> names(Set<Capability> own) {
        var set = EnumSet.noneOf(Capability.class);
        if (add.contains(ALL)) {
            set.addAll(own);
        } else if (!drop.contains(ALL)) {
            set.addAll(DEFAULT);
            set.retainAll(own);
        }
        add.forEach(name -> find(name).ifPresent(set::add));
        drop.forEach(name -> find(name).ifPresent(set::remove));
        var names = new TreeSet<String>();
        set.forEach(capability -> names.add(capability.name()));
        return names;
    }

    /** The capabilities that koker itself has, and can give. */
    static Set<Capability> own() {
        var own = Credentials.own().permitted();
        // Who has none only plans what root would do.
        return own.isEmpty() ? EnumSet.allOf(Capability.class) : own;
    }

    /** Whether its programs gain nothing by a setuid bit. */
    boolean noNewPrivileges() {
        return last(SecurityOption.NoNewPrivileges.class)
                .filter(SecurityOption.NoNewPrivileges::set)
                .isPresent();
    }

    /** The profile of AppArmor; null for none. */
    String apparmorProfile() {
        return last(SecurityOption.AppArmor.class)
                .map(SecurityOption.AppArmor::profile)
                .orElse(null);
    }

    /**
     * The filter of system calls for a container with the capabilities {@code names}; null for none.
     *
     * @throws EngineException if its profile is missing, or none
     */
    Seccomp seccomp(Set<String> names) {
        return last(SecurityOption.Filter.class)
                .filter(SecurityOption.SeccompFile.class::isInstance)
                .map(SecurityOption.SeccompFile.class::cast)
                .map(option -> SeccompProfile.read(option.file(), names))
                .orElse(null);
    }

    private <T extends SecurityOption> Optional<T> last(Class<T> kind) {
        return options.stream().filter(kind::isInstance).map(kind::cast).reduce((_, last) -> last);
    }

    private static Optional<Capability> find(String name) {
        return Arrays.stream(Capability.values())
                .filter(capability ->
                        capability.name().equals(name) || capability.name().equals("CAP_" + name))
                .findFirst();
    }
}

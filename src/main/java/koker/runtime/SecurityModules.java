package koker.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import koker.spec.SpecException;

/** AppArmor and SELinux, of which a kernel has one or none: what they are asked for, they must be there for. */
final class SecurityModules {
    private static final Path APPARMOR = Path.of("/sys/module/apparmor/parameters/enabled");
    private static final Path SELINUX = Path.of("/sys/fs/selinux/enforce");

    private SecurityModules() {}

    /**
     * The profile that a process is to be confined by; none if {@code profile} is null or empty, or if it is "unconfined" where everything
     * is.
     *
     * @throws SpecException if the kernel runs without AppArmor
     */
    static Optional<String> apparmor(String profile) {
        if (profile == null || profile.isEmpty()) {
            return Optional.empty();
        }
        if (!isEnabled(APPARMOR)) {
            if (profile.equals("unconfined")) {
                return Optional.empty();
            }
            throw new SpecException("process.apparmorProfile is " + profile
                    + ", but this kernel runs without AppArmor; see: cat " + APPARMOR);
        }
        return Optional.of(profile);
    }

    /**
     * The label that {@code field} asks for; none if it is null or empty.
     *
     * @throws SpecException if the kernel runs without SELinux
     */
    static Optional<String> selinux(String field, String label) {
        if (label == null || label.isEmpty()) {
            return Optional.empty();
        }
        if (!Files.exists(SELINUX)) {
            throw new SpecException(field + " is " + label + ", but this kernel runs without SELinux; see: getenforce");
        }
        return Optional.of(label);
    }

    private static boolean isEnabled(Path parameter) {
        try {
            return Files.readString(parameter).startsWith("Y");
        } catch (IOException e) {
            return false;
        }
    }
}

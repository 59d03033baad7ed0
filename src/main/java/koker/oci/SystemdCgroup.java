package koker.oci;

import static koker.trace.Trace.fields;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import koker.cgroup.Cgroups;
import koker.runtime.Caller;
import koker.spec.Spec;
import koker.systemd.Scope;
import koker.systemd.ScopeProperties;
import koker.systemd.Systemd;
import koker.systemd.SystemdException;

/** The cgroup of a container that systemd makes, as a scope, and takes away. */
record SystemdCgroup(Means means, Scope scope) {
    private static final Path SYSTEM = Path.of("/run/dbus/system_bus_socket");

    /** Whether it is for the system's systemd, and not the user's: for that of root, also where systemd itself runs as root of a user namespace. */
    static boolean isOfSystem() {
        return switch (Caller.self()) {
            case ROOT -> true;
            case ROOT_INSIDE -> isOfRoot(SYSTEM);
            case USER -> false;
        };
    }

    private static boolean isOfRoot(Path file) {
        try {
            return Files.getAttribute(file, "unix:uid").equals(0);
        } catch (IOException e) {
            return false;
        }
    }

    /** That of the container that {@code state} is about. */
    static SystemdCgroup of(Means means, State state) {
        return new SystemdCgroup(means, new Scope(state.slice(), state.unit()));
    }

    /**
     * Has it made, and the process {@code pid} moved to it.
     *
     * @throws OciException if systemd cannot be asked, or refuses
     */
    void start(String id, int pid, Spec.Resources resources, Map<String, String> annotations, Cgroups cgroups) {
        try (var systemd = new Systemd(isOfSystem(), means.trace())) {
            systemd.start(
                    scope,
                    ScopeProperties.of(scope, id, pid, resources, annotations, cgroups.isUnified(), systemd::version));
        } catch (SystemdException e) {
            throw new OciException(e.getMessage(), e);
        }
        means.trace().info("Scope started", about());
    }

    /**
     * Has its limits changed.
     *
     * @throws OciException if systemd cannot be asked, or refuses
     */
    void change(Spec.Resources resources, Cgroups cgroups) {
        try (var systemd = new Systemd(isOfSystem(), means.trace())) {
            systemd.change(scope, ScopeProperties.of(resources, cgroups.isUnified(), systemd::version));
        } catch (SystemdException e) {
            throw new OciException(e.getMessage(), e);
        }
        means.trace().info("Scope changed", about());
    }

    /** Has it stopped, and forgotten. If systemd does not do it, what is left of it is removed all the same. */
    void stop() {
        try (var systemd = new Systemd(isOfSystem(), means.trace())) {
            systemd.stop(scope);
            means.trace().info("Scope stopped", about());
        } catch (SystemdException e) {
            means.warn(e.getMessage());
        }
    }

    private Map<String, Object> about() {
        return fields("unit", scope.unit(), "slice", scope.slice());
    }
}

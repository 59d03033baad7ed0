package koker.systemd;

import static koker.trace.Trace.fields;

import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import koker.kernel.Credentials;
import koker.trace.Trace;
import org.freedesktop.dbus.DBusPath;
import org.freedesktop.dbus.connections.impl.DBusConnection;
import org.freedesktop.dbus.connections.impl.DBusConnectionBuilder;
import org.freedesktop.dbus.exceptions.DBusException;
import org.freedesktop.dbus.exceptions.DBusExecutionException;
import org.freedesktop.dbus.interfaces.Properties;

/** A connection to systemd, to the one of the system or for other users to their own. */
public final class Systemd implements AutoCloseable {
    private static final int PATIENCE = 30; // seconds
    // Of the errors UnitExists and NoSuchUnit: the library keeps the texts, and not the names.
    private static final String EXISTS = "was already loaded";
    private static final String MISSING = "not loaded";

    private static final String NAME = "org.freedesktop.systemd1";
    private static final String PATH = "/org/freedesktop/systemd1";
    private static final String INTERFACE = "org.freedesktop.systemd1.Manager";
    private static final String SYSTEM = "unix:path=/run/dbus/system_bus_socket";

    private final Trace trace;
    private final DBusConnection connection;
    private final Manager manager;
    private final BlockingQueue<Manager.JobRemoved> done = new LinkedBlockingQueue<>();

    /**
     * Connects.
     *
     * @param root whether to the system's, and not to the user's own
     * @param trace what is told of each call of a method
     * @throws SystemdException if nobody is there
     */
    public Systemd(boolean root, Trace trace) {
        this.trace = trace;
        System.setProperty("slf4j.internal.verbosity", "ERROR"); // nobody reads the library's log, and it would say so
        var address = address(root);
        try {
            connection = DBusConnectionBuilder.forAddress(address)
                    .withShared(false)
                    .transportConfig()
                    .configureSasl()
                    .withSaslUid(
                            root ? Credentials.own().uid() : Credentials.own().uidOutside())
                    .back()
                    .back()
                    .build();
            manager = connection.getRemoteObject(NAME, PATH, Manager.class);
            connection.addSigHandler(Manager.JobRemoved.class, done::add);
            show("Subscribe to systemd", fields("address", address));
            manager.subscribe();
        } catch (DBusException | DBusExecutionException e) {
            throw new SystemdException("systemd is not to be reached by D-Bus at " + address + ": " + reason(e)
                    + "; leave out --systemd-cgroup where systemd does not run");
        }
    }

    private static String address(boolean root) {
        var named = System.getenv(root ? "DBUS_SYSTEM_BUS_ADDRESS" : "DBUS_SESSION_BUS_ADDRESS");
        if (named != null && !named.isEmpty()) {
            return named;
        }
        return root
                ? SYSTEM
                : "unix:path="
                        + Optional.ofNullable(System.getenv("XDG_RUNTIME_DIR")).orElse("/run") + "/bus";
    }

    /**
     * Its version: 252, for instance; 0 if it says nothing that can be read.
     *
     * @throws SystemdException if it refuses
     */
    public int version() {
        show("Ask systemd for its version", Map.of());
        try {
            var properties = connection.getRemoteObject(NAME, PATH, Properties.class);
            var version = properties.<Object>Get(INTERFACE, "Version").toString();
            var digits = version.replaceFirst("^v", "").split("[^0-9]", 2)[0];
            return digits.isEmpty() ? 0 : Integer.parseInt(digits);
        } catch (DBusException | DBusExecutionException e) {
            throw new SystemdException("systemd does not tell its version: " + reason(e));
        }
    }

    /**
     * Makes a scope, and returns when its cgroup is there and has the processes.
     *
     * @param properties what {@link ScopeProperties} makes
     * @throws SystemdException if systemd refuses
     */
    public void start(Scope scope, List<Manager.Property> properties) {
        var what = "systemd does not start " + scope.unit();
        await(what, () -> {
            try {
                return startUnit(scope, properties);
            } catch (DBusExecutionException e) {
                if (!reason(e).contains(EXISTS)) {
                    throw e;
                }
                // One of that name has failed before, and systemd keeps it until somebody has seen that.
                reset(scope);
                return startUnit(scope, properties);
            }
        });
    }

    private DBusPath startUnit(Scope scope, List<Manager.Property> properties) {
        show("Start transient unit", about(scope, properties));
        return manager.startTransientUnit(scope.unit(), "replace", properties, List.of());
    }

    private void reset(Scope scope) {
        show("Reset failed unit", fields("unit", scope.unit()));
        manager.resetFailedUnit(scope.unit());
    }

    /**
     * Stops a scope and forgets it; one that is gone already is no error.
     *
     * @throws SystemdException if systemd does not do it
     */
    public void stop(Scope scope) {
        try {
            await("systemd does not stop " + scope.unit(), () -> {
                show("Stop unit", fields("unit", scope.unit()));
                return manager.stopUnit(scope.unit(), "replace");
            });
        } catch (SystemdException e) {
            if (!e.getMessage().contains(MISSING)) {
                throw e;
            }
        }
        try {
            reset(scope);
        } catch (DBusExecutionException e) {
            // it has not failed, and is forgotten
        }
    }

    /**
     * Changes the limits of a scope.
     *
     * @throws SystemdException if systemd refuses
     */
    public void change(Scope scope, List<Manager.Property> properties) {
        try {
            show("Set unit properties", about(scope, properties));
            manager.setUnitProperties(scope.unit(), true, properties);
        } catch (DBusExecutionException e) {
            throw new SystemdException("systemd does not change " + scope.unit() + ": " + reason(e));
        }
    }

    private void await(String what, Supplier<DBusPath> request) {
        try {
            var job = request.get();
            var deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE);
            for (var left = deadline - System.nanoTime(); left > 0; left = deadline - System.nanoTime()) {
                var signal = done.poll(left, TimeUnit.NANOSECONDS);
                if (signal != null && signal.getJob().getPath().equals(job.getPath())) {
                    if (!signal.getResult().equals("done")) {
                        throw new SystemdException(
                                what + ": the job ended as " + signal.getResult() + "; see: journalctl -b");
                    }
                    return;
                }
            }
            throw new SystemdException(what + ": nothing happened for " + PATIENCE + " s; see: systemctl list-jobs");
        } catch (DBusExecutionException e) {
            throw new SystemdException(what + ": " + reason(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SystemdException(what + ": interrupted");
        }
    }

    private static Map<String, Object> about(Scope scope, List<Manager.Property> properties) {
        var about = fields("unit", scope.unit());
        for (var property : properties) {
            about.put(property.getName(), text(property.getValue().getValue()));
        }
        return about;
    }

    private static String text(Object value) {
        return switch (value) {
            case byte[] mask -> BitSet.valueOf(mask).toString();
            case List<?> list -> list.stream().map(Systemd::text).collect(Collectors.joining(", "));
            case Manager.Device device -> device.getNode() + " " + device.getAccess();
            default -> value.equals(ScopeProperties.INFINITE) ? "infinity" : value.toString();
        };
    }

    /** A method is about to be called; the library makes the system calls for that by itself. */
    private void show(String title, Map<String, Object> about) {
        trace.debug(title, about);
    }

    private static String reason(Exception e) {
        var cause = e.getMessage() == null && e.getCause() != null ? e.getCause() : e;
        return String.valueOf(cause.getMessage()).lines().findFirst().orElse("no reason");
    }

    @Override
    public void close() {
        connection.disconnect();
    }
}

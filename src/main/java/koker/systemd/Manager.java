package koker.systemd;

import java.util.List;
import org.freedesktop.dbus.DBusPath;
import org.freedesktop.dbus.Struct;
import org.freedesktop.dbus.annotations.DBusInterfaceName;
import org.freedesktop.dbus.annotations.DBusMemberName;
import org.freedesktop.dbus.annotations.Position;
import org.freedesktop.dbus.exceptions.DBusException;
import org.freedesktop.dbus.interfaces.DBusInterface;
import org.freedesktop.dbus.messages.DBusSignal;
import org.freedesktop.dbus.types.UInt32;
import org.freedesktop.dbus.types.Variant;

/** What koker uses of systemd's interface (org.freedesktop.systemd1(5)). Public, as is what is in it, for the library alone. */
@DBusInterfaceName("org.freedesktop.systemd1.Manager")
public interface Manager extends DBusInterface {
    /** Makes and starts a unit that is nowhere written down; returns the job that does. */
    @DBusMemberName("StartTransientUnit")
    DBusPath startTransientUnit(String name, String mode, List<Property> properties, List<Auxiliary> auxiliaries);

    /** Stops a unit; returns the job that does. */
    @DBusMemberName("StopUnit")
    DBusPath stopUnit(String name, String mode);

    /** Forgets a unit that has failed. */
    @DBusMemberName("ResetFailedUnit")
    void resetFailedUnit(String name);

    /** Changes a unit, until the machine stops if {@code runtime}. */
    @DBusMemberName("SetUnitProperties")
    void setUnitProperties(String name, boolean runtime, List<Property> properties);

    /** From now on there are signals for the caller. */
    @DBusMemberName("Subscribe")
    void subscribe();

    /** A property of a unit. */
    final class Property extends Struct {
        @Position(0)
        private final String name;

        @Position(1)
        private final Variant<?> value;

        /** The property {@code name}. */
        public Property(String name, Variant<?> value) {
            this.name = name;
            this.value = value;
        }

        /** Its name, as in systemd.resource-control(5) or close to it. */
        public String getName() {
            return name;
        }

        /** Its value. */
        public Variant<?> getValue() {
            return value;
        }
    }

    /** A device that may be used. */
    final class Device extends Struct {
        @Position(0)
        private final String node;

        @Position(1)
        private final String access;

        /** The device {@code node}. */
        public Device(String node, String access) {
            this.node = node;
            this.access = access;
        }

        /** Its path, or a kind of devices. */
        public String getNode() {
            return node;
        }

        /** Letters of rwm. */
        public String getAccess() {
            return access;
        }
    }

    /** A unit that is started together with another one; koker starts none. */
    final class Auxiliary extends Struct {
        @Position(0)
        private final String name;

        @Position(1)
        private final List<Property> properties;

        /** The unit {@code name}. */
        public Auxiliary(String name, List<Property> properties) {
            this.name = name;
            this.properties = properties;
        }
    }

    /** A job is done: its result is "done" if it went well. */
    final class JobRemoved extends DBusSignal {
        private final DBusPath job;
        private final String result;

        /** A signal as it comes. */
        public JobRemoved(String path, UInt32 id, DBusPath job, String unit, String result) throws DBusException {
            super(path, id, job, unit, result);
            this.job = job;
            this.result = result;
        }

        /** The job. */
        public DBusPath getJob() {
            return job;
        }

        /** How it went. */
        public String getResult() {
            return result;
        }
    }
}

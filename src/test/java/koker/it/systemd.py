# Imitates what koker uses of systemd's D-Bus interface: scopes are made below one slice in the hierarchy that systemd
# has, and what was asked for is written down, a JSON object on a line. It is not systemd, and limits nothing.
#
# Arguments: the folder of the hierarchy, the file to write to.
import json
import os
import sys

import dbus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

INTERFACE = "org.freedesktop.systemd1.Manager"
hierarchy, record = sys.argv[1:]


def plain(value):
    if isinstance(value, dbus.Boolean):
        return bool(value)
    if isinstance(value, dbus.Array) and value.signature == "y":
        return [int(each) for each in value]
    if isinstance(value, (dbus.Array, dbus.Struct, tuple)):
        return [plain(each) for each in value]
    return int(value) if isinstance(value, int) else str(value)


def note(**what):
    with open(record, "a") as file:
        file.write(json.dumps(what) + "\n")


class Manager(dbus.service.Object):
    units = {}
    failed = set()
    jobs = 0

    def job(self, unit, result="done"):
        self.jobs += 1
        path = dbus.ObjectPath(f"/org/freedesktop/systemd1/job/{self.jobs}")
        GLib.idle_add(lambda: self.JobRemoved(self.jobs, path, unit, result) and False)
        return path

    @dbus.service.signal(INTERFACE, signature="uoss")
    def JobRemoved(self, number, job, unit, result):
        pass

    @dbus.service.method(INTERFACE, in_signature="", out_signature="")
    def Subscribe(self):
        pass

    @dbus.service.method(INTERFACE, in_signature="ssa(sv)a(sa(sv))", out_signature="o")
    def StartTransientUnit(self, unit, mode, properties, auxiliaries):
        asked = {str(name): plain(value) for name, value in properties}
        note(call="StartTransientUnit", unit=unit, mode=mode, properties=asked)
        if "refused" in unit:
            raise dbus.DBusException("Unit is masked.", name="org.freedesktop.systemd1.UnitMasked")
        if "canceled" in unit:
            return self.job(unit, "canceled")
        if "twice" in unit and unit not in self.failed:
            self.failed.add(unit)
            raise dbus.DBusException(f"Unit {unit} was already loaded or has a fragment file.", name="org.freedesktop.systemd1.UnitExists")
        folder = os.path.join(hierarchy, asked["Slice"], unit)
        os.makedirs(folder, exist_ok=True)
        for pid in asked["PIDs"]:
            with open(os.path.join(folder, "cgroup.procs"), "w") as file:
                file.write(str(pid))
        self.units[unit] = folder
        return self.job(unit)

    @dbus.service.method(INTERFACE, in_signature="ss", out_signature="o")
    def StopUnit(self, unit, mode):
        note(call="StopUnit", unit=unit, mode=mode)
        if unit not in self.units:
            raise dbus.DBusException(f"Unit {unit} not loaded.", name="org.freedesktop.systemd1.NoSuchUnit")
        os.rmdir(self.units.pop(unit))
        return self.job(unit)

    @dbus.service.method(INTERFACE, in_signature="s", out_signature="")
    def ResetFailedUnit(self, unit):
        note(call="ResetFailedUnit", unit=unit)
        if unit not in self.failed:
            raise dbus.DBusException(f"Unit {unit} not loaded.", name="org.freedesktop.systemd1.NoSuchUnit")

    @dbus.service.method(INTERFACE, in_signature="sba(sv)", out_signature="")
    def SetUnitProperties(self, unit, runtime, properties):
        asked = {str(name): plain(value) for name, value in properties}
        note(call="SetUnitProperties", unit=unit, runtime=bool(runtime), properties=asked)


dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
bus = dbus.bus.BusConnection(os.environ["DBUS_SYSTEM_BUS_ADDRESS"])
name = dbus.service.BusName("org.freedesktop.systemd1", bus)
manager = Manager(bus, "/org/freedesktop/systemd1")
note(call="ready")
GLib.MainLoop().run()

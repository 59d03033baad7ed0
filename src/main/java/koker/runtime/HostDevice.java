package koker.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import koker.plan.MountStep;
import koker.spec.Spec;

/** What the host has at the path of a device that a container asks for. */
final class HostDevice {
    private static final int TYPES = 0170000;

    private HostDevice() {}

    /** Whether it is that device: its type and its number are the same (makedev(3)). */
    static boolean is(Spec.Device device) {
        try {
            var status = Files.readAttributes(Path.of(device.path()), "unix:mode,rdev");
            var number = (long) status.get("rdev");
            var type = device.type().equals("b") ? MountStep.BLOCK : MountStep.CHARACTER;
            return ((int) status.get("mode") & TYPES) == type
                    && (number >> 8 & 0xfff | number >> 32 & ~0xfffL) == device.major()
                    && (number & 0xff | number >> 12 & ~0xffL) == device.minor();
        } catch (IOException e) {
            return false;
        }
    }
}

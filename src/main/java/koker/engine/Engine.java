package koker.engine;

import koker.cgroup.Cgroups;
import koker.kernel.Kernel;
import koker.trace.Trace;

/** What every verb needs: where things are kept, the kernel, who is told, and the host's cgroups. */
final class Engine {
    private final Home home;
    private final Kernel kernel;
    private final Trace trace;
    private Cgroups cgroups;

    Engine(Home home, Kernel kernel, Trace trace) {
        this.home = home;
        this.kernel = kernel;
        this.trace = trace;
    }

    Home home() {
        return home;
    }

    Kernel kernel() {
        return kernel;
    }

    Trace trace() {
        return trace;
    }

    /**
     * The cgroups of this host, which are looked for when they are first asked for.
     *
     * @throws koker.cgroup.CgroupException if it has none mounted
     */
    Cgroups cgroups() {
        if (cgroups == null) {
            cgroups = Cgroups.ofHost();
        }
        return cgroups;
    }
}

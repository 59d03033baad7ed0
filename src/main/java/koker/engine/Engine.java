package koker.engine;

import koker.cgroup.Cgroups;
import koker.kernel.Kernel;
import koker.plan.Lens;
import koker.plan.Runner;
import koker.trace.Trace;

/** What every verb needs: where things are kept, the kernel, who is told, how steps are looked at, and the host's cgroups. */
final class Engine {
    private final Home home;
    private final Kernel kernel;
    private final Trace trace;
    private final Lens lens;
    private Cgroups cgroups;

    Engine(Home home, Kernel kernel, Trace trace, Lens lens) {
        this.home = home;
        this.kernel = kernel;
        this.trace = trace;
        this.lens = lens;
    }

    /** The same, for what must be done as it is planned: what is undone, and what nobody has asked for. */
    Engine clear() {
        return new Engine(home, kernel, trace, Lens.CLEAR);
    }

    /** One that makes steps as the user wants them looked at. */
    Runner runner() {
        return new Runner(kernel, trace, lens);
    }

    Lens lens() {
        return lens;
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

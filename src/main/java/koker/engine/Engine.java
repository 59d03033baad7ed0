package koker.engine;

import koker.cgroup.Cgroups;
import koker.kernel.Kernel;
import koker.trace.Trace;

/** What every verb needs: where things are kept, the kernel, who is told, and the host's cgroups. */
record Engine(Home home, Kernel kernel, Trace trace, Cgroups cgroups) {}

package koker.engine;

import static koker.trace.Trace.fields;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import koker.cgroup.CgroupException;
import koker.cgroup.Freezer;
import koker.kernel.Call;
import koker.kernel.Calls;
import koker.kernel.Child;
import koker.kernel.Ends;
import koker.kernel.Errno;
import koker.kernel.Event.Side;
import koker.kernel.ExitStatus;

/**
 * While it lasts, all processes of a container stand still. However koker ends, they go on then: a child of koker's lets them, a program
 * of a few system calls, as soon as nobody holds the other end of its pipe.
 */
final class Stillness implements AutoCloseable {
    private final Engine engine;
    private final Freezer freezer;
    private final List<Call> program;
    private final Child child;
    private final int end;

    private Stillness(Engine engine, String cgroup, Freezer freezer) {
        this.engine = engine;
        this.freezer = freezer;
        var kernel = engine.kernel();
        engine.trace().heading("Watch koker", fields("cgroup", cgroup));
        var ends = new Ends();
        kernel.call(Calls.pipe(ends));
        this.end = ends.second();
        this.program = new ArrayList<>();
        program.add(Calls.close(end));
        program.add(Calls.read(ends.first(), new byte[1]));
        freezer.freeze(false).calls().forEach(call -> program.add(call.tolerating(Errno.values())));
        program.add(Calls.exit(0));
        this.child = kernel.start(Calls.fork(), program);
        kernel.call(Calls.close(ends.first()));
    }

    /** Stops the processes of {@code container}, and waits until they stand still. */
    static Stillness of(Engine engine, Container container) {
        var cgroup = container.folder().cgroupsPath();
        var freezer = engine.cgroups()
                .freezer(cgroup)
                .orElseThrow(() -> new EngineException(
                        "the container has no cgroup that could be stopped; try again with --pause=false"));
        var stillness = new Stillness(engine, cgroup, freezer);
        try {
            freezer.stop(engine.runner());
            return stillness;
        } catch (CgroupException e) {
            stillness.close();
            throw new EngineException(
                    "the container does not stand still; try again, or with --pause=false: " + e.getMessage());
        } catch (RuntimeException e) {
            stillness.close();
            throw e;
        }
    }

    @Override
    public void close() {
        var kernel = engine.kernel();
        engine.trace().heading("Let go on", Map.of());
        kernel.call(Calls.close(end));
        ExitStatus.await(kernel, child.pid());
        for (var i = 0; i < program.size(); i++) {
            child.report(i, program.get(i), Side.HELPER);
        }
        child.close();
    }
}

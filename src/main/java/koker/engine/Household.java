package koker.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import koker.kernel.Calls;
import koker.kernel.Credentials;
import koker.kernel.Kernel;
import koker.plan.Lens;
import koker.trace.Trace;

/** What every verb on containers begins with: folders that are there, and order among those that nobody looks after any more. */
public final class Household {
    private final Engine engine;
    private final Directory directory;
    private final Cleaner cleaner;

    /** That of the containers under {@code home}, whose steps are looked at through {@code lens}. */
    public Household(Home home, Trace trace, Lens lens) {
        this.engine = new Engine(home, new Kernel(trace), trace, lens);
        this.directory = new Directory(home);
        this.cleaner = new Cleaner(engine.clear(), directory);
    }

    Engine engine() {
        return engine;
    }

    Directory directory() {
        return directory;
    }

    /** One that sees to it that nothing is left. */
    Cleaner cleaner() {
        return cleaner;
    }

    /** One that cleans up because the user has asked for just that, and may want to see it fail. */
    Cleaner askedCleaner() {
        return engine.lens().isClear() ? cleaner : new Cleaner(engine, directory);
    }

    /** Makes sure that there is order, before anything is done. */
    void prepare() throws IOException {
        makeFolders();
        engine.cgroups(); // before anything is made: without them nothing could be removed either
        cleaner.sweep();
    }

    /** Makes the folders that are missing. */
    void makeFolders() throws IOException {
        if (!Credentials.own().isRoot()) {
            throw new EngineException("koker must run as root: it makes namespaces and mounts; try: sudo koker …");
        }
        var home = engine.home();
        // Images hold setuid programs of any kind: no other user of the host may come near them.
        var closed = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
        for (var folder : List.of(home.root(), home.layers(), home.containers(), home.names())) {
            Files.createDirectories(folder, closed);
        }
    }

    /** A container, by name, ID, or the beginning of its ID. */
    Container find(String name) throws IOException {
        return Container.of(directory.find(name), engine);
    }

    /**
     * One that runs.
     *
     * @throws EngineException if it does not
     */
    Container alive(String name, String verb) throws IOException {
        var container = find(name);
        refuseDead(container, verb);
        return container;
    }

    /** Refuses one that does not run. */
    static void refuseDead(Container container, String verb) {
        if (!container.isAlive()) {
            throw new EngineException("cannot " + verb + " container " + container.title() + ": it is "
                    + container.status() + "; start it first: koker start " + container.title());
        }
    }

    /** Refuses one that runs. */
    static void refuseAlive(Container container) {
        if (container.isAlive()) {
            throw new EngineException("container " + container.title() + " is already " + container.status());
        }
    }

    /** Refuses one that runs, unless it may be killed. */
    static void refuseRemoval(Container container, boolean force) {
        if (container.isAlive() && !force) {
            throw new EngineException("container " + container.title() + " is " + container.status()
                    + "; end it first with koker stop, or remove it with -f");
        }
    }

    /** Refuses one that does not run, or is paused already; or is not, if it is to go on. */
    static void refusePause(Container container, boolean paused) {
        refuseDead(container, paused ? "pause" : "unpause");
        if (paused == (container.status() == Container.Status.PAUSED)) {
            throw new EngineException(
                    "container " + container.title() + " is " + (paused ? "already paused" : "not paused"));
        }
    }

    /** Refuses one that is paused. */
    static void refusePaused(Container container) {
        if (container.status() == Container.Status.PAUSED) {
            throw new EngineException("container " + container.title()
                    + " is paused; let it go on first: koker unpause " + container.title());
        }
    }

    /**
     * Ends koker with {@code status}, if it has made system calls: Java would first wait 300 ms for threads that are inside one, and may be for
     * ever.
     */
    public void exit(int status) {
        if (!engine.kernel().madeCalls()) {
            return;
        }
        engine.trace().heading("Exit", Map.of());
        engine.kernel().transfer(Calls.exit(status));
    }

    /** What {@code verb} returns; if it fails, that is told in one line. */
    <T> T attempt(String failure, Engine.Verb<T> verb) {
        return engine.attempt(failure, verb);
    }
}

package koker.engine;

import java.io.IOException;
import java.util.LinkedHashMap;
import koker.emit.CProgram;
import koker.emit.EmitException;
import koker.emit.Recipe;
import koker.emit.ShellScript;
import koker.plan.MountStep;
import koker.plan.Plan;

/** Writes down how a container is made, for those who have no koker. Its layers are where koker has them. */
final class Emission {
    private final Engine engine;
    private final Images images;
    private final ContainerFolder folder;

    /** Of a container that would be in {@code folder}; what is written takes a temporary one. */
    Emission(Engine engine, Images images, ContainerFolder folder) {
        this.engine = engine;
        this.images = images;
        this.folder = folder;
    }

    /**
     * The program.
     *
     * @throws EngineException if something that is asked for cannot be had without koker
     */
    String of(RunOptions options, Language language) throws IOException {
        refuse(options);
        var plan = new DryRun(engine).make(images, folder, options, true);
        if (language == Language.SH) {
            refuseLinks(plan, new ImageFiles(images.unpacked(images.look(options.image()))));
        }
        var recipe = new Recipe(title(options), folder.path().toString(), options.interactive(), plan);
        try {
            return switch (language) {
                case SH -> ShellScript.of(recipe);
                case C -> CProgram.of(recipe);
            };
        } catch (EmitException e) {
            throw new EngineException("cannot write that down: " + e.getMessage());
        }
    }

    private static String title(RunOptions options) {
        return "A container of " + options.image().familiar()
                + (options.command().isEmpty() ? "" : " that runs: " + String.join(" ", options.command()));
    }

    /** A script makes mounts before it enters the root, so that a link of the image could lead it out. */
    private void refuseLinks(Plan plan, ImageFiles files) throws IOException {
        for (var step : plan.steps()) {
            var target =
                    switch (step) {
                        case MountStep.Mount mount -> mount.target();
                        case MountStep.MountTmpfs mount -> mount.target();
                        case MountStep.Attach attach -> attach.target();
                        case MountStep.MakeFolder make -> make.path();
                        case MountStep.MakeDevice device -> device.path();
                        default -> "/";
                    };
            if (!target.startsWith(folder.path().toString())
                    && !files.place(target).equals(target)) {
                throw new EngineException("cannot write that down: a symbolic link of the image leads from " + target
                        + " elsewhere, where a script would follow it on the host; use --emit c");
            }
        }
    }

    /** What koker itself does while a container runs, or afterwards, nobody would do. */
    private void refuse(RunOptions options) {
        if (options.detached()) {
            throw new EngineException("cannot write that down: --detach needs a supervisor, which koker is;"
                    + " leave it out, and put what is written into the background");
        }
        var asked = new LinkedHashMap<String, Boolean>();
        asked.put("--tty", options.terminal());
        asked.put("--restart", options.restart().isPresent());
        asked.put("--name", options.name().isPresent());
        asked.put("--pidfile", options.pidfile().isPresent());
        asked.put("--cidfile", options.cidfile().isPresent());
        asked.forEach((option, isAsked) -> {
            if (isAsked) {
                throw new EngineException(
                        "cannot write that down: " + option + " is about what koker does later; leave it out");
            }
        });
        if (options.network().container() != null) {
            throw new EngineException("cannot write that down: the container of --network container:"
                    + options.network().container() + " may be another one by then; leave it out");
        }
    }
}

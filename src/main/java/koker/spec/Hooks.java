package koker.spec;

import java.util.List;

/**
 * Programs that are run at certain moments of the container's life (config.md, POSIX-platform hooks), each list in its order. Absent
 * lists are empty.
 *
 * @param prestart before the root changes, outside of the container (deprecated for {@code createRuntime})
 * @param createRuntime before the root changes, outside of the container
 * @param createContainer before the root changes, in the container's namespaces
 * @param startContainer before the command, in the container
 * @param poststart after the command was started, outside of the container
 * @param poststop after the container was deleted, outside of it
 */
public record Hooks(
        List<Hook> prestart,
        List<Hook> createRuntime,
        List<Hook> createContainer,
        List<Hook> startContainer,
        List<Hook> poststart,
        List<Hook> poststop) {
    /** No hook at all. */
    public static final Hooks NONE = new Hooks(null, null, null, null, null, null);

    public Hooks {
        prestart = list(prestart);
        createRuntime = list(createRuntime);
        createContainer = list(createContainer);
        startContainer = list(startContainer);
        poststart = list(poststart);
        poststop = list(poststop);
    }

    /**
     * A program.
     *
     * @param path an absolute one
     * @param args with the name that the program is called by; the path alone if there are none
     * @param env null where nothing is said: that of whoever runs it
     * @param timeout after how many seconds it is killed; null for never
     */
    public record Hook(String path, List<String> args, List<String> env, Integer timeout) {
        public Hook {
            args = list(args);
        }

        /** The same, which has {@code environment} if it says nothing of one. */
        public Hook in(List<String> environment) {
            return env == null ? new Hook(path, args, environment, timeout) : this;
        }

        /** What the program is called with: a name, and its arguments. */
        public List<String> arguments() {
            return args.isEmpty() ? List.of(path) : args;
        }
    }

    private static <T> List<T> list(List<T> list) {
        return list == null ? List.of() : list;
    }
}

package koker.systemd;

/**
 * A scope of systemd, which is a cgroup for processes that others have started (systemd.scope(5)).
 *
 * @param slice the slice that it is in: system.slice
 * @param unit its name: runc-1f0c.scope
 */
public record Scope(String slice, String unit) {
    private static final String SLICE = ".slice";

    /**
     * The one that linux.cgroupsPath names, as runc has it: {@code slice:prefix:name}.
     *
     * @param path null or empty for one in the system's slice
     * @param id the container's
     * @throws SystemdException if it names none
     */
    public static Scope of(String path, String id, boolean root) {
        var standard = root ? "system.slice" : "user.slice";
        if (path == null || path.isEmpty()) {
            return new Scope(standard, "koker-oci-" + id + ".scope");
        }
        var parts = path.split(":", -1);
        if (parts.length != 3) {
            throw new SystemdException("linux.cgroupsPath is " + path
                    + ", but with --systemd-cgroup it has to be slice:prefix:name, as system.slice:koker:" + id);
        }
        var slice = parts[0].isEmpty() ? standard : parts[0];
        check(path, slice);
        if (parts[2].isEmpty() || parts[1].contains("/") || parts[2].contains("/")) {
            throw new SystemdException("linux.cgroupsPath is " + path + ", which names no unit");
        }
        if (parts[2].endsWith(SLICE)) {
            throw new SystemdException(
                    "linux.cgroupsPath is " + path + ": a container that is a slice itself is not supported");
        }
        return new Scope(slice, parts[1].isEmpty() ? parts[2] + ".scope" : parts[1] + "-" + parts[2] + ".scope");
    }

    private static void check(String path, String slice) {
        var name = slice.endsWith(SLICE) ? slice.substring(0, slice.length() - SLICE.length()) : "";
        var dashed = !name.equals("-") && (name.startsWith("-") || name.endsWith("-") || name.contains("--"));
        if (name.isEmpty() || name.contains("/") || dashed) {
            throw new SystemdException(
                    "linux.cgroupsPath is " + path + ": " + slice + " is no slice; see systemd.slice(5)");
        }
    }

    /** The path of its cgroup: a-b.slice is in a.slice. */
    public String path() {
        var name = slice.substring(0, slice.length() - SLICE.length());
        var path = new StringBuilder();
        if (!name.equals("-")) {
            for (var dash = name.indexOf('-'); dash > 0; dash = name.indexOf('-', dash + 1)) {
                path.append('/').append(name, 0, dash).append(SLICE);
            }
            path.append('/').append(slice);
        }
        return path.append('/').append(unit).toString();
    }
}

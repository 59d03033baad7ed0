package koker;

import koker.cli.Koker;
import koker.cli.Oci;

/** Starts the command line. */
public final class Main {
    private Main() {}

    /** Runs the command that {@code args} name, and exits with its status. */
    public static void main(String[] args) {
        System.setErr(new StandardError());
        if (Oci.isCalled(args)) { // before a parser is made, which takes longer than some of its commands
            var oci = new Oci(Koker.VERSION, args);
            var status = oci.execute();
            System.out.flush();
            oci.exit(status);
        }
        var koker = new Koker();
        var status = koker.execute(args);
        System.out.flush();
        koker.exit(status);
    }

    /** Runs the command that {@code args} name, and returns its status. */
    public static int run(String... args) {
        if (Oci.isCalled(args)) {
            return new Oci(Koker.VERSION, args).execute();
        }
        return new Koker().execute(args);
    }
}

package koker.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import koker.engine.EngineException;

/** The question that a command asks before it removes much. */
final class Confirmation {
    private Confirmation() {}

    /** Warns that the command will remove {@code what}, and returns whether the user wants that. */
    static boolean toRemove(String what) {
        System.out.println("WARNING! This will remove all " + what + ".");
        System.out.print("Are you sure you want to continue? [y/N] ");
        System.out.flush();
        try {
            var answer = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).readLine();
            return answer != null && answer.strip().equalsIgnoreCase("y");
        } catch (IOException e) {
            throw new EngineException("cannot read an answer: " + e.getMessage() + "; say yes with -f");
        }
    }
}

package koker.plan;

import java.util.LinkedHashSet;
import java.util.List;
import koker.guide.Guide;

/**
 * Which step the user means: the one of that number among those of its name, or the one that makes the call of that number.
 *
 * @param name the step's, such as {@code enter-root}, or the call's, such as {@code pivot_root}
 * @param nth from 1
 */
public record NthStep(String name, int nth) {
    /**
     * Reads {@code STEP[#N]}, such as {@code mount#2}.
     *
     * @throws IllegalArgumentException if it is not of that form, or koker has no such step
     */
    public static NthStep parse(String text) {
        var hash = text.indexOf('#');
        var name = hash < 0 ? text : text.substring(0, hash);
        var nth = hash < 0 ? 1 : number(text.substring(hash + 1));
        if (!name.matches("[a-z0-9_-]+") || nth < 1) {
            throw new IllegalArgumentException("'" + text + "' is no step; expected STEP[#N], such as mount#2");
        }
        var guide = Guide.instance();
        if (guide.step(name).isEmpty() && guide.call(name).isEmpty()) {
            throw new IllegalArgumentException("there is no step '" + name + "'; " + guide.insteadOfStep(name));
        }
        return new NthStep(name, nth);
    }

    /** As the user has written it. */
    @Override
    public String toString() {
        return nth == 1 ? name : name + "#" + nth;
    }

    private static int number(String digits) {
        return digits.matches("[1-9][0-9]{0,3}") ? Integer.parseInt(digits) : 0;
    }

    /** The first of that name. */
    NthStep first() {
        return new NthStep(name, 1);
    }

    /** Whether a call is named: the name is no step's. */
    boolean isCall() {
        return Guide.instance().step(name).isEmpty();
    }

    /**
     * Makes sure that the step is there.
     *
     * @param names the names of the steps, or of the calls, in order
     * @param verb what is to become of it
     * @throws IllegalArgumentException if it is not
     */
    void check(List<String> names, String verb) {
        var found = (int) names.stream().filter(name::equals).count();
        var kind = isCall() ? "call" : "step";
        if (found == 0) {
            throw new IllegalArgumentException("there is no " + kind + " '" + name + "' to " + verb + "; there are: "
                    + String.join(" ", new LinkedHashSet<>(names)));
        }
        if (found < nth) {
            throw new IllegalArgumentException("there " + (found == 1 ? "is" : "are") + " only " + found + " " + kind
                    + (found == 1 ? "" : "s") + " '" + name + "', so there is no #" + nth + " to " + verb);
        }
    }
}

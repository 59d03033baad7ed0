package koker.guide;

import java.util.List;
import java.util.Map;

/**
 * Why something may fail, and what to do then.
 *
 * @param call the call that fails; empty for any
 * @param errors how it fails: names of errors
 * @param condition what the step must be about
 * @param advice the likely cause, and the next thing to try
 */
public record Cause(String call, List<String> errors, Condition condition, String advice) {
    /** Whether it is why {@code call} of a step that is about {@code about} fails by {@code error}. */
    boolean explains(String call, String error, Map<String, ?> about) {
        return (this.call.isEmpty() || this.call.equals(call)) && errors.contains(error) && condition.holds(about);
    }
}

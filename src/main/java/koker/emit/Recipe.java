package koker.emit;

import java.util.List;
import java.util.Optional;
import koker.plan.Plan;
import koker.plan.Step;
import koker.plan.Unknown;

/**
 * A plan that is to be written down.
 *
 * @param title what the container is, in a line
 * @param folder the container's folder in the plan; a temporary one takes its place
 * @param input whether it reads what its starter reads
 * @param plan of its steps from the clone on, those whose side is the host are made while the container waits
 */
public record Recipe(String title, String folder, boolean input, Plan plan) {
    List<Step> steps() {
        return plan.steps();
    }

    /** The first step of that kind. */
    <T extends Step> Optional<T> first(Class<T> kind) {
        return plan.steps().stream().filter(kind::isInstance).map(kind::cast).findFirst();
    }

    /** What stands above a step: its number, and what it is about. */
    String heading(int number, Step step) {
        var text = new StringBuilder().append(number).append(". ").append(step.title());
        step.about()
                .forEach((name, value) ->
                        text.append(' ').append(name).append('=').append(value));
        return new Unknown().name(text.toString()).replace('\n', ' ').replace(folder, "$box");
    }
}

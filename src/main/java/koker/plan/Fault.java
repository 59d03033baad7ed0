package koker.plan;

import koker.kernel.Errno;

/**
 * A step that is to fail without being made, to see what happens then.
 *
 * @param step which one; the first of its calls fails, or the call that is named
 * @param errno how
 */
public record Fault(NthStep step, Errno errno) {
    /**
     * Reads {@code STEP[#N]=ERRNO}, such as {@code mount#2=EINVAL}.
     *
     * @throws IllegalArgumentException if it is not of that form, or there is no such step or error
     */
    public static Fault parse(String text) {
        var sign = text.indexOf('=');
        if (sign < 0) {
            throw new IllegalArgumentException("expected STEP[#N]=ERRNO, such as mount#2=EINVAL");
        }
        var step = NthStep.parse(text.substring(0, sign));
        for (var errno : Errno.values()) {
            if (errno.name().equals(text.substring(sign + 1))) {
                return new Fault(step, errno);
            }
        }
        throw new IllegalArgumentException(
                "there is no error '" + text.substring(sign + 1) + "'; see: koker explain --list");
    }
}

package koker.trace;

import koker.kernel.Event.Side;

/** What the calls of a thread are made for just now, and what was told of that already. */
final class Heading {
    private final Subject subject;
    private String name;
    private boolean shown;
    private int number;
    private Side side;

    Heading(Subject subject) {
        this.subject = subject;
    }

    Subject subject() {
        return subject;
    }

    /** The name of the subject, which takes a while to find out. */
    String name() {
        if (name == null) {
            name = subject.name();
        }
        return name;
    }

    /** True when first asked. */
    boolean first() {
        var first = !shown;
        shown = true;
        return first;
    }

    /** The number under which calls of {@code who} are recorded; 0 if there is none yet. */
    int number(Side who) {
        return who == side ? number : 0;
    }

    /** From now on, calls of {@code who} are recorded under {@code next}: whatever koker does between two steps of another process is no part of them. */
    void number(Side who, int next) {
        side = who;
        number = next;
    }
}

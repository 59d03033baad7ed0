package koker.trace;

import java.util.TimeZone;

/** The time of day, such as {@code 11:08AM}; it is put into words once a minute, which many lines share. */
final class TimeOfDay {
    private static final long MINUTE = 60_000;
    private static final long HOUR = 60 * MINUTE;

    private volatile Minute last = new Minute(-1, "");

    private record Minute(long number, String text) {}

    @Override
    public String toString() {
        var now = System.currentTimeMillis();
        var minute = last;
        if (minute.number != now / MINUTE) {
            minute = new Minute(now / MINUTE, words(now + TimeZone.getDefault().getOffset(now)));
            last = minute;
        }
        return minute.text;
    }

    /** By hand: java.time reads the rules of all the world's zones once more, which takes longer than a container's other files. */
    private static String words(long local) {
        var hour = (int) (local / HOUR % 24);
        var minute = (int) (local / MINUTE % 60);
        return (hour + 11) % 12 + 1 + (minute < 10 ? ":0" : ":") + minute + (hour < 12 ? "AM" : "PM");
    }
}

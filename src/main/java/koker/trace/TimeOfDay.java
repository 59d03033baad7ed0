package koker.trace;

import java.time.LocalTime;

/** The time of day, such as {@code 11:08AM}; it is put into words once a minute, which many lines share. */
final class TimeOfDay {
    private static final long MINUTE = 60_000;

    private volatile Minute last = new Minute(-1, "");

    private record Minute(long number, String text) {}

    @Override
    public String toString() {
        var number = System.currentTimeMillis() / MINUTE;
        var minute = last;
        if (minute.number != number) {
            minute = new Minute(number, words(LocalTime.now()));
            last = minute;
        }
        return minute.text;
    }

    private static String words(LocalTime now) {
        var hour = (now.getHour() + 11) % 12 + 1;
        return hour + (now.getMinute() < 10 ? ":0" : ":") + now.getMinute() + (now.getHour() < 12 ? "AM" : "PM");
    }
}

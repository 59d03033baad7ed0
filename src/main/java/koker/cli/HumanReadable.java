package koker.cli;

import java.time.Instant;

/** Times and sizes as Docker writes them. Not with String.format, whose first use takes longer than all else here. */
final class HumanReadable {
    private static final String[] UNITS = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    private static final long MICRO = 1000;
    private static final long MILLI = 1000 * MICRO;
    private static final long SECOND = 1000 * MILLI;
    private static final int MINUTE = 60;
    private static final int HOUR = 60 * MINUTE;
    private static final int HOURS_OF_DAY = 24;

    private HumanReadable() {}

    /** How long ago something was: in the largest unit of which there are two. An unknown time is the epoch. */
    static String age(Instant then, Instant now) {
        return age(then.toEpochMilli(), now.toEpochMilli());
    }

    /** The same, for times in milliseconds since 1970. */
    static String age(long then, long now) {
        return then == 0 ? "N/A" : duration(then, now) + " ago";
    }

    /** A short time, in the unit of which there are some. */
    static String nanos(long nanos) {
        if (nanos < MILLI) {
            return nanos / MICRO + " µs";
        }
        return nanos < SECOND ? tenths(nanos, MILLI) + " ms" : tenths(nanos, SECOND) + " s";
    }

    private static String tenths(long nanos, long unit) {
        return nanos / unit + "." + nanos % unit / (unit / 10);
    }

    /** How long it is from {@code then} to {@code now}, in milliseconds since 1970. */
    static String duration(long then, long now) {
        long seconds = (now - then) / 1000;
        if (seconds < 1) {
            return "Less than a second";
        }
        if (seconds < MINUTE) {
            return seconds == 1 ? "1 second" : seconds + " seconds";
        }
        long minutes = seconds / MINUTE;
        if (minutes < 60) {
            return minutes == 1 ? "About a minute" : minutes + " minutes";
        }
        long hours = (seconds + HOUR / 2) / HOUR;
        if (hours < 2 * HOURS_OF_DAY) {
            return hours == 1 ? "About an hour" : hours + " hours";
        }
        long days = hours / HOURS_OF_DAY;
        if (days < 2 * 7) {
            return days + " days";
        }
        if (days < 2 * 30) {
            return days / 7 + " weeks";
        }
        return days < 2 * 365 ? days / 30 + " months" : days / 365 + " years";
    }

    /** In decimal units, three digits. */
    static String size(long bytes) {
        var unit = 0;
        double value = bytes;
        while (value >= 999.5 && unit < UNITS.length - 1) {
            value /= 1000;
            unit++;
        }
        if (unit == 0 || value >= 99.95) {
            return Math.round(value) + UNITS[unit];
        }
        return value >= 9.995
                ? decimal(Math.round(value * 10), 1) + UNITS[unit]
                : decimal(Math.round(value * 100), 2) + UNITS[unit];
    }

    /** Without zeros at the end: 4.2, not 4.20. */
    private static String decimal(long digits, int places) {
        while (places > 0 && digits % 10 == 0) {
            digits /= 10;
            places--;
        }
        if (places == 0) {
            return Long.toString(digits);
        }
        var scale = places == 1 ? 10 : 100;
        var rest = Long.toString(digits % scale);
        return digits / scale + "." + "0".repeat(places - rest.length()) + rest;
    }
}

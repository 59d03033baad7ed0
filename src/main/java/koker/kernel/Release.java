package koker.kernel;

/** The version of Linux that runs, as far as it says what system calls there are: {@code major.minor} of uname(2). */
public record Release(int major, int minor) {
    /** That of this machine. */
    public static final Release CURRENT = parse(System.getProperty("os.version"));

    /** That of {@code text}, such as 6.1.0-18-amd64; what is no number counts as 0. */
    static Release parse(String text) {
        var dot = text.indexOf('.');
        return new Release(number(text, 0), dot < 0 ? 0 : number(text, dot + 1));
    }

    /** Whether it is that version or a later one. */
    public boolean isAtLeast(int major, int minor) {
        return this.major > major || this.major == major && this.minor >= minor;
    }

    private static int number(String text, int from) {
        var number = 0;
        for (var i = from; i < text.length() && Character.isDigit(text.charAt(i)); i++) {
            number = 10 * number + text.charAt(i) - '0';
        }
        return number;
    }
}

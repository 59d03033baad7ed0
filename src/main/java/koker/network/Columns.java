package koker.network;

import java.util.ArrayList;
import java.util.List;

/** Lines of a drawing with two columns: a tall box on the left, smaller ones on the right, and cables between them; 80 letters wide. */
final class Columns {
    private static final int WIDTH = 80;
    private static final int LEFT = 32;
    private static final int GAP = 4;
    private static final int RIGHT = WIDTH - LEFT - GAP - 8;
    private static final String INDENT = "      ";

    private final List<String> lines = new ArrayList<>();

    /** Text on the left alone. */
    void left(String text) {
        for (var piece : pieces(text, LEFT)) {
            lines.add(leftBox(piece));
        }
    }

    /** The upper side of a box on the right. */
    void open(String left, String title) {
        var shown = title.length() > RIGHT - 4 ? title.substring(0, RIGHT - 4) : title;
        lines.add(
                leftBox(left) + " ".repeat(GAP) + "+-- " + shown + " " + "-".repeat(RIGHT - 2 - shown.length()) + "+");
    }

    /** Text in both columns; what is empty on the right is outside of a box. */
    void both(String left, String right) {
        if (right.isEmpty()) {
            left(left);
            return;
        }
        for (var piece : pieces(right, RIGHT)) {
            lines.add(leftBox(left) + " ".repeat(GAP) + "| " + pad(piece, RIGHT, ' ') + " |");
        }
    }

    /** The ends of a cable; it is drawn if it {@code isWhole}. */
    void cable(String left, boolean isWhole, String right) {
        var fill = isWhole ? '=' : ' ';
        var end = isWhole ? "=" + right.replaceFirst("^ ", "=") : " " + right;
        lines.add("| " + pad(left + " ", LEFT + 1, fill) + "|" + (isWhole ? "=".repeat(GAP) : " X  ") + "|"
                + pad(end, RIGHT + 1, ' ') + " |");
    }

    /** The lower side of a box on the right. */
    void close(String left) {
        lines.add(leftBox(left) + " ".repeat(GAP) + "+" + "-".repeat(RIGHT + 2) + "+");
    }

    /** The whole drawing. */
    String drawn() {
        return "+-- host " + "-".repeat(LEFT - 6) + "+\n" + String.join("\n", lines) + "\n+" + "-".repeat(LEFT + 2)
                + "+\n";
    }

    /** Appends a long line as several. */
    static void wrap(StringBuilder text, String line) {
        var length = 0;
        for (var word : line.split(" ")) {
            if (length > 0 && length + 1 + word.length() > WIDTH) {
                text.append('\n').append(INDENT).append(word);
                length = INDENT.length() + word.length();
            } else {
                text.append(length > 0 ? " " : "  ").append(word);
                length += word.length() + (length > 0 ? 1 : 2);
            }
        }
        text.append('\n');
    }

    private static String leftBox(String text) {
        return "| " + pad(text, LEFT, ' ') + " |";
    }

    /** Pieces that fit; further ones stand a little to the right. */
    private static List<String> pieces(String text, int width) {
        var pieces = new ArrayList<String>();
        var rest = text;
        while (rest.length() > width) {
            var at = rest.lastIndexOf(' ', width);
            var end = at > INDENT.length() ? at : width;
            pieces.add(rest.substring(0, end).stripTrailing());
            rest = INDENT + rest.substring(end).strip();
        }
        pieces.add(rest);
        return pieces;
    }

    private static String pad(String text, int width, char with) {
        var shown = text.length() > width ? text.substring(0, width) : text;
        return shown + Character.toString(with).repeat(width - shown.length());
    }
}

package koker.image;

import java.io.IOException;

/** Where the entries of an archive, or of another tree, go. What has the name of one makes way for it. */
sealed interface EntrySink permits LayerTree, CopyTree {
    /**
     * Counts an entry.
     *
     * @throws ImageException if it is one too many
     */
    void count();

    /** Takes an entry whose name has a meaning of its own; false if this one's has not. */
    boolean takesMarker(EntryName name);

    /** Makes a folder, or gives one that is there these attributes. */
    void folder(EntryName name, Attributes attributes);

    /** Makes a file. */
    void file(EntryName name, Attributes attributes, Content content) throws IOException;

    /** Makes a symbolic link to {@code target}, whatever that may be. */
    void symbolicLink(EntryName name, String target, Attributes attributes);

    /** Another name for a file that was made before; all else it has from there. */
    void hardLink(EntryName name, EntryName target);

    /** A device node or a FIFO, never opened: that may block, or do whatever the device does. */
    void node(EntryName name, int type, int major, int minor, Attributes attributes);

    /** What is in a file. */
    @FunctionalInterface
    interface Content {
        void fill(NewFile file) throws IOException;
    }
}

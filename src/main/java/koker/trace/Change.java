package koker.trace;

/**
 * What a step changes in the picture of a container.
 *
 * @param kind what is there, or no longer there, or known from now on
 * @param key which one of them
 * @param value what is said of it
 */
record Change(Kind kind, String key, String value) {
    /** Kinds of things in the picture. */
    enum Kind {
        /** A process: its role, and its number. */
        PROCESS,
        /** A namespace: its type, and whether it is new or was joined. */
        NAMESPACE,
        /** A layer of the image; the key is its folder. */
        LAYER,
        /** One of the other folders of an overlay: upper or work. */
        FOLDER,
        /** A mount in the container: where it is, and of which type. */
        MOUNT,
        /** The container's root is now the folder that the key says: what is below it is known by another path, all else is gone. */
        ROOT,
        /** A cgroup: its folder. */
        CGROUP,
        /** A cgroup, or a folder of an overlay, that was removed. */
        GONE,
        /** A limit: the file, and what was written to it. */
        LIMIT,
        /** The container's process is in a cgroup: its folder. */
        MEMBER,
        /** A link of the host's: its name, and its kind. */
        HOST_LINK,
        /** A link of the container's: its name, and the other end. */
        LINK,
        /** An address: the link, and the address. */
        ADDRESS,
        /** A route: the gateway. */
        ROUTE,
        /** The firewall: how it was changed. */
        FIREWALL,
        /** Something that is known of the container's process: a name, and the value. */
        TRAIT,
        /** The container's process has ended, and with it go its namespaces and what is in them. */
        END
    }
}

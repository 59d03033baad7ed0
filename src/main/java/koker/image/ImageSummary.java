package koker.image;

/**
 * What a list shows of an image under one of its names; they are listed the newest first.
 *
 * @param repository as Docker shows it, empty where it has no name
 * @param tag empty where it has none
 * @param digest to pull the same by
 * @param id the digest of its configuration
 * @param created milliseconds since 1970, 0 where it is not known
 * @param size how many bytes its layers have as they are stored
 */
public record ImageSummary(String repository, String tag, String digest, String id, long created, long size)
        implements Comparable<ImageSummary> {
    // Not Comparator's methods: each makes a class while koker runs, 10 ms in all.
    @Override
    public int compareTo(ImageSummary other) {
        if (created != other.created) {
            return Long.compare(other.created, created);
        }
        var order = repository.compareTo(other.repository);
        return order != 0 ? order : tag.compareTo(other.tag);
    }
}

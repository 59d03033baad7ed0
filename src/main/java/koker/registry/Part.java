package koker.registry;

import koker.image.Descriptor;

/**
 * What an image is made of: one of the blobs that a pull brings.
 *
 * @param kind "index", "manifest", "config" or "layer"
 * @param isHere whether it need not be brought
 */
public record Part(String kind, Descriptor blob, boolean isHere) {}

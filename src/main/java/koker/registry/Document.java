package koker.registry;

import koker.image.Digest;

/** A manifest or index, as the registry has it. */
record Document(String mediaType, Digest digest, byte[] bytes) {}

/**
 * Brings images from registries, and to them (OCI distribution-spec 1.1): one class for each step of the protocol. It
 * starts at {@link koker.registry.Pull} and {@link koker.registry.Push}; which way leads to a registry, and who asks there,
 * is put together in {@code Access}.
 */
package koker.registry;

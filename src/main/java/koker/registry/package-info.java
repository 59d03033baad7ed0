/**
 * Fetches images from a registry (OCI distribution-spec 1.1): one class for each step of the protocol. It starts at {@link
 * koker.registry.Pull}.
 */
package koker.registry;

/** The lifecycle of containers as the OCI runtime-spec has it (runtime.md): made from a bundle, for engines that keep it. */
package koker.oci;

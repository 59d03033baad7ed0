/** The OCI runtime specification's config.json, as values. */
package koker.spec;

/** The OCI runtime: from a config.json to a plan. */
package koker.runtime;

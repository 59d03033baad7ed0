/** The verbs over containers, as users know them. */
package koker.engine;

/** koker, a container engine that shows how it is done. */
package koker;

/** Interpreters that write a plan down for others to carry out, as a program without koker. */
package koker.emit;

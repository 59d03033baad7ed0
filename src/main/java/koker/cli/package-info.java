/** The command line: one class for each command, which parses, calls the engine and prints. */
package koker.cli;

/** The only door to Linux: system calls, their numbers and constants, and the stub that makes them in a new process. */
package koker.kernel;

/** A container as a program of system calls: the steps, the plan that lists them, and what carries a plan out. */
package koker.plan;

/** Control groups, in the forms that a host may have them: what to make, to join, to write and to show. */
package koker.cgroup;

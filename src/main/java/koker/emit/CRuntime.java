package koker.emit;

/** What each program in C has around the steps: how errors are told, and how things are taken away in the end. */
final class CRuntime {
    private CRuntime() {}

    /** The whole program: {@code title} above, and the functions that {@code body}, the rest of main, calls. */
    static String around(String title, String body) {
        var links = body.contains("ask(");
        var rules = body.contains(" rule(");
        var tables = body.contains(" nft_table(");
        return title
                + HEAD
                + (body.contains("joined(") ? JOINED : "")
                + UNDO
                + (body.contains("remove_cgroup") ? CGROUP : "")
                + (body.contains("remove_file") ? FILE : "")
                + (links ? LINKS : "")
                + (body.contains("remove_link") ? REMOVE_LINK : "")
                + (rules || tables ? RUN : "")
                + (rules ? RULES : "")
                + (tables ? TABLES : "")
                + END
                + (body.contains("enter_pid_namespace(") ? CHILD : "")
                + (body.contains("stay_as_init(") ? INIT : "")
                + MAIN
                + (body.contains("cgroup = checked") ? "    long cgroup;\n" : "")
                + (body.contains("host_links") ? "    long host_links;\n" : "")
                + (body.contains("inside_links") ? "    long inside_links;\n" : "")
                + (links ? "    unsigned char *message;\n" : "")
                + body;
    }

    private static final String HEAD = """
            #define _GNU_SOURCE
            #include <err.h>
            #include <errno.h>
            #include <fcntl.h>
            #include <ftw.h>
            #include <signal.h>
            #include <stdarg.h>
            #include <stdio.h>
            #include <stdlib.h>
            #include <string.h>
            #include <sys/socket.h>
            #include <sys/stat.h>
            #include <sys/syscall.h>
            #include <sys/sysmacros.h>
            #include <sys/wait.h>
            #include <time.h>
            #include <unistd.h>

            static char box[] = "/tmp/koker.XXXXXX"; /* the container's own files */
            static int inside;                      /* whether this is the new process */
            static long pid;                        /* that of the container, as the host knows it */

            /* What a call returned, unless it failed by an error that is not among those that may be; 0 ends them. */
            static long checked(long result, const char *step, ...)
            {
                int reason = errno, allowed;
                va_list all;

                if (result >= 0) {
                    return result;
                }
                va_start(all, step);
                while ((allowed = va_arg(all, int)) != 0 && allowed != reason) {
                }
                va_end(all);
                if (allowed == 0) {
                    errno = reason;
                    err(125, "%s", step);
                }
                return result;
            }
            """;

    private static final String JOINED = """

            /* Several strings in one; a null pointer ends them. */
            static char *joined(const char *first, ...)
            {
                char *text = calloc(1, 1 << 16);
                va_list all;

                if (text == NULL) {
                    err(125, "memory");
                }
                va_start(all, first);
                for (const char *part = first; part != NULL; part = va_arg(all, const char *)) {
                    strncat(text, part, (1 << 16) - 1 - strlen(text));
                }
                va_end(all);
                return text;
            }
            """;

    private static final String UNDO = """

            /* What is to be done in the end, the last one first. */
            static struct { void (*how)(char **); char **what; } undo[512];
            static int undos;

            static void later(void (*how)(char **), char **what)
            {
                int words = 1;

                if (undos == 512) {
                    errx(125, "there is too much to be taken away in the end");
                }
                while (what[words - 1] != NULL) {
                    words++;
                }
                undo[undos].how = how;
                undo[undos].what = malloc(words * sizeof *what);
                if (undo[undos].what == NULL) {
                    err(125, "memory");
                }
                memcpy(undo[undos++].what, what, words * sizeof *what);
            }

            static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *where)
            {
                (void)status;
                (void)where;
                return kind == FTW_DP ? rmdir(path) : unlink(path);
            }

            static void remove_box(char **what)
            {
                nftw(what[0], remove_entry, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
            }
            """;

    private static final String CGROUP = """

            /* A cgroup can be removed when its last process is gone, which takes a moment. */
            static void remove_cgroup(char **what)
            {
                for (int i = 0; i < 200 && rmdir(what[0]) != 0 && errno == EBUSY; i++) {
                    nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
                }
            }
            """;

    private static final String FILE = """

            static void remove_file(char **what)
            {
                unlink(what[0]);
            }
            """;

    private static final String LINKS = """

            static void put(unsigned char *place, int number)
            {
                memcpy(place, &number, sizeof number);
            }

            /* A message to the kernel's network, and its answer: the number of a link if there is one. See rtnetlink(7). */
            static int ask(long socket, const unsigned char *message, size_t size, const char *step)
            {
                union { char bytes[32768]; struct { unsigned size; unsigned short type, flags; unsigned sequence, port; int words[2]; } head; } answer;

                checked(send((int)socket, message, size, 0), step, 0);
                checked(recv((int)socket, &answer, sizeof answer, 0), step, 0);
                if (answer.head.type == 2 /* NLMSG_ERROR */) {
                    errno = -answer.head.words[0];
                    checked(answer.head.words[0], step, EEXIST_OF(message), 0);
                    return 0;
                }
                return answer.head.words[1];
            }

            static int number_of(long socket, const char *link)
            {
                unsigned char message[52] = {52, 0, 0, 0, 18 /* RTM_GETLINK */, 0, 1 /* NLM_F_REQUEST */};

                message[32] = (unsigned char)(4 + strlen(link) + 1);
                message[34] = 3; /* IFLA_IFNAME */
                strncpy((char *)message + 36, link, 15);
                return ask(socket, message, sizeof message, link);
            }
            """.replace(
                    "EEXIST_OF(message)",
                    "message[4] == 20 /* RTM_NEWADDR */ || message[4] == 24 /* RTM_NEWROUTE */ ? EEXIST : 0");

    private static final String REMOVE_LINK = """

            static void remove_link(char **what)
            {
                unsigned char message[32] = {32, 0, 0, 0, 17 /* RTM_DELLINK */, 0, 5 /* NLM_F_REQUEST|NLM_F_ACK */};
                int links = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0);

                put(message + 20, number_of(links, what[0]));
                ask(links, message, sizeof message, what[0]);
                close(links);
            }
            """;

    private static final String RUN = """

            /* Runs a program to its end, and returns its status. */
            static int run(char **words, int silent)
            {
                int status;
                pid_t child = fork();

                if (child == 0) {
                    sigset_t none;
                    int nothing = open("/dev/null", O_RDWR);

                    sigemptyset(&none);
                    sigprocmask(SIG_SETMASK, &none, NULL);
                    if (silent) {
                        dup2(nothing, 2);
                    }
                    execvp(words[0], words);
                    _exit(127);
                }
                return child < 0 || waitpid(child, &status, 0) < 0 ? -1 : status;
            }
            """;

    private static final String RULES = """

            static void run_silently(char **words)
            {
                run(words, 1);
            }

            /* PROGRAM -w -t TABLE -A|-I|-N CHAIN ...: a rule or a chain, unless it is there. */
            static void rule(char **words)
            {
                char *how = words[4];
                int chain = strcmp(how, "-N") == 0;

                words[4] = "-C";
                if (chain || run(words, 1) != 0) {
                    words[4] = how;
                    if (run(words, chain) == 0) {
                        words[4] = chain ? "-X" : "-D";
                        later(run_silently, words);
                    } else if (!chain) {
                        errx(125, "Restore rules: %s failed", words[0]);
                    }
                }
            }
            """;

    private static final String TABLES = """

            static void nft(char **words)
            {
                if (run(words, 0) != 0) {
                    errx(125, "Change rules: nft failed");
                }
            }

            static void nft_remove_table(char **what)
            {
                run((char *[]){"nft", "delete", "table", "inet", what[0], NULL}, 1);
            }

            /* A table of nf_tables, unless it is there. */
            static void nft_table(char *table)
            {
                char command[256];
                FILE *list;

                snprintf(command, sizeof command, "nft list table inet %s >/dev/null 2>&1", table);
                list = popen(command, "r");
                if (list == NULL || pclose(list) != 0) {
                    nft((char *[]){"nft", "add", "table", "inet", table, NULL});
                    later(nft_remove_table, (char *[]){table, NULL});
                }
            }

            static void nft_chain(char *table, char *chain, char *hook)
            {
                nft((char *[]){"nft", "add", "chain", "inet", table, chain, hook, NULL});
            }

            /* The number by which the kernel knows a rule, which goes by that alone; an empty string if it is not there. */
            static void nft_handle(const char *table, const char *chain, const char *rule, char handle[32])
            {
                char command[256], line[4096];
                size_t length = strlen(rule);
                FILE *list;

                snprintf(command, sizeof command, "nft -a list chain inet %s %s", table, chain);
                list = popen(command, "r");
                handle[0] = 0;
                while (list != NULL && fgets(line, sizeof line, list) != NULL) {
                    const char *text = line + strspn(line, "\\t");

                    if (strncmp(text, rule, length) == 0 && strncmp(text + length, " # handle ", 10) == 0) {
                        snprintf(handle, 32, "%ld", atol(text + length + 10));
                    }
                }
                if (list != NULL) {
                    pclose(list);
                }
            }

            static void nft_remove_rule(char **what)
            {
                char handle[32];

                nft_handle(what[0], what[1], what[2], handle);
                run((char *[]){"nft", "delete", "rule", "inet", what[0], what[1], "handle", handle, NULL}, 1);
            }

            /* A rule, unless it is there. */
            static void nft_rule(char *how, char *table, char *chain, char *rule)
            {
                char handle[32];

                nft_handle(table, chain, rule, handle);
                if (handle[0] == 0) {
                    nft((char *[]){"nft", how, "rule", "inet", table, chain, rule, NULL});
                    later(nft_remove_rule, (char *[]){table, chain, rule, NULL});
                }
            }
            """;

    private static final String END = """

            static void finish(void)
            {
                if (inside) {
                    return;
                }
                if (pid > 0) {
                    kill((pid_t)pid, SIGKILL);
                    waitpid((pid_t)pid, NULL, 0);
                }
                while (undos > 0) {
                    undos--;
                    undo[undos].how(undo[undos].what);
                }
            }

            /* The first of the paths that can be executed. One that is there and is refused says more than one that is not. */
            static void become(char **paths, char **arguments, char **environment)
            {
                int reason = ENOENT;

                for (; *paths != NULL; paths++) {
                    execve(*paths, arguments, environment);
                    if (errno != ENOENT && errno != ENOTDIR) {
                        reason = errno;
                    }
                }
                errno = reason;
                err(reason == ENOENT ? 127 : 126, "Execute %s", arguments[0]);
            }

            /* Tells the container to go on, waits for its end or a signal, and returns the status to exit with. */
            static int ended(long container, int go)
            {
                sigset_t signals;
                int signal, status;

                send(go, ".", 1, MSG_NOSIGNAL);
                sigprocmask(SIG_BLOCK, NULL, &signals);
                do {
                    sigwait(&signals, &signal);
                    if (signal != SIGCHLD) {
                        return 128 + signal;
                    }
                } while (waitpid((pid_t)container, &status, WNOHANG) != container);
                pid = 0;
                return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            }
            """;

    private static final String CHILD = """

            /* Only a child is in the PID namespace that was joined. Whoever stays outside ends as it does. */
            static void enter_pid_namespace(void)
            {
                int status;
                pid_t child = fork();

                if (child < 0) {
                    err(125, "Enter PID namespace");
                }
                if (child > 0) {
                    while (waitpid(child, &status, 0) != child) {
                    }
                    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
                }
            }
            """;

    private static final String INIT = """

            /* The command is a child, which gets the signals; what is orphaned is reaped, and the end of the command is the end. */
            static void stay_as_init(char **paths, char **arguments, char **environment)
            {
                sigset_t signals;
                int signal, status;
                pid_t command, dead;

                syscall(SYS_prctl, 4L /* PR_SET_DUMPABLE */, 0L);
                syscall(SYS_prctl, 15L /* PR_SET_NAME */, "koker-init");
                sigfillset(&signals);
                sigprocmask(SIG_SETMASK, &signals, NULL);
                command = fork();
                if (command < 0) {
                    err(125, "Start init");
                }
                if (command == 0) {
                    setpgid(0, 0);
                    sigemptyset(&signals);
                    sigaddset(&signals, SIGCONT);
                    sigwait(&signals, &signal); /* until the init has let go of what is open here */
                    tcsetpgrp(0, getpid()); /* of a terminal, if there is one: what is typed there comes to it alone */
                    sigemptyset(&signals);
                    sigprocmask(SIG_SETMASK, &signals, NULL);
                    become(paths, arguments, environment);
                }
                syscall(SYS_close_range, 3L, ~0L, 0L);
                kill(command, SIGCONT);
                for (;;) {
                    sigwait(&signals, &signal);
                    if (signal != SIGCHLD) {
                        kill(command, signal);
                        continue;
                    }
                    while ((dead = waitpid(-1, &status, WNOHANG)) > 0) {
                        if (dead == command) {
                            _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
                        }
                    }
                }
            }
            """;

    private static final String MAIN = """

            int main(void)
            {
                sigset_t signals;

                /* Who starts it in the background may have it ignore some, which the container would inherit. */
                signal(SIGHUP, SIG_DFL);
                signal(SIGINT, SIG_DFL);
                signal(SIGQUIT, SIG_DFL);
                signal(SIGTERM, SIG_DFL);
                sigemptyset(&signals);
                sigaddset(&signals, SIGHUP);
                sigaddset(&signals, SIGINT);
                sigaddset(&signals, SIGTERM);
                sigaddset(&signals, SIGCHLD);
                sigprocmask(SIG_SETMASK, &signals, NULL);
                umask(022);
                if (mkdtemp(box) == NULL) {
                    err(125, "%s", box);
                }
                atexit(finish);
                later(remove_box, (char *[]){box, NULL});
            """;
}

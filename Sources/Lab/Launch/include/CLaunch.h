#ifndef VIPAGENT_CLAUNCH_H
#define VIPAGENT_CLAUNCH_H

/* Starts a program on a lab host. Only C can do this: between fork and exec a process that had several threads may
   call nothing but async-signal-safe functions (signal-safety(7)), and Swift promises that of none of its own. */

#include <sys/types.h>

struct claunch_program {
    const char *path;
    char *const *arguments;   /* with the program's name first, NULL last */
    char *const *environment; /* NAME=value, NULL last */
    const char *host_name;    /* what uname -n says inside */
    int network_namespace;    /* descriptor of /proc/.../ns/net */
    int output;               /* becomes standard output and standard error; standard input is /dev/null */
};

enum claunch_step {
    claunch_pipe,
    claunch_fork,
    claunch_prctl,
    claunch_setpgid,
    claunch_setns,
    claunch_unshare,
    claunch_sethostname,
    claunch_open,
    claunch_dup2,
    claunch_close_range,
    claunch_execve,
    claunch_pidfd_open
};

struct claunch_failure {
    int step;   /* enum claunch_step */
    int number; /* errno */
};

/* pipe2(2), close-on-exec, with ends[0], the reading one, non-blocking. */
int claunch_make_pipe(int ends[2]);

/* Starts the program as the leader of a process group of its own, with default signal handling. It gets SIGKILL when
   the calling thread ends, so call this from a thread that lives as long as the lab.
   Returns the process id and in `*pidfd` a close-on-exec descriptor for it; or -1, with `*failure` filled in. */
pid_t claunch_start(const struct claunch_program *program, int *pidfd, struct claunch_failure *failure);

/* pidfd_send_signal(2): reaches this process or none, never a later one with the same id. */
int claunch_signal(int pidfd, int signal);

/* waitpid(2) for a process that has ended: its exit code, or minus the signal that ended it. */
int claunch_reap(pid_t process);

/* PR_SET_CHILD_SUBREAPER: processes whose parents have ended become children of this process, which may reap them.
   0, or -1 with errno. */
int claunch_adopt_orphans(void);

/* openpty(3): both ends of a new pseudo-terminal, closed on exec; the master never blocks. 0, or -1 with errno. */
int claunch_open_terminal(int *master, int *slave);

/* TIOCSWINSZ: tells the programs on the terminal how large it is now (SIGWINCH). */
int claunch_resize_terminal(int master, unsigned short columns, unsigned short lines);

#endif

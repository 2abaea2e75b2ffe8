#include "CLaunch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <pty.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

int claunch_make_pipe(int ends[2])
{
    if (pipe2(ends, O_CLOEXEC) != 0) return -1;
    return fcntl(ends[0], F_SETFL, O_NONBLOCK);
}

/* Tells the parent which step failed and why, and ends. */
static _Noreturn void give_up(int report, enum claunch_step step)
{
    struct claunch_failure failure = {.step = step, .number = errno};
    ssize_t written = write(report, &failure, sizeof failure);
    _exit(written == sizeof failure ? 127 : 126);
}

/* An ignored signal stays ignored across exec, and so does a blocked one. */
static void restore_signals(void)
{
    struct sigaction standard = {.sa_handler = SIG_DFL};
    for (int number = 1; number < NSIG; number++) sigaction(number, &standard, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* The child between fork and exec: async-signal-safe calls only, no allocation. */
static _Noreturn void become(const struct claunch_program *program, pid_t parent, int report)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) give_up(report, claunch_prctl);
    if (getppid() != parent) _exit(126); /* it died before the line above took effect */
    if (setpgid(0, 0) != 0) give_up(report, claunch_setpgid);
    if (setns(program->network_namespace, CLONE_NEWNET) != 0) give_up(report, claunch_setns);
    if (unshare(CLONE_NEWUTS) != 0) give_up(report, claunch_unshare);
    if (sethostname(program->host_name, strlen(program->host_name)) != 0) give_up(report, claunch_sethostname);
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (nothing < 0) give_up(report, claunch_open);
    if (dup2(nothing, 0) < 0 || dup2(program->output, 1) < 0 || dup2(program->output, 2) < 0)
        give_up(report, claunch_dup2);
    if (close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) != 0) give_up(report, claunch_close_range);
    restore_signals();
    execve(program->path, program->arguments, program->environment);
    give_up(report, claunch_execve);
}

/* fork(2) with every signal blocked, so that no handler of the parent runs in the child. */
static pid_t fork_undisturbed(const struct claunch_program *program, const int report[2])
{
    pid_t parent = getpid();
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t child = _Fork();
    if (child == 0) become(program, parent, report[1]);
    int number = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = number;
    return child;
}

static pid_t fail(struct claunch_failure *failure, enum claunch_step step)
{
    failure->step = step;
    failure->number = errno;
    return -1;
}

/* Waits until the child runs the program, which closes the pipe, or has reported why it cannot. */
static int has_started(int report, struct claunch_failure *failure)
{
    ssize_t length;
    do length = read(report, failure, sizeof *failure);
    while (length < 0 && errno == EINTR);
    if (length < 0) fail(failure, claunch_pipe);
    return length == 0;
}

pid_t claunch_start(const struct claunch_program *program, int *pidfd, struct claunch_failure *failure)
{
    int report[2];
    if (pipe2(report, O_CLOEXEC) != 0) return fail(failure, claunch_pipe);
    pid_t child = fork_undisturbed(program, report);
    if (child < 0) fail(failure, claunch_fork);
    close(report[1]);
    int started = child > 0 && has_started(report[0], failure);
    close(report[0]);
    if (started) {
        *pidfd = pidfd_open(child, 0);
        if (*pidfd >= 0) return child;
        fail(failure, claunch_pidfd_open);
        kill(child, SIGKILL);
    }
    if (child > 0) claunch_reap(child);
    return -1;
}

int claunch_signal(int pidfd, int signal) { return pidfd_send_signal(pidfd, signal, NULL, 0); }

int claunch_reap(pid_t process)
{
    int status = 0;
    while (waitpid(process, &status, 0) < 0 && errno == EINTR) continue;
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

int claunch_adopt_orphans(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1); }

int claunch_open_terminal(int *master, int *slave)
{
    if (openpty(master, slave, NULL, NULL, NULL) != 0) return -1;
    fcntl(*slave, F_SETFD, FD_CLOEXEC);
    fcntl(*master, F_SETFD, FD_CLOEXEC);
    return fcntl(*master, F_SETFL, O_NONBLOCK);
}

int claunch_resize_terminal(int master, unsigned short columns, unsigned short lines)
{
    struct winsize size = {.ws_row = lines, .ws_col = columns};
    return ioctl(master, TIOCSWINSZ, &size);
}

/* What programs in C do to files, one function for each way. Run as `calls NAME` in the
 * directory to write in; answers 0 when every call did what it does without the shim. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <utime.h>

extern char **environ;

#define MUST(call)                                                                     \
    do {                                                                               \
        if (!(call)) {                                                                 \
            fprintf(stderr, "line %d: %s: %s\n", __LINE__, #call, strerror(errno));    \
            exit(1);                                                                   \
        }                                                                              \
    } while (0)

static int make(const char *name) {
    int file = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    MUST(file >= 0);
    MUST(write(file, "12345", 5) == 5);
    return file;
}

static void whole(const char *name) { MUST(close(make(name)) == 0); }

static void ways_to_open(void) {
    int dir = open("d", O_RDONLY | O_DIRECTORY);
    char stem[] = "stem-XXXXXX.txt", temp[] = "temp-XXXXXX", kept[] = "kept-XXXXXX";
    MUST(dir >= 0);
    MUST(close(creat("creat", 0644)) == 0);
    MUST(close(openat(dir, "openat", O_RDWR | O_CREAT, 0644)) == 0);
    MUST(close(openat(dir, "../d/./up", O_RDWR | O_CREAT, 0644)) == 0);
    MUST(close(open("empty", O_RDONLY | O_CREAT, 0644)) == 0);
    long long how[3] = {O_WRONLY | O_CREAT, 0644, 0};
    MUST(close((int)syscall(437, AT_FDCWD, "openat2", how, sizeof how)) == 0);
    MUST(close(mkstemp(temp)) == 0);
    MUST(close(mkostemp(kept, O_CLOEXEC)) == 0);
    MUST(close(mkstemps(stem, 4)) == 0);
    MUST(rename(temp, "mkstemp") == 0 && rename(kept, "mkostemp") == 0);
    MUST(rename(stem, "mkstemps") == 0);
    FILE *stream = fopen("fopen", "w");
    MUST(stream && fputs("in a buffer", stream) >= 0 && fclose(stream) == 0);
    stream = fopen("fopen-append", "a+e");
    MUST(stream && fputs("1", stream) >= 0);
    stream = freopen("freopen", "w", stream);
    MUST(stream && fputs("2", stream) >= 0 && fclose(stream) == 0);
    stream = fdopen(open("fdopen", O_WRONLY | O_CREAT, 0644), "w");
    MUST(stream && fputs("3", stream) >= 0 && fclose(stream) == 0);
}

static void ways_to_copy_descriptors(void) {
    int file = make("dup"), copy = dup(file);
    MUST(close(file) == 0 && write(copy, "67", 2) == 2 && close(copy) == 0);
    file = make("dup2");
    MUST(dup2(file, 70) == 70 && close(file) == 0 && write(70, "67", 2) == 2);
    file = make("dup3");
    MUST(dup3(file, 70, O_CLOEXEC) == 70 && close(file) == 0 && write(70, "6", 1) == 1);
    file = make("fcntl");
    copy = fcntl(file, F_DUPFD_CLOEXEC, 80);
    MUST(copy >= 80 && close(file) == 0 && write(copy, "678", 3) == 3);
    MUST(dup2(open("/dev/null", O_WRONLY), 70) == 70);
    MUST(dup2(-1, copy) == -1 && errno == EBADF && write(copy, "9", 1) == 1 && close(copy) == 0);
    make("range");
    MUST(syscall(SYS_close_range, 3, ~0U, 0) == 0 || errno == ENOSYS);
    make("range2");
    MUST(close_range(3, ~0U, 0) == 0);
    file = make("twice");
    MUST(close(file) == 0 && close(file) == -1 && errno == EBADF);
}

static void names(void) {
    int d = open("d", O_RDONLY | O_DIRECTORY), e = open("e", O_RDONLY | O_DIRECTORY);
    MUST(d >= 0 && e >= 0);
    MUST(mkdirat(d, "made", 0755) == 0 && mkdir("d/gone", 0755) == 0);
    MUST(unlinkat(d, "gone", AT_REMOVEDIR) == 0);
    whole("d/a");
    MUST(renameat(d, "a", e, "b") == 0);
    MUST(linkat(e, "b", d, "hard", 0) == 0 && link("e/b", "hard2") == 0);
    MUST(symlinkat("../e/b", d, "soft") == 0 && symlink("nowhere", "soft2") == 0);
    MUST(renameat2(e, "b", d, "hard2", RENAME_NOREPLACE) == 0);
    whole("x");
    whole("y");
    MUST(renameat2(AT_FDCWD, "x", AT_FDCWD, "y", RENAME_EXCHANGE) == 0);
    MUST(syscall(SYS_renameat2, AT_FDCWD, "x", d, "by-number", 0) == 0);
    MUST(unlink("y") == 0 && remove("d/hard") == 0 && rmdir("d/made") == 0);
    MUST(mkfifo("fifo", 0600) == 0 && mknod("node", S_IFREG | 0600, 0) == 0);
    char temp[] = "dir-XXXXXX";
    MUST(mkdtemp(temp) == temp && rename(temp, "mkdtemp") == 0);
    int hidden = open(".", O_TMPFILE | O_WRONLY, 0644);
    char link_name[64];
    snprintf(link_name, sizeof link_name, "/proc/self/fd/%d", hidden);
    MUST(hidden >= 0 && write(hidden, "x", 1) == 1);
    MUST(linkat(AT_FDCWD, link_name, AT_FDCWD, "tmpfile", AT_SYMLINK_FOLLOW) == 0);
    MUST(close(hidden) == 0);
    int file = make("before");
    MUST(rename("before", "after") == 0 && write(file, "6", 1) == 1 && close(file) == 0);
    MUST(unlink("absent") == -1 && errno == ENOENT);
}

static void attributes(void) {
    struct timespec times[2] = {{1, 2}, {3, 4}};
    struct timeval old[2] = {{1, 2}, {3, 4}};
    MUST(chmod("f0", 0600) == 0 && fchmodat(AT_FDCWD, "f1", 0600, 0) == 0);
    MUST(chown("f2", getuid(), getgid()) == 0 && lchown("f3", getuid(), getgid()) == 0);
    MUST(fchownat(AT_FDCWD, "f4", getuid(), getgid(), 0) == 0);
    MUST(utimensat(AT_FDCWD, "f5", times, 0) == 0 && utime("f6", NULL) == 0);
    MUST(utimes("f7", old) == 0 && lutimes("f8", old) == 0);
    MUST(setxattr("f9", "user.a", "b", 1, 0) == 0 || errno == ENOTSUP);
    int file = open("g0", O_RDONLY);
    MUST(file >= 0 && fchmod(file, 0600) == 0 && close(file) == 0);
    file = open("g1", O_RDONLY);
    MUST(futimens(file, times) == 0 && close(file) == 0);
    file = open("g2", O_RDONLY);
    MUST(fchown(file, getuid(), getgid()) == 0 && close(file) == 0);
    MUST(truncate("g3", 100) == 0);
    file = open("g4", O_WRONLY);
    MUST(ftruncate(file, 50) == 0 && close(file) == 0);
    file = open("g5", O_WRONLY);
    MUST(posix_fallocate(file, 0, 4096) == 0 && close(file) == 0);
}

static void kernel_copies(void) {
    int from = make("from"), pipes[2];
    MUST(close(from) == 0 && (from = open("from", O_RDONLY)) >= 0);
    int to = open("copy_file_range", O_WRONLY | O_CREAT, 0644);
    loff_t zero = 0;
    MUST(copy_file_range(from, &zero, to, NULL, 5, 0) == 5 && close(to) == 0);
    to = open("sendfile", O_WRONLY | O_CREAT, 0644);
    off_t start = 0;
    MUST(sendfile(to, from, &start, 5) == 5 && close(to) == 0);
    to = open("splice", O_WRONLY | O_CREAT, 0644);
    MUST(pipe(pipes) == 0 && write(pipes[1], "spliced", 7) == 7);
    MUST(splice(pipes[0], NULL, to, NULL, 7, 0) == 7 && close(to) == 0);
}

static void mapped(void) {
    int file = open("mapped", O_RDWR | O_CREAT, 0644);
    MUST(file >= 0 && ftruncate(file, 8192) == 0);
    char *memory = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    MUST(memory != MAP_FAILED && close(file) == 0);
    memory[4096] = 'x';
    MUST(msync(memory, 8192, MS_SYNC) == 0);
    memory[1] = 'y';
    MUST(munmap(memory, 8192) == 0);
    file = open("mapped-to-the-end", O_RDWR | O_CREAT, 0644);
    MUST(ftruncate(file, 4096) == 0);
    memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    MUST(memory != MAP_FAILED && close(file) == 0);
    memory[0] = 'z';
}

static void *write_hundred(void *number) {
    for (int i = 0; i < 100; i++) {
        char name[32];
        snprintf(name, sizeof name, "t%d-%d", (int)(long)number, i);
        whole(name);
    }
    return NULL;
}

static void threads(void) {
    pthread_t thread[8];
    pthread_attr_t small;
    MUST(pthread_attr_init(&small) == 0 && pthread_attr_setstacksize(&small, 16384) == 0);
    for (long i = 0; i < 8; i++)
        MUST(pthread_create(&thread[i], &small, write_hundred, (void *)i) == 0);
    for (int i = 0; i < 8; i++)
        MUST(pthread_join(thread[i], NULL) == 0);
}

static void *append_hundred(void *unused) {
    for (int i = 0; i < 100; i++) {
        int file = open("shared", O_WRONLY | O_APPEND | O_CREAT, 0644);
        MUST(write(file, "x\n", 2) == 2 && close(file) == 0);
    }
    return unused;
}

static void appending_threads(void) {
    pthread_t thread[8];
    for (int i = 0; i < 8; i++)
        MUST(pthread_create(&thread[i], NULL, append_hundred, NULL) == 0);
    for (int i = 0; i < 8; i++)
        MUST(pthread_join(thread[i], NULL) == 0);
}

static void forks(void) {
    int shared = make("of-the-parent");
    for (int i = 0; i < 40; i++) {
        pid_t child = fork();
        MUST(child >= 0);
        if (child == 0) {
            char name[32];
            snprintf(name, sizeof name, "child%d", i);
            int file = make(name);
            if (i % 2)
                close(file);
            _exit(0);
        }
    }
    while (wait(NULL) > 0)
        ;
    MUST(write(shared, "678", 3) == 3 && close(shared) == 0);
}

static void vforks(void) {
    int shared = make("of-the-parent");
    pid_t child = vfork();
    MUST(child >= 0);
    if (child == 0) {
        close(shared);
        int file = open("of-the-child", O_WRONLY | O_CREAT, 0644);
        dup2(file, 1);
        execl("/bin/echo", "echo", "from the child", NULL);
        _exit(127);
    }
    MUST(waitpid(child, NULL, 0) == child);
    MUST(write(shared, "678", 3) == 3 && close(shared) == 0);
}

static void spawns(void) {
    posix_spawn_file_actions_t actions;
    MUST(posix_spawn_file_actions_init(&actions) == 0);
    MUST(posix_spawn_file_actions_addopen(&actions, 1, "spawned", O_WRONLY | O_CREAT, 0644) == 0);
    char *arguments[] = {"echo", "spawned", NULL};
    pid_t child;
    MUST(posix_spawnp(&child, "echo", &actions, NULL, arguments, environ) == 0);
    MUST(waitpid(child, NULL, 0) == child);
}

static void executes(void) {
    int file = open("closed-by-exec", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    MUST(write(file, "12345", 5) == 5);
    char *arguments[] = {"true", NULL};
    execv("/bin/true", arguments);
    exit(1);
}

static void never_closes(void) {
    make("open-to-the-end");
    FILE *stream = fopen("in-a-buffer", "w");
    MUST(stream && fputs("flushed at the very end", stream) >= 0);
}

static void ends_at_once(void) {
    make("left-open");
    _exit(0);
}

static void kills_itself(void) {
    make("killed");
    raise(SIGKILL);
}

static void errnos(void) {
    int file = make("errno");
    errno = 42;
    MUST(close(file) == 0 && errno == 42);
    errno = 42;
    file = open("errno", O_WRONLY | O_APPEND);
    MUST(file >= 0 && errno == 42);
    MUST(rename("errno", "errno2") == 0 && errno == 42);
    MUST(close(file) == 0 && errno == 42);
    MUST(close(file) == -1 && errno == EBADF);
    MUST(open("absent/file", O_WRONLY | O_CREAT, 0644) == -1 && errno == ENOENT);
    MUST(fopen("absent/file", "w") == NULL && errno == ENOENT);
}

static void long_paths(void) {
    char name[256];
    memset(name, 'n', 255);
    name[255] = 0;
    for (int i = 0; i < 14; i++)
        MUST(mkdir(name, 0755) == 0 && chdir(name) == 0);
    whole("short");
    whole(name);
    MUST(rename("short", "renamed") == 0);
}

static void too_many_files(void) {
    int last = -1, file;
    whole("first");
    while ((file = open("/dev/null", O_RDONLY)) >= 0)
        last = file;
    MUST(errno == EMFILE && close(last) == 0);
    file = open("through/../last", O_WRONLY | O_CREAT, 0644);
    MUST(file == last && unlink("through/../link/removed") == 0);
    MUST(write(file, "12345", 5) == 5 && close(file) == 0);
}

static void *wait_for_a_reader(void *unused) {
    open("fifo", O_WRONLY);
    return unused;
}

static void cancelled(void) {
    pthread_t thread;
    void *outcome;
    MUST(mkfifo("fifo", 0600) == 0);
    MUST(pthread_create(&thread, NULL, wait_for_a_reader, NULL) == 0);
    usleep(50000);
    MUST(pthread_cancel(thread) == 0 && pthread_join(thread, &outcome) == 0);
    MUST(outcome == PTHREAD_CANCELED);
    whole("after");
}

static void in_signal(int number) {
    (void)number;
    whole("handled");
}

static void signals(void) {
    static char memory[16384];
    stack_t small = {.ss_sp = memory + 8192, .ss_size = 8192};
    struct sigaction action = {.sa_handler = in_signal, .sa_flags = SA_ONSTACK};
    MUST(sigaltstack(&small, NULL) == 0 && sigaction(SIGUSR1, &action, NULL) == 0);
    MUST(raise(SIGUSR1) == 0);
    for (int i = 0; i < 8192; i++)
        MUST(memory[i] == 0);
}

static const struct { const char *name; void (*run)(void); } ALL[] = {
    {"ways-to-open", ways_to_open}, {"descriptors", ways_to_copy_descriptors},
    {"names", names}, {"attributes", attributes}, {"kernel-copies", kernel_copies},
    {"mapped", mapped}, {"threads", threads}, {"appending-threads", appending_threads},
    {"forks", forks}, {"vforks", vforks}, {"spawns", spawns}, {"executes", executes},
    {"never-closes", never_closes}, {"ends-at-once", ends_at_once}, {"kills", kills_itself},
    {"cancelled", cancelled}, {"signals", signals}, {"errnos", errnos}, {"long-paths", long_paths}, {"too-many-files", too_many_files},
};

int main(int count, char **arguments) {
    for (size_t i = 0; count > 1 && i < sizeof ALL / sizeof *ALL; i++)
        if (strcmp(ALL[i].name, arguments[1]) == 0) {
            ALL[i].run();
            return 0;
        }
    return 2;
}

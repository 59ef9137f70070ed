// The first process of the lab's kernel (User-Mode Linux, see `run`). The kernel's root is the host's / over
// hostfs, read-only. This lays a throw-away overlay on it, mounts the shared folders read-write, runs one
// command, copies its output to the host, leaves its status there and powers the kernel off.
//
// LABRUN, on the kernel's command line, names the folder of this run on the host:
//   argv, env, rw   lists ended by NUL bytes: the command, its environment, the folders shared read-write
//   cwd, in         where the command starts; its standard input (when missing: empty)
//   out, err        receive the command's output
//   rc              receives its exit status in decimals; appears only when the command has ended
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define OVERLAY "/mnt"
#define NEW_ROOT OVERLAY "/root"

// One of the command's two output streams: the end of its pipe that we read, and the host's file behind it.
struct stream {
    int pipe;
    int file;
};

__attribute__((noreturn)) static void power_off(void) {
    sync();
    reboot(RB_POWER_OFF);
    for (;;) pause();
}

// To the kernel's log, which `run` shows when the kernel ends before the command does.
__attribute__((format(printf, 1, 2))) static void say(const char *format, ...) {
    char line[1024] = "<3>lab-init: ";
    size_t prefix = strlen(line);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line + prefix, sizeof line - prefix, format, arguments);
    va_end(arguments);
    int log = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
    if (log < 0 || write(log, line, strlen(line)) < 0) fprintf(stderr, "%s\n", line + 3);
    if (log >= 0) close(log);
}

static void must(bool succeeded, const char *what) {
    if (succeeded) return;
    say("%s: %s", what, strerror(errno));
    power_off();
}

static void mount_at(const char *target, const char *type, const char *options) {
    must(mkdir(target, 0755) == 0 || errno == EEXIST, target);
    must(mount(type, target, type, 0, options) == 0, target);
}

static void make_folders(const char *path) {
    char partial[PATH_MAX];
    snprintf(partial, sizeof partial, "%s", path);
    for (char *slash = partial + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = 0;
        mkdir(partial, 0755);
        *slash = '/';
    }
    mkdir(partial, 0755);
}

// The whole file, with a NUL byte after it.
static char *read_file(const char *path, size_t *length) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    must(file >= 0, path);
    size_t capacity = 65536, used = 0;
    char *bytes = malloc(capacity + 1);
    must(bytes != NULL, path);
    ssize_t count;
    while ((count = read(file, bytes + used, capacity - used)) > 0) {
        used += (size_t)count;
        if (used < capacity) continue;
        bytes = realloc(bytes, (capacity *= 2) + 1);
        must(bytes != NULL, path);
    }
    must(count == 0, path);
    close(file);
    bytes[used] = 0;
    *length = used;
    return bytes;
}

// A file of strings, each ended by a NUL byte, as an array ended by NULL.
static char **read_list(const char *path) {
    size_t length, count = 0;
    char *bytes = read_file(path, &length);
    for (size_t i = 0; i < length; i++) count += bytes[i] == 0;
    char **list = calloc(count + 1, sizeof *list);
    must(list != NULL, path);
    char *next = bytes;
    for (size_t i = 0; i < count; i++, next += strlen(next) + 1) list[i] = next;
    return list;
}

// The host's files, writable, with every write going to memory that vanishes with the kernel.
static void make_root(const char *run_folder) {
    must(mount("devtmpfs", "/dev", "devtmpfs", 0, NULL) == 0, "/dev");
    must(mount("lab", OVERLAY, "tmpfs", 0, "mode=755,size=90%") == 0, OVERLAY);
    must(mkdir(OVERLAY "/upper", 0755) == 0 && mkdir(OVERLAY "/work", 0755) == 0, OVERLAY);
    mount_at(NEW_ROOT, "overlay", "lowerdir=/,upperdir=" OVERLAY "/upper,workdir=" OVERLAY "/work");
    must(chdir(NEW_ROOT) == 0, NEW_ROOT);
    mount_at("proc", "proc", NULL);
    mount_at("sys", "sysfs", NULL);
    mount_at("sys/fs/cgroup", "cgroup2", NULL);
    mount_at("dev", "devtmpfs", NULL);
    mount_at("dev/pts", "devpts", "ptmxmode=0666,mode=620,gid=5");
    mount_at("dev/shm", "tmpfs", "mode=1777");
    mount_at("dev/mqueue", "mqueue", NULL);
    mount_at("run", "tmpfs", "mode=755");
    must(mkdir("run/lock", 0755) == 0 && mkdir("run/netns", 0755) == 0, "/run");
    must(symlink("/proc/self/fd", "dev/fd") == 0 && symlink("/proc/self/fd/0", "dev/stdin") == 0 &&
             symlink("/proc/self/fd/1", "dev/stdout") == 0 && symlink("/proc/self/fd/2", "dev/stderr") == 0,
         "/dev");
    mount_at("run/lab", "hostfs", run_folder);
    // A restart (`reboot` inside) would run the command once more, and on and on.
    int first = open("run/lab/started", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    must(first >= 0 && close(first) == 0, "the kernel was restarted; run/lab/started");
}

static void share_folders(void) {
    for (char **folder = read_list("run/lab/rw"); *folder; folder++) {
        char target[PATH_MAX];
        snprintf(target, sizeof target, NEW_ROOT "%s", *folder);
        make_folders(target);
        must(mount("hostfs", target, "hostfs", 0, *folder) == 0, *folder);
    }
}

static void enter_root(void) {
    must(syscall(SYS_pivot_root, ".", "mnt") == 0, "pivot_root");
    must(chroot(".") == 0 && chdir("/") == 0, "chroot");
    must(umount2("/mnt", MNT_DETACH) == 0, "umount /mnt");
}

static void set_up_host(void) {
    struct ifreq loopback = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    must(any >= 0 && ioctl(any, SIOCSIFFLAGS, &loopback) == 0, "lo");
    close(any);
    must(sethostname("lab", 3) == 0, "sethostname");
    struct rlimit files = {65536, 1048576}, core = {0, RLIM_INFINITY};
    must(setrlimit(RLIMIT_NOFILE, &files) == 0 && setrlimit(RLIMIT_CORE, &core) == 0, "setrlimit");
}

__attribute__((noreturn)) static void execute(char **arguments, char **environment, const char *folder) {
    environ = environment;
    if (chdir(folder) != 0) {
        fprintf(stderr, "lab: %s: %s\n", folder, strerror(errno));
        _exit(126);
    }
    execvp(arguments[0], arguments);
    int status = errno == ENOENT ? 127 : 126;
    fprintf(stderr, "lab: %s: %s\n", arguments[0], strerror(errno));
    _exit(status);
}

// Starts the command with pipes for output, since a file there would let `echo > /dev/stdout` cut it short.
static pid_t start_command(struct stream streams[2]) {
    size_t length;
    char **arguments = read_list("/run/lab/argv"), **environment = read_list("/run/lab/env");
    char *folder = read_file("/run/lab/cwd", &length);
    errno = EINVAL;
    must(arguments[0] != NULL, "argv");
    int output[2], error[2];
    must(pipe2(output, O_CLOEXEC) == 0 && pipe2(error, O_CLOEXEC) == 0, "pipe");
    int input = open("/run/lab/in", O_RDONLY | O_CLOEXEC);
    if (input < 0) input = open("/dev/null", O_RDONLY | O_CLOEXEC);
    streams[0] = (struct stream){output[0], open("/run/lab/out", O_WRONLY | O_APPEND | O_CLOEXEC)};
    streams[1] = (struct stream){error[0], open("/run/lab/err", O_WRONLY | O_APPEND | O_CLOEXEC)};
    must(input >= 0 && streams[0].file >= 0 && streams[1].file >= 0, "the command's input and output");
    pid_t command = fork();
    must(command >= 0, "fork");
    if (command == 0) {
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        setsid();
        dup2(input, 0);
        dup2(output[1], 1);
        dup2(error[1], 2);
        execute(arguments, environment, folder);
    }
    close(input);
    close(output[1]);
    close(error[1]);
    return command;
}

// Copies what is there, waiting for it if need be. False at the end of the stream.
static bool copy_some(struct stream stream) {
    char bytes[65536];
    ssize_t count = read(stream.pipe, bytes, sizeof bytes);
    if (count < 0) return errno == EINTR;
    for (ssize_t done = 0, written; done < count; done += written) {
        written = write(stream.file, bytes + done, (size_t)(count - done));
        must(written > 0, "the command's output on the host");
    }
    return count > 0;
}

// Reaps whatever ended, since orphans are ours. True when the command was among them.
static bool reap(pid_t command, int *status) {
    int ended_status;
    bool command_ended = false;
    for (pid_t ended; (ended = waitpid(-1, &ended_status, WNOHANG)) > 0;) {
        if (ended != command) continue;
        command_ended = true;
        *status = ended_status;
    }
    return command_ended;
}

// Returns the command's exit status, after everything it left behind is dead and all output is on the host.
static int attend(pid_t command, int signals, const struct stream streams[2]) {
    int status = 0;
    struct pollfd polled[] = {
        {.fd = signals, .events = POLLIN},
        {.fd = streams[0].pipe, .events = POLLIN},
        {.fd = streams[1].pipe, .events = POLLIN},
    };
    for (bool ended = false; !ended;) {
        if (poll(polled, 3, -1) < 0) continue;
        for (int i = 0; i < 2; i++) {
            // A closed stream is polled no more, or it would keep us spinning.
            if (polled[i + 1].revents && !copy_some(streams[i])) polled[i + 1].fd = -1;
        }
        if (polled[0].revents) {
            struct signalfd_siginfo ignored;
            must(read(signals, &ignored, sizeof ignored) > 0, "signalfd");
            ended = reap(command, &status);
        }
    }
    kill(-1, SIGKILL);
    while (wait(NULL) > 0 || errno == EINTR) {}
    for (int i = 0; i < 2; i++) {
        while (copy_some(streams[i])) {}
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void leave_status(int status) {
    int file = open("/run/lab/rc.new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    must(file >= 0 && dprintf(file, "%d\n", status) > 0 && fsync(file) == 0 && close(file) == 0, "rc.new");
    must(rename("/run/lab/rc.new", "/run/lab/rc") == 0, "rc");
}

int main(void) {
    char *run_folder = getenv("LABRUN");
    errno = EINVAL;
    must(run_folder != NULL, "LABRUN on the kernel's command line");
    make_root(run_folder);
    share_folders();
    enter_root();
    set_up_host();

    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    must(sigprocmask(SIG_BLOCK, &child, NULL) == 0, "sigprocmask");
    int signals = signalfd(-1, &child, SFD_CLOEXEC);
    must(signals >= 0, "signalfd");
    struct stream streams[2];
    pid_t command = start_command(streams);
    leave_status(attend(command, signals, streams));
    power_off();
}

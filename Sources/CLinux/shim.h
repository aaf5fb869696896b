// What Glibc's Swift module leaves out: epoll(7), signalfd(2), crypt(3), and calls that are variadic in C or declared only
// for _GNU_SOURCE. That macro is not defined here: with it some structures get other members than in Glibc's module, and the
// compiler refuses to join the two. Nothing here has logic of its own.
#ifndef CLINUX_SHIM_H
#define CLINUX_SHIM_H

#include <crypt.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <net/if.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/vfs.h>
#include <unistd.h>

extern int accept4(int fd, struct sockaddr *address, socklen_t *length, int flags);
extern int malloc_trim(size_t pad);
extern int syncfs(int fd);
extern void *memmem(const void *bytes, size_t count, const void *pattern, size_t pattern_count);
extern int fallocate(int fd, int mode, off_t offset, off_t length);

static inline int clinux_openat(int directory, const char *path, int flags, mode_t mode) {
    return openat(directory, path, flags, mode);
}

#ifndef O_PATH
// The module that brings fcntl.h leaves it out. The value is that of x86-64 and arm64.
#define O_PATH 010000000
#endif

/// Opens the directory for passing it on to other calls, if it is one and no symbolic link.
static inline int clinux_open_step(int directory, const char *name) {
    return openat(directory, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static inline int clinux_fcntl(int fd, int command, int argument) { return fcntl(fd, command, argument); }

// The interfaces with IPv4 addresses (netdevice(7)).
static inline int clinux_interfaces(int fd, struct ifconf *list) { return ioctl(fd, SIOCGIFCONF, list); }

static inline int clinux_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

static inline int clinux_signalfd(const sigset_t *mask) { return signalfd(-1, mask, SFD_NONBLOCK | SFD_CLOEXEC); }

static inline int clinux_epoll_add(int epoll, int fd, uint32_t events, uint64_t token) {
    struct epoll_event event = {.events = events, .data = {.u64 = token}};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

static inline int clinux_epoll_modify(int epoll, int fd, uint32_t events, uint64_t token) {
    struct epoll_event event = {.events = events, .data = {.u64 = token}};
    return epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event);
}

static inline uint64_t clinux_epoll_token(const struct epoll_event *event) { return event->data.u64; }

// The process is killed when its parent dies (prctl(2), PR_SET_PDEATHSIG).
static inline int clinux_die_with_parent(void) { return prctl(PR_SET_PDEATHSIG, 9); }

// The type of the file system that a descriptor is on (fstatfs(2), linux/magic.h); -1 where that cannot be told.
static inline int64_t clinux_file_system_type(int fd) {
    struct statfs figures;
    return fstatfs(fd, &figures) == 0 ? (int64_t)figures.f_type : -1;
}

// io_uring(7). glibc has no functions for it.
static inline int clinux_ring_setup(uint32_t entries, struct io_uring_params *params) {
    return (int)syscall(SYS_io_uring_setup, entries, params);
}

static inline int clinux_ring_submit(int ring, uint32_t count) {
    return (int)syscall(SYS_io_uring_enter, ring, count, 0, 0, NULL, 0);
}

static inline uint32_t clinux_load_acquire(const uint32_t *word) { return __atomic_load_n(word, __ATOMIC_ACQUIRE); }

static inline void clinux_store_release(uint32_t *word, uint32_t value) {
    __atomic_store_n(word, value, __ATOMIC_RELEASE);
}

// A request for fdatasync(2) or, with flags 0, fsync(2).
static inline void clinux_ring_prepare_sync(struct io_uring_sqe *entry, int fd, uint32_t flags) {
    *entry = (struct io_uring_sqe){.opcode = IORING_OP_FSYNC, .fd = fd, .fsync_flags = flags};
}

// A message of one byte with up to two descriptors (unix(7), SCM_RIGHTS).
struct clinux_descriptor_message {
    uint8_t byte;
    int count;
    int descriptors[2];
};

static inline ssize_t clinux_send_descriptors(int fd, struct clinux_descriptor_message *message) {
    union {
        struct cmsghdr header;
        uint8_t space[CMSG_SPACE(2 * sizeof(int))];
    } control = {0};
    struct iovec part = {&message->byte, 1};
    struct msghdr whole = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.space};
    whole.msg_controllen = CMSG_SPACE((size_t)message->count * sizeof(int));
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    control.header.cmsg_len = CMSG_LEN((size_t)message->count * sizeof(int));
    __builtin_memcpy(CMSG_DATA(&control.header), message->descriptors, (size_t)message->count * sizeof(int));
    return sendmsg(fd, &whole, MSG_NOSIGNAL);
}

static inline ssize_t clinux_receive_descriptors(int fd, struct clinux_descriptor_message *message) {
    union {
        struct cmsghdr header;
        uint8_t space[CMSG_SPACE(2 * sizeof(int))];
    } control = {0};
    struct iovec part = {&message->byte, 1};
    struct msghdr whole = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.space};
    whole.msg_controllen = sizeof control.space;
    ssize_t count = recvmsg(fd, &whole, MSG_CMSG_CLOEXEC);
    message->count = 0;
    if (count > 0 && whole.msg_controllen >= sizeof control.header && control.header.cmsg_type == SCM_RIGHTS) {
        message->count = (int)((control.header.cmsg_len - CMSG_LEN(0)) / sizeof(int));
        __builtin_memcpy(message->descriptors, CMSG_DATA(&control.header), (size_t)message->count * sizeof(int));
    }
    return count;
}

// SCHED_IDLE, which is declared for _GNU_SOURCE only, is 5 (sched(7)).
static inline int clinux_give_way(void) {
    struct sched_param none = {0};
    return sched_setscheduler(0, 5, &none);
}

// Up to 1,024 processors.
struct clinux_processors {
    uint64_t words[16];
};

// The processors that this process may run on (sched_getaffinity(2)); less than 0 where that fails.
static inline long clinux_processors_get(struct clinux_processors *set) {
    return syscall(SYS_sched_getaffinity, 0, sizeof *set, set->words);
}

// The process and those that it starts run on these alone (sched_setaffinity(2)); 0, or -1 where that fails.
static inline long clinux_processors_set(const struct clinux_processors *set) {
    return syscall(SYS_sched_setaffinity, 0, sizeof *set, set->words);
}

#endif

/* Preloaded into a process: makes its writes or syncs of one file fail, or kills it in the middle of one.
   STEPWRIGHT_FAULT="SUFFIX OPERATION FIRST COUNT FAULT": the calls FIRST.. of OPERATION (write, sync) on files whose name ends
   with SUFFIX get FAULT (eio, enospc, kill). A write that fails has written half. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static char suffix[64], operation[16], fault[16];
static long first, count, calls;

__attribute__((constructor)) static void read_plan(void) {
  const char *plan = getenv("STEPWRIGHT_FAULT");
  if (!plan || sscanf(plan, "%63s %15s %ld %ld %15s", suffix, operation, &first, &count, fault) != 5) abort();
}

static int hit(int fd, const char *called) {
  char link[64], name[4096];
  if (strcmp(called, operation)) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, name, sizeof name - 1);
  if (length < (ssize_t)strlen(suffix)) return 0;
  name[length] = 0;
  if (strcmp(name + length - strlen(suffix), suffix)) return 0;
  long call = __atomic_add_fetch(&calls, 1, __ATOMIC_SEQ_CST);
  return call >= first && call < first + count;
}

static int fail(void) {
  if (!strcmp(fault, "kill")) kill(getpid(), SIGKILL);
  errno = strcmp(fault, "enospc") ? EIO : ENOSPC;
  return -1;
}

static ssize_t half(const char *symbol, int fd, const void *bytes, size_t size, off_t at) {
  ssize_t (*real)(int, const void *, size_t, off_t) = dlsym(RTLD_NEXT, symbol);
  if (!hit(fd, "write")) return real(fd, bytes, size, at);
  if (strcmp(fault, "eio")) real(fd, bytes, size / 2, at);
  return fail();
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at) { return half("pwrite", fd, bytes, size, at); }
ssize_t pwrite64(int fd, const void *bytes, size_t size, off_t at) { return half("pwrite64", fd, bytes, size, at); }

static int sync_with(const char *symbol, int fd) {
  int (*real)(int) = dlsym(RTLD_NEXT, symbol);
  return hit(fd, "sync") ? fail() : real(fd);
}

int fdatasync(int fd) { return sync_with("fdatasync", fd); }
int fsync(int fd) { return sync_with("fsync", fd); }

/* Kills its own process with SIGKILL at one of the calls that change files. For LD_PRELOAD: it needs no right to trace,
 * and counts the calls of all threads together, which strace does not.
 *
 * KILL_AT=NAME:N        dies instead of the N-th call of NAME: rename, unlink, ftruncate, fdatasync, fsync or pwrite
 * KILL_AT=pwrite:N:half dies when the first half of the N-th pwrite is written
 * KILL_LIST=FILE        appends the name of each call to FILE */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
  char name[16];
  unsigned long number; /* 0: never */
  int half;
  const char* list;
} plan;

static atomic_ulong seen; /* calls of plan.name */

/* What the rest of the program would call without us. */
static struct {
  ssize_t (*pwrite64)(int, const void*, size_t, off64_t);
  int (*fdatasync)(int);
  int (*fsync)(int);
  int (*ftruncate64)(int, off64_t);
  int (*unlink)(const char*);
  int (*rename)(const char*, const char*);
} real;

static void find(void* place, const char* symbol) {
  void* address = dlsym(RTLD_NEXT, symbol);
  if (address == NULL) abort();
  memcpy(place, &address, sizeof address); /* C has no cast from a data pointer to a function's */
}

__attribute__((constructor)) static void start(void) {
  find(&real.pwrite64, "pwrite64");
  find(&real.fdatasync, "fdatasync");
  find(&real.fsync, "fsync");
  find(&real.ftruncate64, "ftruncate64");
  find(&real.unlink, "unlink");
  find(&real.rename, "rename");
  const char* at = getenv("KILL_AT");
  char half[5] = "";
  if (at != NULL && sscanf(at, "%15[a-z]:%lu:%4s", plan.name, &plan.number, half) < 2) abort();
  plan.half = strcmp(half, "half") == 0;
  plan.list = getenv("KILL_LIST");
}

/* O_APPEND with one write: lines of several threads do not mix. */
static void note(const char* name) {
  char line[20];
  const int size = snprintf(line, sizeof line, "%s\n", name);
  const int file = open(plan.list, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0 || write(file, line, (size_t)size) != size) abort();
  close(file);
}

/* True when this is the call to die at. */
static int reached(const char* name) {
  if (plan.list != NULL) note(name);
  return plan.number != 0 && strcmp(plan.name, name) == 0 && ++seen == plan.number;
}

static void die(void) { kill(getpid(), SIGKILL); }

ssize_t pwrite64(int file, const void* bytes, size_t size, off64_t offset) {
  if (reached("pwrite")) {
    if (plan.half && real.pwrite64(file, bytes, size / 2, offset) < 0) abort();
    die();
  }
  return real.pwrite64(file, bytes, size, offset);
}

int fdatasync(int file) {
  if (reached("fdatasync")) die();
  return real.fdatasync(file);
}

int fsync(int file) {
  if (reached("fsync")) die();
  return real.fsync(file);
}

int ftruncate64(int file, off64_t size) {
  if (reached("ftruncate")) die();
  return real.ftruncate64(file, size);
}

int unlink(const char* path) {
  if (reached("unlink")) die();
  return real.unlink(path);
}

int rename(const char* from, const char* to) {
  if (reached("rename")) die();
  return real.rename(from, to);
}

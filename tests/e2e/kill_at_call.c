/* Kills its own process with SIGKILL at one of the calls that change files or talk to a server. For LD_PRELOAD: it
 * needs no right to trace, and counts the calls of all threads together, which strace does not.
 *
 * KILL_AT=NAME:N        dies instead of the N-th call of NAME: rename, unlink, ftruncate, fdatasync, fsync, pwrite,
 *                       flock, recv, send; commit is a send that ends with COMMIT, begin one that begins a
 *                       transaction
 * KILL_AT=pwrite:N:half dies when the first half of the N-th pwrite is written
 * KILL_AT=NAME:N:after  dies behind the N-th send, begin or commit, before anybody can answer
 * KILL_AT=unlock:N      dies behind the N-th time that a file is given free altogether (fcntl)
 * KILL_WITH=STOP        stops instead of dying, and goes on with the call at SIGCONT
 * KILL_LIST=FILE        appends the name of each call to FILE */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

static struct {
  char name[16];
  unsigned long number; /* 0: never */
  int half, after;
  int signal;
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
  ssize_t (*send)(int, const void*, size_t, int);
  ssize_t (*recv)(int, void*, size_t, int);
  int (*fcntl64)(int, int, ...);
  int (*flock)(int, int);
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
  find(&real.send, "send");
  find(&real.recv, "recv");
  find(&real.fcntl64, "fcntl64");
  find(&real.flock, "flock");
  const char* at = getenv("KILL_AT");
  char when[6] = "";
  if (at != NULL && sscanf(at, "%15[a-z]:%lu:%5s", plan.name, &plan.number, when) < 2) abort();
  plan.half = strcmp(when, "half") == 0;
  plan.after = strcmp(when, "after") == 0;
  const char* with = getenv("KILL_WITH");
  plan.signal = with != NULL && strcmp(with, "STOP") == 0 ? SIGSTOP : SIGKILL;
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

/* To this thread: another one may take a signal to the process, and this one would go on meanwhile. */
static void die(void) { raise(plan.signal); }

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

static int holds(const char* bytes, size_t size, const char* word) {
  return memmem(bytes, size, word, strlen(word)) != NULL;
}

/* COMMIT as the last word, and not COMMITTED; one server's texts end with a NUL. */
static int commits(const char* bytes, size_t size) {
  if (size > 0 && bytes[size - 1] == 0) --size;
  return size >= 6 && memcmp(bytes + size - 6, "COMMIT", 6) == 0;
}

ssize_t send(int socket, const void* bytes, size_t size, int flags) {
  const int begins = holds(bytes, size, "BEGIN ISOLATION") || holds(bytes, size, "START TRANSACTION");
  const int now = reached(commits(bytes, size) ? "commit" : begins ? "begin" : "send");
  if (now && !plan.after) die();
  const ssize_t sent = real.send(socket, bytes, size, flags);
  if (now && plan.after) die();
  return sent;
}

ssize_t recv(int socket, void* bytes, size_t size, int flags) {
  if (reached("recv")) die();
  return real.recv(socket, bytes, size, flags);
}

int fcntl64(int file, int command, ...) {
  va_list rest;
  va_start(rest, command);
  void* argument = va_arg(rest, void*);
  va_end(rest);
  const int out = real.fcntl64(file, command, argument);
  if (command != F_SETLK) return out;
  const struct flock64* lock = argument;
  if (lock->l_type == F_UNLCK && lock->l_len == 0 && reached("unlock")) die();
  return out;
}

int flock(int file, int operation) {
  if (reached("flock")) die();
  return real.flock(file, operation);
}

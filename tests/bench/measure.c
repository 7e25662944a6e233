/* Runs a command and writes its wall time, CPU time and peak memory as JSON.
 *
 * Usage: bench_measure RESULT.json COMMAND [ARGUMENT...]. A program of its own because a child starts with the peak
 * memory of the process that forked it, and a Python interpreter's would hide a small client's. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds_of(struct timeval time) { return (double)time.tv_sec + (double)time.tv_usec / 1e6; }

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int argc, char** argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: bench_measure RESULT.json COMMAND [ARGUMENT...]\n");
    return 64;
  }
  const double start = now();
  const pid_t child = fork();
  if (child < 0) {
    perror("fork");
    return 71;
  }
  if (child == 0) {
    execvp(argv[2], argv + 2);
    perror(argv[2]);
    _exit(127);
  }
  signal(SIGINT, SIG_IGN);
  int status = 0;
  struct rusage usage;
  if (wait4(child, &status, 0, &usage) < 0) {
    perror("wait4");
    return 71;
  }
  const double wall = now() - start;
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  FILE* out = fopen(argv[1], "w");
  if (out == NULL) {
    perror(argv[1]);
    return 74;
  }
  fprintf(out, "{\"exit_code\":%d,\"wall_s\":%.6f,\"user_s\":%.6f,\"system_s\":%.6f,\"peak_rss_bytes\":%ld}\n", code,
          wall, seconds_of(usage.ru_utime), seconds_of(usage.ru_stime), usage.ru_maxrss * 1024L);
  return fclose(out) == 0 ? code : 74;
}

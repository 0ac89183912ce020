/*
 * A run that works: between its lines it computes, and it writes down how long all of it took.
 * run-writer FILE LINES LINE_BYTES LINES_PER_WRITE WORK GO_FILE RESULT_FILE
 * Waits for GO_FILE, then WORK rounds of computing before each write. RESULT_FILE gets "<began, µs since 1970> <took, µs> <processor time, µs>".
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static long long now_us(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

int main(int argc, char **argv) {
  if (argc != 8) return 2;
  int out = open(argv[1], O_WRONLY | O_APPEND);
  if (out < 0) return 3;
  long lines = atol(argv[2]);
  size_t size = (size_t)atol(argv[3]);
  long per_write = atol(argv[4]);
  long work = atol(argv[5]);
  char *block = malloc(size * (size_t)per_write + 64);
  volatile uint64_t sink = 88172645463325252ULL;
  while (access(argv[6], F_OK) != 0) usleep(1000);
  long long began = now_us(CLOCK_REALTIME), start = now_us(CLOCK_MONOTONIC), cpu = now_us(CLOCK_PROCESS_CPUTIME_ID);
  for (long i = 0; i < lines; i++) {
    char *line = block + size * (size_t)(i % per_write);
    int head = snprintf(line, size, "{\"type\":\"%s\",\"n\":%09ld,\"text\":\"", i % 25 == 0 ? "assistant___" : "stream_event", i);
    for (size_t at = (size_t)head; at < size - 3; at++) line[at] = "the tests in src/index.ts pass now, "[(at + (size_t)i) % 36];
    memcpy(line + size - 3, "\"}\n", 3);
    if ((i + 1) % per_write != 0 && i + 1 != lines) continue;
    uint64_t x = sink;
    for (long round = 0; round < work; round++) {
      x ^= x << 13;
      x ^= x >> 7;
      x ^= x << 17;
    }
    sink = x;
    size_t end = size * (size_t)(i % per_write + 1);
    for (size_t done = 0; done < end;) {
      ssize_t n = write(out, block + done, end - done);
      if (n < 0) return 5;
      done += (size_t)n;
    }
  }
  long long took = now_us(CLOCK_MONOTONIC) - start, used = now_us(CLOCK_PROCESS_CPUTIME_ID) - cpu;
  FILE *result = fopen(argv[7], "w");
  if (!result) return 4;
  fprintf(result, "%lld %lld %lld", began, took, used);
  return fclose(result) == 0 ? 0 : 6;
}

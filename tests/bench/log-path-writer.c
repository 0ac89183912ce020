/*
 * Writes lines as a program in a run does: one write(2) a line, or many (as buffered output comes).
 * writer FILE|- LINES LINE_BYTES LINES_PER_WRITE LINES_PER_SECOND PHASE_US GO_FILE START_FILE
 * Waits for GO_FILE, notes the time in START_FILE (microseconds since 1970), then writes; 0 lines a second is as fast as it can.
 * Each line is a stream-json event with its own time in it; one in 25 is a message, the others are partial ones.
 */
#define _GNU_SOURCE
#include <fcntl.h>
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
  if (argc != 9) return 2;
  int out = strcmp(argv[1], "-") == 0 ? 1 : open(argv[1], O_WRONLY | O_APPEND);
  if (out < 0) return 3;
  long lines = atol(argv[2]);
  size_t size = (size_t)atol(argv[3]);
  long per_write = atol(argv[4]);
  long rate = atol(argv[5]);
  long phase = atol(argv[6]);
  char *block = malloc(size * (size_t)per_write + 64);
  while (access(argv[7], F_OK) != 0) usleep(1000);
  long long start = now_us(CLOCK_MONOTONIC) + phase;
  FILE *stamp = fopen(argv[8], "w");
  if (!stamp) return 4;
  fprintf(stamp, "%lld", now_us(CLOCK_REALTIME));
  fclose(stamp);
  for (long i = 0; i < lines; i++) {
    if (rate > 0) {
      long long wait = start + i * 1000000LL / rate - now_us(CLOCK_MONOTONIC);
      if (wait > 0) usleep((useconds_t)wait);
    }
    char *line = block + size * (size_t)(i % per_write);
    const char *kind = i % 25 == 0 ? "assistant___" : "stream_event";
    int head = snprintf(line, size, "{\"type\":\"%s\",\"t\":%016lld,\"n\":%09ld,\"text\":\"", kind, now_us(CLOCK_REALTIME), i);
    for (size_t at = (size_t)head; at < size - 3; at++) line[at] = "the tests in src/index.ts pass now, "[(at + (size_t)i) % 36];
    memcpy(line + size - 3, "\"}\n", 3);
    if ((i + 1) % per_write != 0 && i + 1 != lines) continue;
    size_t end = size * (size_t)(i % per_write + 1);
    size_t done = 0;
    while (done < end) {
      ssize_t n = write(out, block + done, end - done);
      if (n < 0) return 5;
      done += (size_t)n;
    }
  }
  return 0;
}

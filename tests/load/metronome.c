/*
 * Stands in the place of the CLI where the model is called metronome-RATE-SECONDS: writes stream-json at a steady pace, one write(2) a
 * line, as the CLI does with partial messages, and the time of writing into each ("t:" and microseconds since 1970). Ends with a result.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CYCLE 25

static long long now_us(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static void put(const char *line) {
  size_t size = strlen(line), done = 0;
  while (done < size) {
    ssize_t n = write(1, line + done, size - done);
    if (n < 0) exit(5);
    done += (size_t)n;
  }
}

/* Of each 25 lines two begin a message, 21 are pieces of its text, one is the whole message and one its end. */
static void line(char *to, size_t size, const char *session, long number) {
  long long at = now_us(CLOCK_REALTIME);
  long message = number / CYCLE;
  const char *words = "the tests in src/index.ts pass now, and I look at what is left of the list";
  char event[512];
  switch (number % CYCLE) {
    case 0: snprintf(event, sizeof event, "{\"type\":\"message_start\",\"message\":{\"id\":\"msg_%ld\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"metronome\",\"content\":[]}}", message); break;
    case 1: snprintf(event, sizeof event, "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}"); break;
    case CYCLE - 1: snprintf(event, sizeof event, "{\"type\":\"message_stop\"}"); break;
    case CYCLE - 2:
      snprintf(to, size, "{\"type\":\"assistant\",\"message\":{\"id\":\"msg_%ld\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"metronome\",\"content\":[{\"type\":\"text\",\"text\":\"%s\"}],\"usage\":{\"input_tokens\":1,\"output_tokens\":1}},\"session_id\":\"%s\"}\n", message, words, session);
      return;
    default: snprintf(event, sizeof event, "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"line %ld: %s\\n\"}}", number, words);
  }
  snprintf(to, size, "{\"type\":\"stream_event\",\"event\":%s,\"session_id\":\"%s\",\"at\":\"t:%016lld\"}\n", event, session, at);
}

int main(int argc, char **argv) {
  const char *session = "none", *model = "";
  for (int i = 1; i + 1 < argc; i++) {
    if (strcmp(argv[i], "--session-id") == 0) session = argv[i + 1];
    if (strcmp(argv[i], "--model") == 0) model = argv[i + 1];
  }
  long rate, seconds;
  if (sscanf(model, "metronome-%ld-%ld", &rate, &seconds) != 2 || rate <= 0) return 2;
  char text[2048];
  snprintf(text, sizeof text, "{\"type\":\"system\",\"subtype\":\"init\",\"session_id\":\"%s\",\"model\":\"metronome\",\"tools\":[],\"mcp_servers\":[]}\n", session);
  put(text);
  long long start = now_us(CLOCK_MONOTONIC);
  for (long i = 0; i < rate * seconds; i++) {
    long long wait = start + i * 1000000LL / rate - now_us(CLOCK_MONOTONIC);
    if (wait > 0) usleep((useconds_t)wait);
    line(text, sizeof text, session, i);
    put(text);
  }
  put("{\"type\":\"result\",\"subtype\":\"success\",\"is_error\":false,\"result\":\"Every line was written.\",\"num_turns\":1,\"total_cost_usd\":0,\"usage\":{\"input_tokens\":1,\"output_tokens\":1}}\n");
  return 0;
}

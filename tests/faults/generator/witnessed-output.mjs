import fs from 'node:fs';

const REPORT_EVERY_MS = 200;

/** Writes to fd 1 and 2, the same bytes to /workspace/written.out and .err, and how it goes to /workspace/progress.json. */
export class WitnessedOutput {
  bytes = { out: 0, err: 0 };
  /** Lines that are JSON objects with a type, partial messages aside. */
  events = 0;
  /** Between the ends of two writes, pauses of its own included. */
  longestStallMs = 0;
  /** Within one write(2) to fd 1 or 2: how long a reader, if there were one, had kept the run waiting. */
  longestWriteMs = 0;
  #fds = { out: 1, err: 2 };
  #witness = { out: fs.openSync('/workspace/written.out', 'a'), err: fs.openSync('/workspace/written.err', 'a') };
  #began = 0;
  #wroteAt = 0;
  #reportedAt = 0;

  begin() {
    this.#began = this.#wroteAt = performance.now();
    this.report(false);
  }

  elapsedMs() {
    return performance.now() - this.#began;
  }

  write(stream, bytes) {
    writeFully(this.#witness[stream], bytes);
    const before = performance.now();
    writeFully(this.#fds[stream], bytes);
    this.bytes[stream] += bytes.length;
    const now = performance.now();
    this.longestWriteMs = Math.max(this.longestWriteMs, now - before);
    this.longestStallMs = Math.max(this.longestStallMs, now - this.#wroteAt);
    this.#wroteAt = now;
    if (now - this.#reportedAt > REPORT_EVERY_MS) this.report(false);
  }

  report(ended) {
    this.#reportedAt = performance.now();
    const { bytes, events, longestStallMs, longestWriteMs } = this;
    fs.writeFileSync('/workspace/progress.json.new', JSON.stringify({ pid: process.pid, bytes, events, longestStallMs, longestWriteMs, seconds: this.elapsedMs() / 1_000, ended }));
    fs.renameSync('/workspace/progress.json.new', '/workspace/progress.json');
  }
}

function writeFully(fd, bytes) {
  for (let at = 0; at < bytes.length; ) at += fs.writeSync(fd, bytes, at);
}

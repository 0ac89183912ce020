#!/usr/bin/env node
// Stands in the place of the CLI: writes to fd 1 and fd 2 by plain write(2) what hostile output can be made of, at a steady pace,
// and the very same bytes beside it, so that a test can compare. The prompt is JSON: {"seed", "bytes", "seconds"}.
// Begins when /workspace/go exists, and ends at the first moment after all bytes at which /workspace/enough exists.
import fs from 'node:fs';
import { hostileContent, hostileErrors } from './hostile-content.mjs';
import { randomNumbers } from './random-numbers.mjs';
import { WitnessedOutput } from './witnessed-output.mjs';

const TRICKLE_BYTES_PER_SECOND = 256 * 1024;
const LARGEST_PIECE = 64 * 1024;

fs.appendFileSync('/workspace/starts', `${process.pid}\n`);
const { seed, bytes, seconds } = readPrompt();
const credential = fs.readFileSync(Number(process.env.CLAUDE_CODE_API_KEY_FILE_DESCRIPTOR), 'latin1').trim();
fs.writeFileSync('/workspace/credential', credential); // the test masks with it what it expects
const random = randomNumbers(seed);
const output = new WitnessedOutput();
while (!fs.existsSync('/workspace/go')) sleep(10);

output.begin();
const content = hostileContent({ random, credential, bytes });
const errors = hostileErrors({ random, credential });
for (let part = content.next(); !ended(); part = content.next()) {
  writeInPieces(part.value.bytes);
  if (part.value.event) output.events++;
  if (part.value.pauseMs) sleep(part.value.pauseMs);
  if (random() < 0.05) output.write('err', errors.next().value);
}
const usage = { input_tokens: 1, output_tokens: 1 };
output.events++;
output.write('out', Buffer.from(`\n${JSON.stringify({ type: 'result', subtype: 'success', is_error: false, result: 'Everything was written.', num_turns: 1, total_cost_usd: 0, usage })}\n`));
output.report(true);

function ended() {
  return output.bytes.out >= bytes && fs.existsSync('/workspace/enough');
}

/** Pieces have no regard for lines, characters or secrets. */
function writeInPieces(whole) {
  for (let at = 0; at < whole.length; ) {
    const size = Math.min(whole.length - at, 1 + Math.floor(random() ** 3 * LARGEST_PIECE));
    output.write('out', whole.subarray(at, at + size));
    at += size;
    keepPace();
  }
}

function keepPace() {
  const { out } = output.bytes;
  const due = (Math.min(out, bytes) / bytes) * seconds + Math.max(0, out - bytes) / TRICKLE_BYTES_PER_SECOND;
  const ahead = due * 1_000 - output.elapsedMs();
  if (ahead > 1) sleep(Math.min(ahead, 250));
}

function readPrompt() {
  let line = '';
  const buffer = Buffer.alloc(4_096);
  while (!line.includes('\n')) line += buffer.toString('utf8', 0, fs.readSync(0, buffer));
  return JSON.parse(JSON.parse(line).message.content[0].text);
}

function sleep(milliseconds) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

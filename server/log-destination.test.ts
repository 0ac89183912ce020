import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, expect, it } from 'vitest';
import { LogDestination } from '@/server/log-destination';
import { meters } from '@/server/meters';

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'anyon-log-'));
const file = path.join(directory, 'log');
const lost = async () => (await meters().lostLogLines.get()).values[0]?.value ?? 0;
afterEach(() => fs.rmSync(file, { force: true }));
afterAll(() => fs.rmSync(directory, { recursive: true, force: true }));

it('E4: a full disk costs lines, not the process; they are counted, and said as soon as there is room', async () => {
  const before = await lost();
  const descriptor = fs.openSync('/dev/full', 'a');
  const destination = new LogDestination(descriptor, (lines) => `lost ${lines}`);
  for (const line of ['one\n', 'two\n', 'three\n']) destination.write(line);
  expect((await lost()) - before).toBe(3);
  fs.closeSync(descriptor);
  expect(fs.openSync(file, 'a')).toBe(descriptor); // room again: the lowest free number is the same one
  destination.write('four\n');
  destination.write('five\n');
  expect(fs.readFileSync(file, 'utf8')).toBe('lost 3\nfour\nfive\n');
  fs.closeSync(descriptor);
});

it('a reader that has gone costs lines, too', async () => {
  const before = await lost();
  const descriptor = fs.openSync(os.devNull, 'r'); // cannot be written
  new LogDestination(descriptor, String).write('one\n');
  fs.closeSync(descriptor);
  expect((await lost()) - before).toBe(1);
});

it.runIf(process.getuid?.() === 0)('a line that the full disk has cut in two does not run into the next', () => {
  const place = path.join(directory, 'small');
  fs.mkdirSync(place);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', place]);
  try {
    const descriptor = fs.openSync(path.join(place, 'log'), 'a');
    const destination = new LogDestination(descriptor, (lines) => `lost ${lines}`);
    fs.writeFileSync(path.join(place, 'filler'), 'x'.repeat(40_960));
    for (let at = 0; at < 10; at += 1) destination.write(`${String(at).repeat(5_000)}\n`);
    fs.rmSync(path.join(place, 'filler'));
    destination.write('after\n');
    fs.closeSync(descriptor);
    const lines = fs.readFileSync(path.join(place, 'log'), 'utf8').trimEnd().split('\n');
    expect(lines.at(-1)).toBe('after');
    expect(lines.at(-2)).toMatch(/^lost \d$/);
    expect(lines.at(-3)).toMatch(/^(\d)\1*$/);
  } finally {
    execFileSync('umount', [place]);
  }
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findCeiling, tooManyOpenFiles } from '@/server/containers/open-files-ceiling';

let proc = '';
beforeEach(() => {
  proc = mkdtempSync(path.join(os.tmpdir(), 'anyon-proc-'));
  mkdirSync(path.join(proc, 'sys/fs'), { recursive: true });
  writeFileSync(path.join(proc, 'sys/fs/nr_open'), '1048576\n');
});
afterEach(() => rmSync(proc, { recursive: true, force: true }));

/** All capabilities but SYS_RESOURCE, as some hosts have it. */
const without = '000001fffeffffff';
const all = '000001ffffffffff';

function addProcess(pid: number, program: string, hard: string, capabilities: string): void {
  mkdirSync(path.join(proc, String(pid)));
  writeFileSync(path.join(proc, `${pid}/comm`), `${program}\n`);
  writeFileSync(path.join(proc, `${pid}/status`), `Name:\t${program}\nCapPrm:\t${capabilities}\nCapEff:\t${capabilities}\n`);
  writeFileSync(path.join(proc, `${pid}/limits`), `Limit                     Soft Limit           Hard Limit           Units     \nMax open files            1024                 ${hard}                files     \n`);
}

it('ISO-16 is the hard limit of containerd where it may not go above it', async () => {
  addProcess(1, 'systemd', '999999', all);
  addProcess(7, 'containerd', '20000', without);
  addProcess(9, 'dockerd', '30000', without);
  expect(await findCeiling(proc)).toBe(20_000);
});

it("is the kernel's where containerd may go above its own", async () => {
  addProcess(7, 'containerd', '4096', all);
  expect(await findCeiling(proc)).toBe(1_048_576);
});

it('is that of the engine where containerd is not to be seen, and of the most generous of several', async () => {
  addProcess(9, 'dockerd', '30000', without);
  addProcess(10, 'dockerd', '40000', without);
  expect(await findCeiling(proc)).toBe(40_000);
});

it('is not known where no engine is to be seen, or nothing can be read', async () => {
  addProcess(1, 'systemd', '999999', all);
  expect(await findCeiling(proc)).toBeNull();
  mkdirSync(path.join(proc, '8'));
  writeFileSync(path.join(proc, '8/comm'), 'containerd\n');
  expect(await findCeiling(proc)).toBeNull();
  expect(await findCeiling(path.join(proc, 'absent'))).toBeNull();
});

it('says what to change', () => {
  const { problem, fix } = tooManyOpenFiles(65_536, 20_000);
  expect(problem).toMatch(/65536.*at most 20000/);
  expect(fix).toMatch(/ANYON_OPEN_FILES.*LimitNOFILE/);
});

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isAlive, launchDetachedCommand, prepareDetachedCommand, readExit, readPid, removeDetachedCommand, stopDetached, type DetachedCommandSpec, type DetachedExit } from '@/server/containers/detached-command';
import { openEngineFixture, type EngineFixture } from '@/tests/setup/engine-fixture';

/** The host's side of the exchange protocol against the wrapper in the real image. */
let fixture: EngineFixture;
let container = '';
beforeAll(async () => {
  fixture = await openEngineFixture();
  const mounts = [{ source: fixture.files, target: '/workspace' }, { source: fixture.exchange, target: '/anyon/exchange' }, { source: fixture.secrets, target: '/anyon/secrets', readOnly: true }];
  container = await fixture.engine.createContainer(fixture.spec({ mounts }));
  await fixture.engine.startContainer(container);
});
afterAll(() => fixture.close());

const user = { uid: 1000, gid: 1000, text: '1000:1000' };
const directory = (id: string) => path.join(fixture.exchange, id);

async function launch(id: string, script: string, more: Partial<DetachedCommandSpec> = {}): Promise<void> {
  const spec: DetachedCommandSpec = { argv: ['sh', '-c', script], env: {}, cwd: '/workspace', input: null, keepStdinOpen: false, closeStdinOn: null, credential: null, worktree: null, instructions: null, snapshot: false, ...more };
  await prepareDetachedCommand(directory(id), spec, user);
  await launchDetachedCommand(fixture.engine, container, id, user.text);
}

async function untilExit(id: string): Promise<DetachedExit> {
  for (let time = 0; time < 200; time += 1) {
    const exit = await readExit(directory(id));
    if (exit) return exit;
    await sleep(50);
  }
  throw new Error(`The command ${id} has no exit report after 10 s.`);
}

async function untilStarted(id: string): Promise<void> {
  for (let time = 0; (await readPid(directory(id))) === null; time += 1) {
    if (time > 200) throw new Error(`The command ${id} has not begun after 10 s.`);
    await sleep(50);
  }
}

const output = (id: string) => readFileSync(path.join(directory(id), 'out.raw'), 'utf8');

it('gets its input, variables and credential, and its output and exit code come back', async () => {
  const script = 'cat; echo "$A"; eval "cat <&$KEY_FD" | tr a-z A-Z; echo trouble >&2; exit 3';
  mkdirSync(path.join(fixture.secrets, 'full'));
  writeFileSync(path.join(fixture.secrets, 'full/claude'), 'canary-of-a-key');
  await launch('full', script, { input: 'a line\n', env: { A: 'b c' }, credential: { variable: 'KEY_FD', path: '/anyon/secrets/full/claude' } });
  expect(await untilExit('full')).toEqual({ stage: 'command', exitCode: 3, signal: null, oomKills: 0, finishedAt: expect.stringMatching(/Z$/) as string, problem: null });
  expect(output('full')).toBe('a line\nb c\nCANARY-OF-A-KEY');
  expect(readFileSync(path.join(directory('full'), 'err.raw'), 'utf8')).toBe('trouble\n');
  expect(readFileSync(path.join(directory('full'), 'spec.json'), 'utf8')).not.toContain('canary-of-a-key');
  await removeDetachedCommand(directory('full'));
  expect(existsSync(directory('full'))).toBe(false);
});

it('runs once, however often it is prepared and launched', async () => {
  for (let time = 0; time < 3; time += 1) await launch('once', 'echo ran; sleep 1');
  await untilExit('once');
  await launch('once', 'echo ran; sleep 1');
  expect(await isAlive(fixture.engine, container, 'once')).toBe('dead');
  expect(output('once')).toBe('ran\n');
});

it('is known to be alive until it is over', async () => {
  expect(await isAlive(fixture.engine, container, 'life')).toBe('never-started');
  await launch('life', 'exec sleep 300');
  await untilStarted('life');
  expect(await isAlive(fixture.engine, container, 'life')).toBe('alive');
  await stopDetached(fixture.engine, container, 'life', 1);
  expect(await untilExit('life')).toMatchObject({ exitCode: null, signal: 'SIGTERM', problem: null });
  expect(await isAlive(fixture.engine, container, 'life')).toBe('dead');
});

it('is stopped with everything it started, also what left its session and ignores signals', async () => {
  await launch('family', 'setsid sh -c \'trap "" TERM INT; while :; do sleep 1; done\' & trap "" TERM; echo up; while :; do sleep 1; done');
  await untilStarted('family');
  await stopDetached(fixture.engine, container, 'family', 1);
  expect(await untilExit('family')).toMatchObject({ signal: 'SIGKILL' });
  const { stdout } = await fixture.engine.exec(container, { argv: ['sh', '-c', 'grep -slz ANYON_RUN_ID=family /proc/[0-9]*/environ | wc -l'] });
  expect(stdout.toString().trim()).toBe('0');
});

it('that has no program to run says so', async () => {
  await launch('absent', '', { argv: ['no-such-program'] });
  expect(await untilExit('absent')).toMatchObject({ exitCode: 127, signal: null });
});

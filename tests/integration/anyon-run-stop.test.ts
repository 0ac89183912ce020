import { existsSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { runtimeCommands, sh, worktreeOf } from '@/tests/setup/runtime-commands';
import { assertNothingLeft, endOf, exchanged, prepareCommand, processesOf, removeRuntimeContainer, script, startCommand, startRuntimeContainer, until, type RuntimeContainer } from '@/tests/setup/runtime-container';

/** The end of a command that does not end by itself, at any moment of its life, with the wrapper and without. */
let box: RuntimeContainer;
const { nextId, gone, wrapper, started } = runtimeCommands(() => box);

beforeAll(async () => {
  box = await startRuntimeContainer({ memory: '512m' });
  await script(box, 'git init -q /workspace/repo && cd /workspace/repo && printf "one\\ntwo\\n" > a.txt && echo gone > b.txt && echo "*.log" > .gitignore && git add -A && git commit -qm first');
});
afterAll(() => removeRuntimeContainer(box));
afterEach(async () => {
  await assertNothingLeft(box);
});

describe('alive', () => {
  it('tells living, ended and never started apart, and is not fooled by a number used again', async () => {
    const id = nextId();
    const directory = prepareCommand(box, id, { argv: ['sleep', '60'] });
    expect(await wrapper('alive', id)).toBe(2);
    await startCommand(box, id);
    await started(id);
    expect(await wrapper('alive', id)).toBe(0);
    expect(await wrapper('stop', id, '0')).toBe(0);
    await endOf(box, id);
    expect(await wrapper('alive', id)).toBe(1);
    await gone(id);
    unlinkSync(path.join(directory, 'exit.json'));
    for (const name of ['pid', 'wrapper']) writeFileSync(path.join(directory, name), '{"pid":1,"startTime":"5"}');
    expect(await wrapper('alive', id)).toBe(1);
  });
});

describe('stop', () => {
  it('D2-24 leaves no process: not one that ignores TERM, nor one in its own session, nor one with an emptied environment', async () => {
    const id = nextId();
    const stubborn = 'trap "" TERM INT HUP; while :; do sleep 1; done';
    prepareCommand(box, id, { argv: sh(`setsid bash -c '${stubborn}' & env -i /usr/bin/setsid /bin/sleep 600 & ( ${stubborn} ) & ${stubborn}`) });
    await startCommand(box, id);
    await until('the family', async () => (await processesOf(box)).length >= 5);
    const begun = Date.now();
    expect(await wrapper('stop', id, '1')).toBe(0);
    expect(Date.now() - begun).toBeLessThan(8_000);
    expect(await endOf(box, id)).toMatchObject({ stage: 'command', exitCode: null, signal: 'SIGKILL' });
    await gone(id);
    expect(await wrapper('stop', id, '1')).toBe(0);
  });

  it('asks first, and a command that answers with a result line ends by itself', async () => {
    const id = nextId();
    prepareCommand(box, id, { argv: sh('echo "{\\"type\\":\\"result\\",\\"turn\\":1}"; read -r line; echo "$line"; echo "{\\"type\\":\\"result\\",\\"turn\\":2}"; cat; exit 9'), keepStdinOpen: true });
    await startCommand(box, id);
    await until('the first turn', () => exchanged(box, id, 'out.raw') !== '');
    const begun = Date.now();
    expect(await wrapper('stop', id, '10')).toBe(0);
    expect(Date.now() - begun).toBeLessThan(5_000);
    expect((await endOf(box, id)).exitCode).toBe(9);
    await gone(id);
    expect(JSON.parse(exchanged(box, id, 'out.raw').split('\n')[1] ?? '')).toEqual({ type: 'control_request', request_id: expect.any(String) as string, request: { subtype: 'interrupt' } });
  });

  it('does not wait for somebody who reads nothing', async () => {
    const id = nextId();
    prepareCommand(box, id, { argv: ['sleep', '600'], keepStdinOpen: true }, { input: 'y'.repeat(300_000) });
    await startCommand(box, id);
    await started(id);
    expect(await wrapper('stop', id, '1')).toBe(0);
    expect((await endOf(box, id)).signal).toBe('SIGTERM');
    await gone(id);
  });

  it('before the start makes the start do nothing', async () => {
    const id = nextId();
    prepareCommand(box, id, { argv: sh('echo ran'), credential: { variable: 'K' } }, { credential: 'k' });
    expect(await wrapper('stop', id, '5')).toBe(0);
    await startCommand(box, id);
    expect(await wrapper('start', id)).toBe(0);
    expect(await endOf(box, id)).toMatchObject({ stage: 'command', exitCode: null, signal: 'SIGTERM' });
    expect(exchanged(box, id, 'out.raw')).toBe('');
    await gone(id);
  });

  it('in the same moment as the start never lets a command run on', async () => {
    for (let round = 0; round < 8; round++) {
      const id = nextId();
      prepareCommand(box, id, { argv: ['sleep', '600'] });
      await Promise.all([startCommand(box, id), wrapper('stop', id, '0').then((code) => expect(code).toBe(0))]);
      await endOf(box, id);
      await gone(id);
    }
  });

  it('while the worktree is made leaves neither worktree nor branch', async () => {
    await script(box, 'git init -q /workspace/slow && cd /workspace/slow && git config filter.slow.smudge "sleep 30; cat" && git config filter.slow.clean cat && echo "*.bin filter=slow" > .gitattributes && echo x > x.bin && git add -A && git commit -qm slow');
    const id = nextId();
    prepareCommand(box, id, { argv: sh('echo ran'), worktree: { ...worktreeOf(id), repository: '/workspace/slow' } });
    await startCommand(box, id);
    await until('git at work', async () => (await processesOf(box)).some((line) => line.includes('sleep 30')));
    expect(await wrapper('alive', id)).toBe(0);
    expect(await wrapper('stop', id, '5')).toBe(0);
    expect(await endOf(box, id)).toMatchObject({ stage: 'worktree', exitCode: null, signal: 'SIGTERM' });
    await gone(id);
    expect(await script(box, `cd /workspace/slow && git worktree list | wc -l && git branch && ls -d /workspace/worktrees/${id} 2>/dev/null || true`)).toMatch(/^1\n\* main\n$/);
  });

  it('works after the wrapper itself was killed, and then speaks for it', async () => {
    const id = nextId();
    prepareCommand(box, id, { argv: sh('setsid sleep 600 & exec sleep 600') });
    await startCommand(box, id);
    await started(id);
    await script(box, `kill -9 "$(jq .pid /anyon/exchange/${id}/wrapper)"`);
    expect(await wrapper('alive', id)).toBe(0);
    expect(existsSync(path.join(box.exchange, id, 'exit.json'))).toBe(false);
    expect(await wrapper('stop', id, '1')).toBe(0);
    expect(await endOf(box, id)).toMatchObject({ exitCode: null, signal: 'SIGKILL' });
    expect(await wrapper('alive', id)).toBe(1);
  });
});

describe('a killed wrapper', () => {
  it('leaves the command alone, whose output goes on', async () => {
    const id = nextId();
    prepareCommand(box, id, { argv: sh('sleep 1; echo late') });
    await startCommand(box, id);
    await started(id);
    await script(box, `kill -9 "$(jq .pid /anyon/exchange/${id}/wrapper)"`);
    await until('the output', () => exchanged(box, id, 'out.raw') === 'late\n');
    await until('the end', async () => (await wrapper('alive', id)) === 1);
  });

  it('that only gets a polite signal passes it on and still writes exit.json', async () => {
    const id = nextId();
    prepareCommand(box, id, { argv: ['sleep', '600'] });
    await startCommand(box, id);
    await started(id);
    await script(box, `kill -TERM "$(jq .pid /anyon/exchange/${id}/wrapper)"`);
    expect(await endOf(box, id)).toMatchObject({ exitCode: null, signal: 'SIGTERM' });
    await gone(id);
  });
});

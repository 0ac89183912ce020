import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { runtimeCommands, sh, worktreeOf } from '@/tests/setup/runtime-commands';
import { endOf, exchanged, inside, prepareCommand, processesOf, putSecrets, removeRuntimeContainer, script, startRuntimeContainer, until, type RuntimeContainer } from '@/tests/setup/runtime-container';

/** `anyon-run attend`: one process in the container that looks at secrets and begins commands as it is told. */
let box: RuntimeContainer;
let attendant: ChildProcessWithoutNullStreams | undefined;
const { nextId, gone, started, wrapper } = runtimeCommands(() => box);

beforeAll(async () => {
  box = await startRuntimeContainer({ memory: '512m' });
  await script(box, 'git init -q /workspace/repo && cd /workspace/repo && echo one > a.txt && git add -A && git commit -qm first');
});
afterAll(() => removeRuntimeContainer(box));
afterEach(async () => {
  attendant?.kill('SIGKILL');
  await until('the attendant to go', async () => (await processesOf(box)).length === 0);
});

/** Returns how it is asked: one line in, one line out. */
function attend(): (line: string) => Promise<string> {
  const child = spawn('docker', ['exec', '-i', '-u', '1000:1000', box.name, 'anyon-run', 'attend']);
  attendant = child;
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return async (line) => {
    child.stdin.write(`${line}\n`);
    return (await lines.next()).value as string;
  };
}

describe('an attendant', () => {
  it('SEC-07: sees of the secrets what a command of its own sees', async () => {
    putSecrets(box, 'attempt-1', { claude: 'a key', github: 'a token' });
    const ask = attend();
    const report = await ask('secrets attempt-1');
    expect(JSON.parse(report)).toMatchObject({ readOnly: true, writable: false, files: [{ name: 'claude', mode: 0o400 }, { name: 'github', mode: 0o400 }] });
    expect(`${report}\n`).toBe((await inside(box, 'anyon-run', 'secrets', 'attempt-1')).stdout);
    expect(report).not.toContain('a key');
    putSecrets(box, 'attempt-2', {});
    expect(JSON.parse(await ask('secrets attempt-2'))).toMatchObject({ files: [] });
  });

  it('begins one command after the other, each as if it had been brought in for it alone', async () => {
    const ask = attend();
    const ids = [nextId(), nextId()];
    for (const id of ids) {
      prepareCommand(box, id, { argv: sh('printf "%s|%s" "$ANYON_RUN_ID" "$(git branch --show-current)"; cat; exit 3'), cwd: worktreeOf(id).path, worktree: worktreeOf(id), snapshot: true });
      expect(await ask(`start ${id}`)).toBe('begun');
      expect(await endOf(box, id)).toMatchObject({ stage: 'command', exitCode: 3, signal: null });
      expect(exchanged(box, id, 'out.raw')).toBe(`${id}|anyon/${id}`);
      expect(exchanged(box, id, 'changes.json')).toContain('"files":[]');
      await gone(id);
    }
    expect(await wrapper('start', ids[0] ?? '')).toBe(0);
    expect(await ask(`start ${ids[0]}`)).toBe('begun'); // for nothing: it has been claimed
    await gone(ids[0] ?? '');
    expect(exchanged(box, ids[0] ?? '', 'out.raw')).toBe(`${ids[0]}|anyon/${ids[0]}`);
  });

  it.each(['SIGKILL', 'end of input'] as const)('goes with its connection (%s), and what it has begun goes on and can be stopped', async (how) => {
    const ask = attend();
    const [lasting, stopped] = [nextId(), nextId()];
    prepareCommand(box, lasting, { argv: sh('until [ -e /workspace/go-on ]; do sleep 0.05; done; echo went on') });
    prepareCommand(box, stopped, { argv: sh('setsid sleep 900 & sleep 900') });
    for (const id of [lasting, stopped]) {
      await ask(`start ${id}`);
      await started(id);
    }
    if (how === 'SIGKILL') attendant?.kill('SIGKILL');
    else attendant?.stdin.end();
    await until('the attendant to go', async () => !(await processesOf(box)).some((line) => line.includes('anyon-run attend')));
    expect([await wrapper('alive', lasting), await wrapper('alive', stopped)]).toEqual([0, 0]);
    expect(await wrapper('stop', stopped, '1')).toBe(0);
    expect(await endOf(box, stopped)).toMatchObject({ stage: 'command', exitCode: null });
    await script(box, 'touch /workspace/go-on');
    expect(await endOf(box, lasting)).toMatchObject({ exitCode: 0 });
    expect(exchanged(box, lasting, 'out.raw')).toBe('went on\n');
    await gone(lasting);
    await script(box, 'rm /workspace/go-on');
  });

  it('a stop of what it has begun leaves it, and the others, alone', async () => {
    const ask = attend();
    const [stopped, other] = [nextId(), nextId()];
    for (const id of [stopped, other]) {
      prepareCommand(box, id, { argv: sh('sleep 900') });
      await ask(`start ${id}`);
      await started(id);
    }
    expect(await wrapper('stop', stopped, '1')).toBe(0);
    await gone(stopped);
    expect([await wrapper('alive', stopped), await wrapper('alive', other), await ask('start')]).toEqual([1, 0, '?']);
    expect(await wrapper('stop', other, '1')).toBe(0);
    await gone(other);
  });

  it('knows no other words', async () => {
    const ask = attend();
    for (const line of ['', 'stop run-1', 'secrets ../x', 'start a/b', 'start', 'start a b', `secrets ${'a'.repeat(65)}`]) expect(await ask(line), line).toBe('?');
    attendant?.stdin.write('a'.repeat(300));
    await until('the attendant to go', async () => (await processesOf(box)).length === 0);
  });
});

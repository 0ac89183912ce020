import { createHash } from 'node:crypto';
import { existsSync, readFileSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { docker, endOf, exchanged, inside, prepareCommand, processesOf, putSecrets, removeRuntimeContainer, script, startCommand, startRuntimeContainer, until } from '@/tests/setup/runtime-container';
import type { RuntimeContainer } from '@/tests/setup/runtime-container';

let box: RuntimeContainer;
let count = 0;
const nextId = () => `run-${++count}`;

beforeAll(async () => {
  box = await startRuntimeContainer({ memory: '512m' });
  await script(box, 'git init -q /workspace/repo && cd /workspace/repo && printf "one\\ntwo\\n" > a.txt && echo gone > b.txt && echo "*.log" > .gitignore && git add -A && git commit -qm first');
});
afterAll(() => removeRuntimeContainer(box));
afterEach(async () => {
  expect(await processesOf(box), 'processes left by the test').toEqual([]);
});

/** Prepares, starts, waits for the end. */
async function run(spec: Record<string, unknown>, contents: Parameters<typeof prepareCommand>[3] = {}) {
  const id = nextId();
  prepareCommand(box, id, spec, contents);
  await startCommand(box, id);
  const end = await endOf(box, id);
  await gone(id);
  return { id, end, out: exchanged(box, id, 'out.raw'), err: exchanged(box, id, 'err.raw') };
}

/** The wrapper ends right after exit.json. */
async function gone(id: string): Promise<void> {
  await until(`the wrapper of ${id} to go`, async () => !(await processesOf(box)).some((line) => line.endsWith(`anyon-run start ${id}`)));
}

const sh = (text: string) => ['bash', '-c', text];
const wrapper = async (...argv: string[]) => (await inside(box, 'anyon-run', ...argv)).code;
const worktree = (id: string) => ({ repository: '/workspace/repo', path: `/workspace/worktrees/${id}`, branch: `anyon/${id}`, base: 'HEAD' });
const started = (id: string) => until(`${id} to run`, () => existsSync(path.join(box.exchange, id, 'pid')));

describe('a command', () => {
  it('runs with its arguments, environment, directory and the mark of the run, and its end is told', async () => {
    const odd = 'a "b" \\ $HOME `x` ünï 😀\nnew line';
    const { id, end, out, err } = await run({ argv: [...sh('printf "%s|" "$@" "$COLOUR" "$ANYON_RUN_ID" "$PWD"; echo words >&2; exit 7'), 'bash', odd], env: { COLOUR: 'ré"d' }, cwd: '/workspace/repo' });
    expect(out).toBe(`${odd}|ré"d|${id}|/workspace/repo|`);
    expect(err).toBe('words\n');
    expect(end).toMatchObject({ stage: 'command', exitCode: 7, signal: null, oomKills: 0 });
    expect(Math.abs(Date.now() - Date.parse(end.finishedAt))).toBeLessThan(30_000);
    const pid = JSON.parse(exchanged(box, id, 'pid')) as Record<string, unknown>;
    expect(pid).toEqual({ pid: expect.any(Number), startTime: expect.stringMatching(/^\d+$/), startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) });
  });

  it('writes straight into regular files that are opened for appending, every byte as it is', async () => {
    const { id, out } = await run({ argv: sh('readlink /proc/self/fd/1; grep flags /proc/$$/fdinfo/1; head -c 3000000 /dev/zero | tr "\\0" "\\377"; printf "\\0end"') });
    const bytes = readFileSync(path.join(box.exchange, id, 'out.raw'));
    expect(out.split('\n')[0]).toBe(`/anyon/exchange/${id}/out.raw`);
    expect(Number.parseInt(/flags:\s+(\d+)/.exec(out)?.[1] ?? '0', 8) & 0o2000).toBe(0o2000);
    const body = bytes.subarray(bytes.length - 3_000_004);
    expect(createHash('sha256').update(body).digest('hex')).toBe(createHash('sha256').update(Buffer.concat([Buffer.alloc(3_000_000, 0xff), Buffer.from('\0end')])).digest('hex'));
  });

  it('starts once, however often it is started', async () => {
    const id = nextId();
    prepareCommand(box, id, { argv: sh('echo once; sleep 0.3') });
    await Promise.all(Array.from({ length: 6 }, () => startCommand(box, id)));
    await endOf(box, id);
    await gone(id);
    expect(await wrapper('start', id)).toBe(0);
    expect(exchanged(box, id, 'out.raw')).toBe('once\n');
  });

  it('that cannot run says why in its error output', async () => {
    const absent = await run({ argv: ['/no/such/program'] });
    expect([absent.end.exitCode, absent.err]).toEqual([127, 'anyon-run: /no/such/program cannot be run: No such file or directory\n']);
    expect((await run({ argv: ['/etc/passwd'] })).end.exitCode).toBe(126);
    const nowhere = await run({ cwd: '/workspace/nowhere' });
    expect([nowhere.end.exitCode, nowhere.err]).toEqual([125, 'anyon-run: the directory /workspace/nowhere cannot be entered: No such file or directory\n']);
    const future = await run({ version: 2 });
    expect([future.end.exitCode, future.err]).toEqual([125, expect.stringContaining('rebuild the image')]);
  });

  it('that a signal ended is told by the name of the signal', async () => {
    expect((await run({ argv: sh('kill -SEGV $$') })).end).toMatchObject({ exitCode: null, signal: 'SIGSEGV' });
    expect((await run({ argv: sh('exit 143') })).end).toMatchObject({ exitCode: 143, signal: null });
  });

  it('whose child was killed for lack of memory has the kills counted', async () => {
    const { end } = await run({ argv: sh('(exec node -e "const a=[];for(;;)a.push(Buffer.alloc(1e7,1))"); exit 5') });
    expect(end.exitCode).toBe(5);
    expect(end.oomKills).toBeGreaterThanOrEqual(1);
  });
});

describe('standard input', () => {
  it('is empty when nothing is given, and the file when one is', async () => {
    expect((await run({ argv: sh('readlink /proc/self/fd/0; wc -c') })).out).toBe('/dev/null\n0\n');
    expect((await run({ argv: ['cat'] }, { input: 'from the file\n' })).out).toBe('from the file\n');
  });

  it('stays open after an input larger than a pipe holds, until the result line', async () => {
    const input = `${'x'.repeat(1_000_000)}\n`;
    const { out, end } = await run({ argv: sh('head -n 1 | sha256sum; echo "{\\"type\\":\\"result\\"}"; cat; echo closed'), keepStdinOpen: true, closeStdinOn: 'result-line' }, { input });
    expect(out).toBe(`${createHash('sha256').update(input).digest('hex')}  -\n{"type":"result"}\nclosed\n`);
    expect(end.exitCode).toBe(0);
  });

  it('is not closed by text that only looks like a result line', async () => {
    const lines = ['{"type":"assistant","text":"{\\"type\\":\\"result\\"}"}', '{"type":"user","content":{"type":"result"}}', '{"list":[{"type":"result"}],"type":"user"}', '"type":"result"', '["type","result"]'];
    const id = nextId();
    prepareCommand(box, id, { argv: sh('cat lines 2>/dev/null; printf "%s\\n" "$@"; read -t 1 -r line; echo "read $?"; echo "{\\"a\\":{\\"b\\":[1]},\\"subtype\\":\\"x\\", \\"type\\" : \\"result\\" }"; cat; echo closed').concat('bash', ...lines), keepStdinOpen: true, closeStdinOn: 'result-line' });
    await startCommand(box, id);
    await endOf(box, id);
    await gone(id);
    expect(exchanged(box, id, 'out.raw')).toMatch(/\nread 142\n.*\nclosed\n$/);
  });

  it('is closed although 50 MB and a line of 10 MB came before, and watching costs next to nothing', async () => {
    const id = nextId();
    const text = 'for i in 1 2 3 4; do yes "{\\"type\\":\\"stream_event\\",\\"n\\":\\"result\\"}" | head -c 10000000; echo; done; head -c 10000000 /dev/zero | tr "\\0" "\\""; echo; printf "{\\"padding\\":\\""; head -c 10000000 /dev/zero | tr "\\0" y; echo "\\",\\"type\\":\\"result\\"}"; cat; awk "{print \\$14+\\$15}" /proc/$PPID/stat; echo closed';
    prepareCommand(box, id, { argv: sh(text), keepStdinOpen: true, closeStdinOn: 'result-line' });
    await startCommand(box, id);
    await endOf(box, id);
    await gone(id);
    const tail = readFileSync(path.join(box.exchange, id, 'out.raw')).subarray(-40).toString().trim().split('\n');
    expect(tail.at(-1)).toBe('closed');
    expect(Number(tail.at(-2)), 'hundredths of a second of the wrapper').toBeLessThan(200);
  });

  it('is found closed even when the command emptied its own output file', async () => {
    const { out } = await run({ argv: sh('head -c 5000 /dev/zero | tr "\\0" z; sleep 0.3; : > "/anyon/exchange/$ANYON_RUN_ID/out.raw"; echo "{\\"type\\":\\"result\\"}"; cat; echo closed'), keepStdinOpen: true, closeStdinOn: 'result-line' });
    expect(out).toBe('{"type":"result"}\nclosed\n');
  });
});

describe('the credential', () => {
  it('arrives by a descriptor that can be read once, and is neither in the exchange directory nor in the environment', async () => {
    const text = 'cat <&"$KEY_FD"; echo; cat "/proc/$$/fd/$KEY_FD" | wc -c; tr "\\0" "\\n" < /proc/$$/environ | grep -c "top-secre[t]"; grep -c "top-secre[t]" /anyon/exchange/$ANYON_RUN_ID/spec.json; tr "\\0" "\\n" < /proc/$PPID/environ | grep -c "top-secre[t]"; ls -l /proc/$PPID/fd | grep -c pipe:; :';
    const { out, end } = await run({ argv: sh(text), credential: { variable: 'KEY_FD' } }, { credential: 'top-secret' });
    expect(out.split('\n').slice(0, 5)).toEqual(['top-secret', '0', '0', '0', '0']);
    expect(end.exitCode).toBe(0);
  });

  it('SEC-07 is taken from among the secrets and from nowhere else, and never empty', async () => {
    putSecrets(box, 'of-another', { claude: 'x' });
    symlinkSync('/etc/hostname', path.join(box.secrets, 'of-another', 'link'));
    putSecrets(box, 'empty', { claude: '' });
    const from = async (path: string) => {
      const { id, out, end } = await run({ argv: sh('echo ran'), credential: { variable: 'KEY_FD', path } });
      return [out, end.exitCode, exchanged(box, id, 'err.raw')];
    };
    expect(await from('/etc/hostname')).toEqual(['', 125, 'anyon-run: spec.json: the credential is not among the secrets\n']);
    expect(await from('/anyon/secrets/../../etc/hostname')).toEqual(['', 125, 'anyon-run: spec.json: the credential is not among the secrets\n']);
    expect(await from('/anyon/secrets/of-another/link')).toEqual(['', 125, expect.stringMatching(/^anyon-run: the credential cannot be read: /)]);
    expect(await from('/anyon/secrets/empty/claude')).toEqual(['', 125, 'anyon-run: the credential is empty\n']);
    expect(await from('/anyon/secrets/absent/claude')).toEqual(['', 125, expect.stringMatching(/^anyon-run: the credential cannot be read: No such file/)]);
  });
});

describe('the worktree', () => {
  it('is made with its branch, and the base commit is recorded', async () => {
    const id = nextId();
    prepareCommand(box, id, { argv: sh('git branch --show-current; cat a.txt'), cwd: `/workspace/worktrees/${id}`, worktree: worktree(id) });
    await startCommand(box, id);
    expect((await endOf(box, id)).exitCode).toBe(0);
    await gone(id);
    expect(exchanged(box, id, 'out.raw')).toBe(`anyon/${id}\none\ntwo\n`);
    expect(exchanged(box, id, 'base')).toBe(await script(box, 'git -C /workspace/repo rev-parse HEAD'));
  });

  it('that cannot be made ends the run with git’s words, and nothing half-made is left', async () => {
    const before = await script(box, 'cd /workspace/repo && git worktree list && git branch');
    const noBase = await run({ worktree: { ...worktree('w1'), base: 'nowhere' } });
    expect(noBase.end).toMatchObject({ stage: 'worktree', signal: null });
    expect(noBase.end.exitCode).toBeGreaterThan(0);
    expect(noBase.err).toContain('there is no commit nowhere in the repository');
    const option = await run({ worktree: { ...worktree('w1'), base: '--help' } });
    expect(option.end.stage).toBe('worktree');
    const name = await run({ worktree: { ...worktree('w1'), branch: 'not..legal' } });
    expect(name.end.stage).toBe('worktree');
    expect(name.err).toContain('not..legal');
    await script(box, 'mkdir -p /workspace/worktrees/w2 && touch /workspace/worktrees/w2/mine');
    const path2 = await run({ worktree: worktree('w2') });
    expect(path2.err).toContain('exists already');
    expect(await script(box, 'ls /workspace/worktrees/w2 && rm -r /workspace/worktrees/w2')).toBe('mine\n');
    expect(await script(box, 'cd /workspace/repo && git worktree list && git branch')).toBe(before);
  });

  it('leaves a branch alone that was there before', async () => {
    await script(box, 'git -C /workspace/repo branch anyon/taken');
    const { end, err } = await run({ worktree: worktree('taken') });
    expect(end.stage).toBe('worktree');
    expect(err).toContain('anyon/taken exists already');
    await script(box, 'git -C /workspace/repo rev-parse --verify anyon/taken && git -C /workspace/repo branch -D anyon/taken');
  });

  it('runs no hook of the repository', async () => {
    await script(box, 'cd /workspace/repo && printf "#!/bin/sh\\ntouch /workspace/hook-ran\\n" > .git/hooks/post-checkout && chmod +x .git/hooks/post-checkout');
    const id = nextId();
    prepareCommand(box, id, { argv: ['true'], cwd: `/workspace/worktrees/${id}`, worktree: worktree(id), snapshot: true });
    await startCommand(box, id);
    expect((await endOf(box, id)).exitCode).toBe(0);
    await gone(id);
    await script(box, 'rm /workspace/repo/.git/hooks/post-checkout; test ! -e /workspace/hook-ran');
  });
});

describe('the instructions of the repository', () => {
  const instructions = { flag: '--say', file: 'CLAUDE.md', maxBytes: 10 };
  const print = [...sh('printf "[%s]" "$@"'), 'bash'];

  it('are handed over as an argument, cut between two characters', async () => {
    await script(box, 'mkdir -p /workspace/one && printf "12345678€9" > /workspace/one/CLAUDE.md');
    expect((await run({ argv: print, cwd: '/workspace/one', instructions })).out).toBe('[--say][12345678]');
    await script(box, 'printf "short\\0ened" > /workspace/one/CLAUDE.md');
    expect((await run({ argv: print, cwd: '/workspace/one', instructions: { ...instructions, maxBytes: 65536 } })).out).toBe('[--say][shortened]');
  });

  it('are left out when absent, empty, a FIFO, or a link that leads away', async () => {
    await script(box, 'cd /workspace && mkdir -p none empty fifo away && touch empty/CLAUDE.md && mkfifo fifo/CLAUDE.md && ln -s /etc/passwd away/CLAUDE.md');
    for (const folder of ['none', 'empty', 'fifo', 'away']) {
      expect((await run({ argv: print, cwd: `/workspace/${folder}`, instructions })).out, folder).toBe('[]');
    }
    await script(box, 'cd /workspace && mkdir -p inner && echo rules > inner/AGENTS.md && ln -s AGENTS.md inner/CLAUDE.md');
    expect((await run({ argv: print, cwd: '/workspace/inner', instructions })).out).toBe('[--say][rules\n]');
  });
});

describe('the snapshot', () => {
  async function changed(text: string) {
    const id = nextId();
    prepareCommand(box, id, { argv: sh(text), cwd: `/workspace/worktrees/${id}`, worktree: worktree(id), snapshot: true });
    await startCommand(box, id);
    const end = await endOf(box, id, 60_000);
    await gone(id);
    return { id, end, patch: exchanged(box, id, 'diff.patch'), changes: JSON.parse(exchanged(box, id, 'changes.json')) as { files: Record<string, unknown>[]; truncated: boolean }, err: exchanged(box, id, 'err.raw') };
  }

  it('holds changed, new, deleted, renamed and committed files, and not the ignored ones', async () => {
    const { id, patch, changes } = await changed('echo three >> a.txt; git mv b.txt c.txt; git commit -qam second; echo new > n.txt; echo no > x.log; printf "\\0\\1" > binary; mkdir d; echo deep > "d/ü \\"q\\"\nline"; printf x > "$(printf "bad\\377name")"');
    expect(changes).toMatchObject({
      truncated: false,
      files: expect.arrayContaining([
        expect.objectContaining({ path: 'a.txt', additions: 1, deletions: 0, status: 'modified', from: null, binary: false, oldMode: '100644', newMode: '100644', oldSize: null, newSize: null, blocks: 1, omitted: null }),
        expect.objectContaining({ path: 'c.txt', additions: 0, deletions: 0, status: 'renamed', from: 'b.txt', binary: false, blocks: 1 }),
        expect.objectContaining({ path: 'n.txt', additions: 1, deletions: 0, status: 'added', from: null, binary: false, oldMode: '000000' }),
        expect.objectContaining({ path: 'binary', additions: 0, deletions: 0, status: 'added', from: null, binary: true, newSize: 2 }),
        expect.objectContaining({ path: 'd/ü "q"\nline', additions: 1, deletions: 0, status: 'added', from: null, binary: false }),
        expect.objectContaining({ path: 'bad\ufffdname', additions: 1, deletions: 0, status: 'added', from: null, binary: false }),
      ]) as unknown,
    });
    expect(changes.files).toHaveLength(6);
    expect(patch).toContain('+three');
    expect(patch).toContain('rename to c.txt');
    await script(box, `cd /workspace && rm -rf check && git clone -q repo check && cd check && git apply --index - < /anyon/exchange/${id}/diff.patch && test "$(cat n.txt)" = new`.replace('git apply --index -', 'git apply --exclude=binary -'));
    expect(await script(box, `cd /workspace/repo && git show refs/anyon/runs/${id}:n.txt && git branch --contains refs/anyon/runs/${id}`)).toBe('new\n');
  });

  it('does not touch the index of the user', async () => {
    const id = nextId();
    const text = 'echo staged > s.txt; git add s.txt; echo loose > l.txt; echo changed >> a.txt; sha256sum "$(git rev-parse --git-path index)"; git status --porcelain > /dev/null; sha256sum "$(git rev-parse --git-path index)"';
    prepareCommand(box, id, { argv: sh(text), cwd: `/workspace/worktrees/${id}`, worktree: worktree(id), snapshot: true });
    await startCommand(box, id);
    await endOf(box, id);
    await gone(id);
    const last = exchanged(box, id, 'out.raw').trim().split('\n').at(-1);
    expect((await script(box, `cd /workspace/worktrees/${id} && sha256sum "$(git rev-parse --git-path index)"`)).trim()).toBe(last);
    expect(await script(box, `git -C /workspace/worktrees/${id} status --porcelain`)).toBe(' M a.txt\nA  s.txt\n?? l.txt\n');
  });

  it('is cut at 8 MiB between two files, and says so', async () => {
    const { patch, changes, end } = await changed('for i in $(seq 10 40); do seq 1 50000 > "big$i.txt"; done; seq 1 200000 > big00.txt');
    expect(end.exitCode).toBe(0);
    expect(changes.truncated).toBe(true);
    expect(changes.files).toHaveLength(32);
    expect(patch.length).toBeLessThanOrEqual(8 * 1024 * 1024);
    const shown = changes.files.filter(({ omitted }) => omitted === null);
    expect(patch.match(/^diff --git /gm)).toHaveLength(shown.length);
    expect(shown.length).toBeGreaterThan(15);
    expect(changes.files.map(({ omitted }) => omitted)).toEqual(['large', ...shown.map(() => null), ...Array.from({ length: 31 - shown.length }, () => 'rest')]);
    expect(patch.endsWith('+50000\n')).toBe(true);
  });

  it('that cannot be taken does not hide the end of the run', async () => {
    const id = nextId();
    prepareCommand(box, id, { argv: sh('rm -rf .git; exit 3'), cwd: `/workspace/worktrees/${id}`, worktree: worktree(id), snapshot: true });
    await startCommand(box, id);
    expect((await endOf(box, id)).exitCode).toBe(3);
    await gone(id);
    expect(exchanged(box, id, 'err.raw')).toContain('the changes could not be recorded');
  });

  it('and everything else is there before exit.json', async () => {
    const id = nextId();
    const directory = prepareCommand(box, id, { argv: sh('seq 1 100000 > many.txt'), cwd: `/workspace/worktrees/${id}`, worktree: worktree(id), snapshot: true });
    await startCommand(box, id);
    await until('exit.json', () => existsSync(path.join(directory, 'exit.json')));
    const names = await script(box, `cd /anyon/exchange/${id} && ls -A && stat -c "%.9Z %n" exit.json diff.patch changes.json ended base pid | sort | tail -n 1 | cut -d" " -f2`);
    expect(names.trim().split('\n').at(-1)).toBe('exit.json');
    expect(names).not.toMatch(/^\./m);
    await gone(id);
  });

  it('of a living run is printed by diff', async () => {
    const id = nextId();
    prepareCommand(box, id, { argv: sh('echo live >> a.txt; touch ../ready; exec sleep 60'), cwd: `/workspace/worktrees/${id}`, worktree: worktree(id), snapshot: true });
    expect(await wrapper('diff', id, 'run')).toBe(2);
    await startCommand(box, id);
    await until('the change', () => existsSync(path.join(box.files, 'worktrees/ready')));
    const { stdout, code } = await inside(box, 'anyon-run', 'diff', id, 'run');
    expect([code, stdout]).toEqual([0, expect.stringContaining('+live')]);
    expect(await wrapper('stop', id, '0')).toBe(0);
    await endOf(box, id);
    await gone(id);
    expect(exchanged(box, id, 'changes.json') + exchanged(box, id, 'diff.patch')).toBe(stdout);
  });
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
  it('leaves no process: not one that ignores TERM, nor one in its own session, nor one with an emptied environment', async () => {
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
    prepareCommand(box, id, { argv: sh('echo ran'), worktree: { ...worktree(id), repository: '/workspace/slow' } });
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

describe('a hostile exchange directory', () => {
  it('is never left: odd names are refused', async () => {
    symlinkSync('/workspace', path.join(box.exchange, 'link'));
    for (const name of ['../files', '..', '.', '', 'a/b', '-rf', 'a b', 'x\ny', 'link', 'absent']) {
      for (const verb of ['start', 'alive']) expect([64, 66], `${verb} ${name}`).toContain(await wrapper(verb, name));
      expect([64, 66], `diff ${name}`).toContain(await wrapper('diff', name, 'run'));
      expect([64, 66]).toContain(await wrapper('stop', name, '1'));
    }
    expect(await wrapper('stop', 'absent')).toBe(64);
    expect(await wrapper('explode', 'x')).toBe(64);
  });

  it('cannot make the wrapper write elsewhere', async () => {
    await script(box, 'echo precious > /workspace/precious');
    const plant = (id: string, text: string) => script(box, `cd /anyon/exchange/${id} && ${text}`);
    for (const name of ['exit.json', 'pid', 'wrapper', 'wrapper.log', 'ended', 'diff.patch', 'changes.json', 'base']) {
      const id = nextId();
      prepareCommand(box, id, { argv: sh('echo ran'), cwd: '/workspace/repo', snapshot: true });
      await plant(id, `ln -s /workspace/precious ${name}`);
      await startCommand(box, id);
      await until('the end', async () => (await wrapper('alive', id)) !== 0);
      await gone(id);
      expect(await script(box, 'cat /workspace/precious'), name).toBe('precious\n');
    }
  });

  it.each([
    ['a link', 'rm out.raw && ln -s /anyon/exchange/precious out.raw'],
    ['a second name of another file', 'rm out.raw && ln /anyon/exchange/precious out.raw'],
    ['a FIFO', 'rm out.raw && mkfifo out.raw'],
  ])('in which out.raw is %s is refused at once', async (_, text) => {
    await script(box, 'echo precious > /anyon/exchange/precious');
    const id = nextId();
    prepareCommand(box, id, { argv: sh('echo ran') });
    await script(box, `cd /anyon/exchange/${id} && ${text}`);
    await startCommand(box, id);
    expect((await endOf(box, id)).exitCode).toBe(125);
    await gone(id);
    expect(exchanged(box, id, 'err.raw')).toContain('out.raw cannot be opened');
    expect(await script(box, 'cat /anyon/exchange/precious; rm /anyon/exchange/precious')).toBe('precious\n');
  });
});

describe('the image', () => {
  it('runs as anyon, holds no setuid file and no credential store, and works with a read-only root', async () => {
    expect(await script(box, 'id -un; find / -xdev -type f -perm /6000 2>/dev/null | wc -l; git config --get-all credential.helper | tr "\\n" ,; echo; git config init.defaultBranch; test -w "$HOME" && echo home')).toBe('anyon\n0\n,/usr/local/bin/git-credential-anyon,\nmain\nhome\n');
    const home = '/home/anyon:uid=1000,gid=1000';
    const result = await docker('run', '--rm', '--read-only', '--tmpfs', '/tmp', '--tmpfs', home, '--tmpfs', '/workspace:uid=1000', '--network', 'none', 'anyon-claude:latest', 'claude', '--version');
    expect(result.stdout).toMatch(/^\d+\.\d+\.\d+ \(Claude Code\)/);
  });
});

import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { runtimeCommands, sh, worktreeOf } from '@/tests/setup/runtime-commands';
import { assertNothingLeft, endOf, exchanged, inside, prepareCommand, removeRuntimeContainer, script, startCommand, startRuntimeContainer, until, type RuntimeContainer } from '@/tests/setup/runtime-container';

/** What the wrapper makes around a command: its worktree, the instructions found there, and the snapshot of what it changed. */
let box: RuntimeContainer;
const { nextId, run, gone, wrapper } = runtimeCommands(() => box);

beforeAll(async () => {
  box = await startRuntimeContainer({ memory: '512m' });
  await script(box, 'git init -q /workspace/repo && cd /workspace/repo && printf "one\\ntwo\\n" > a.txt && echo gone > b.txt && echo "*.log" > .gitignore && git add -A && git commit -qm first');
});
afterAll(() => removeRuntimeContainer(box));
afterEach(async () => {
  await assertNothingLeft(box);
});

describe('the worktree', () => {
  it('is made with its branch, and the base commit is recorded', async () => {
    const id = nextId();
    prepareCommand(box, id, { argv: sh('git branch --show-current; cat a.txt'), cwd: `/workspace/worktrees/${id}`, worktree: worktreeOf(id) });
    await startCommand(box, id);
    expect((await endOf(box, id)).exitCode).toBe(0);
    await gone(id);
    expect(exchanged(box, id, 'out.raw')).toBe(`anyon/${id}\none\ntwo\n`);
    expect(exchanged(box, id, 'base')).toBe(await script(box, 'git -C /workspace/repo rev-parse HEAD'));
  });

  it.each([
    ['a plain repository', 'true', 'true'],
    ['a repository with settings for each worktree', 'git config extensions.worktreeConfig true', 'git config --unset extensions.worktreeConfig'],
  ])('of %s is one like those that git makes', async (_what, prepare, undo) => {
    const id = nextId();
    await script(box, `cd /workspace/repo && mkdir -p deep/er && echo run > deep/er/run.sh && chmod +x deep/er/run.sh && ln -sf a.txt link && git add -A && git commit -qm "deeper ${id}" --allow-empty && ${prepare}`);
    await run({ argv: ['true'], worktree: worktreeOf(id) });
    await script(box, `cd /workspace/repo && git worktree prune && git worktree add -q -b anyon/git-${id} /workspace/worktrees/git-${id} "$(git rev-parse HEAD)"`);
    const seen = async (name: string) =>
      script(box, `cd /workspace/worktrees/${name} && git status --short --branch && git rev-parse HEAD && git ls-files --stage && find . -not -name .git -printf "%p %m %l\\n" | sort && git reflog show "anyon/${name}" && git -C /workspace/repo worktree list --porcelain | grep -m 1 -A2 "/${name}$" && git fsck`);
    expect((await seen(id)).replaceAll(id, 'N')).toBe((await seen(`git-${id}`)).replaceAll(`git-${id}`, 'N'));
    await script(box, `cd /workspace/repo && git worktree remove /workspace/worktrees/${id} && git worktree remove /workspace/worktrees/git-${id} && git branch -qD anyon/${id} anyon/git-${id} && ${undo}`);
  });

  it('that cannot be made ends the run with git’s words, and nothing half-made is left', async () => {
    const before = await script(box, 'cd /workspace/repo && git worktree list && git branch');
    const noBase = await run({ worktree: { ...worktreeOf('w1'), base: 'nowhere' } });
    expect(noBase.end).toMatchObject({ stage: 'worktree', signal: null });
    expect(noBase.end.exitCode).toBeGreaterThan(0);
    expect(noBase.err).toContain('there is no commit nowhere in the repository');
    const option = await run({ worktree: { ...worktreeOf('w1'), base: '--help' } });
    expect(option.end.stage).toBe('worktree');
    const name = await run({ worktree: { ...worktreeOf('w1'), branch: 'not..legal' } });
    expect(name.end.stage).toBe('worktree');
    expect(name.err).toContain('not..legal');
    await script(box, 'mkdir -p /workspace/worktrees/w2 && touch /workspace/worktrees/w2/mine');
    const path2 = await run({ worktree: worktreeOf('w2') });
    expect(path2.err).toContain('exists already');
    expect(await script(box, 'ls /workspace/worktrees/w2 && rm -r /workspace/worktrees/w2')).toBe('mine\n');
    expect(await script(box, 'cd /workspace/repo && git worktree list && git branch')).toBe(before);
  });

  it('leaves a branch alone that was there before', async () => {
    await script(box, 'git -C /workspace/repo branch anyon/taken');
    const { end, err } = await run({ worktree: worktreeOf('taken') });
    expect(end.stage).toBe('worktree');
    expect(err).toContain('anyon/taken exists already');
    await script(box, 'git -C /workspace/repo rev-parse --verify anyon/taken && git -C /workspace/repo branch -D anyon/taken');
  });

  it('runs no hook of the repository', async () => {
    await script(box, 'cd /workspace/repo && printf "#!/bin/sh\\ntouch /workspace/hook-ran\\n" > .git/hooks/post-checkout && chmod +x .git/hooks/post-checkout');
    const id = nextId();
    prepareCommand(box, id, { argv: ['true'], cwd: `/workspace/worktrees/${id}`, worktree: worktreeOf(id), snapshot: true });
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
    prepareCommand(box, id, { argv: sh(text), cwd: `/workspace/worktrees/${id}`, worktree: worktreeOf(id), snapshot: true });
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
    prepareCommand(box, id, { argv: sh(text), cwd: `/workspace/worktrees/${id}`, worktree: worktreeOf(id), snapshot: true });
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
    prepareCommand(box, id, { argv: sh('rm -rf .git; exit 3'), cwd: `/workspace/worktrees/${id}`, worktree: worktreeOf(id), snapshot: true });
    await startCommand(box, id);
    expect((await endOf(box, id)).exitCode).toBe(3);
    await gone(id);
    expect(exchanged(box, id, 'err.raw')).toContain('the changes could not be recorded');
  });

  it('and everything else is there before exit.json', async () => {
    const id = nextId();
    const directory = prepareCommand(box, id, { argv: sh('seq 1 100000 > many.txt'), cwd: `/workspace/worktrees/${id}`, worktree: worktreeOf(id), snapshot: true });
    await startCommand(box, id);
    await until('exit.json', () => existsSync(path.join(directory, 'exit.json')));
    const names = await script(box, `cd /anyon/exchange/${id} && ls -A && stat -c "%.9Z %n" exit.json diff.patch changes.json ended base pid | sort | tail -n 1 | cut -d" " -f2`);
    expect(names.trim().split('\n').at(-1)).toBe('exit.json');
    expect(names).not.toMatch(/^\./m);
    await gone(id);
  });

  it('of a living run is printed by diff', async () => {
    const id = nextId();
    prepareCommand(box, id, { argv: sh('echo live >> a.txt; touch ../ready; exec sleep 60'), cwd: `/workspace/worktrees/${id}`, worktree: worktreeOf(id), snapshot: true });
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

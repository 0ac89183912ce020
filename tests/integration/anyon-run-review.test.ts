import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DiffFile } from '@/contract/review';
import { docker, endOf, exchanged, inside, prepareCommand, removeRuntimeContainer, script, startCommand, startRuntimeContainer, until, type RuntimeContainer } from '@/tests/setup/runtime-container';

/** Where a run began and ended, the diffs between, and putting files back: what `anyon-run` does with real and with hostile trees. */
let box: RuntimeContainer;
let count = 0;
const nextId = () => `r${++count}`;
const sh = (text: string) => ['bash', '-euc', text];
const idOf = (name: string | Buffer) => createHash('sha1').update(name).digest('hex');

beforeAll(async () => {
  box = await startRuntimeContainer();
});
afterAll(() => removeRuntimeContainer(box));
beforeEach(async () => {
  await script(box, `cd /workspace; chmod -R u+rwX . ; rm -rf repo repositories worktrees .anyon elsewhere;
    git init -q repo; cd repo; echo '*.log' > .gitignore; echo one > a.txt; echo two > b.txt; mkdir d; echo three > d/c.txt; git add -A; git commit -qm first`);
});

interface Ran {
  id: string;
  files: DiffFile[];
  patch: string;
  before: string;
  after: string;
}

/** One run of a conversation: the first makes the worktree `w`, each later one works in it. */
async function run(text: string, { first = false, bases = { run: null, conversation: null } as Record<string, string | null>, input = undefined as string | undefined } = {}): Promise<Ran> {
  const id = nextId();
  const worktree = first ? { repository: '/workspace/repo', path: '/workspace/worktrees/w', branch: `anyon/${id}`, base: 'HEAD' } : null;
  prepareCommand(box, id, { argv: sh(text), cwd: '/workspace/worktrees/w', worktree, snapshot: true, bases, ...(input !== undefined && { keepStdinOpen: true, closeStdinOn: 'result-line' }) }, input === undefined ? {} : { input });
  await startCommand(box, id);
  await endOf(box, id, 60_000);
  expect(exchanged(box, id, 'err.raw')).toBe('');
  return { id, files: list(id, 'changes.json'), patch: exchanged(box, id, 'diff.patch'), before: existsSync(path.join(box.exchange, id, 'before')) ? exchanged(box, id, 'before').trim() : '', after: exchanged(box, id, 'after').trim() };
}

const list = (id: string, name: string) => (JSON.parse(exchanged(box, id, name)) as { files: DiffFile[] }).files;
const names = (files: DiffFile[]) => files.map((file) => `${file.status} ${file.path}`);
const git = (...argv: string[]) => script(box, `git -C /workspace/worktrees/w ${argv.join(' ')}`);
const show = (from: string, to: string, name: string | Buffer, what = 'patch') => inside(box, 'anyon-run', 'file', 'worktrees/w', from, to, idOf(name), what);
const revert = (from: string, name: string | Buffer) => inside(box, 'anyon-run', 'revert', 'worktrees/w', from, idOf(name));

describe('where a run begins and ends', () => {
  it('is kept with what nobody committed and without what is ignored, and survives garbage collection', async () => {
    const first = await run('echo new > n.txt; echo no > x.log; echo changed > a.txt', { first: true });
    expect(names(first.files)).toEqual(['modified a.txt', 'added n.txt']);
    await script(box, 'cd /workspace/worktrees/w; echo by hand > hand.txt');
    const second = await run('echo more >> n.txt; git add -A; git commit -qm work; rm b.txt', { bases: { run: null, conversation: first.before } });
    expect(names(second.files)).toEqual(['deleted b.txt', 'modified n.txt']);
    expect(names(list(second.id, 'conversation.json'))).toEqual(['modified a.txt', 'deleted b.txt', 'added hand.txt', 'added n.txt']);
    expect(exchanged(box, second.id, 'conversation.patch')).toContain('+by hand');
    expect(existsSync(path.join(box.exchange, first.id, 'conversation.patch'))).toBe(false);

    await script(box, 'cd /workspace/repo; git worktree remove --force ../worktrees/w; git branch -D $(git branch --list "anyon/*"); git reflog expire --expire=now --all; git gc -q --prune=now');
    const tree = async (commit: string) => (await script(box, `git -C /workspace/repo ls-tree -r --name-only ${commit}`)).split('\n').filter(Boolean);
    expect(await tree(first.before)).toEqual(['.gitignore', 'a.txt', 'b.txt', 'd/c.txt']);
    expect(await tree(first.after)).toEqual(['.gitignore', 'a.txt', 'b.txt', 'd/c.txt', 'n.txt']);
    expect(await tree(second.before)).toEqual(['.gitignore', 'a.txt', 'b.txt', 'd/c.txt', 'hand.txt', 'n.txt']);
    expect(await script(box, `git -C /workspace/repo show ${second.before}:n.txt`)).toBe('new\n');
    expect(await script(box, `git -C /workspace/repo rev-parse ${first.before}^1`)).toBe(exchanged(box, first.id, 'base'));
  });

  it('is written down before the command has read a word, also when that takes its time', async () => {
    await run('true', { first: true });
    await script(box, 'cd /workspace/worktrees/w; for i in $(seq 3000); do echo $i > f$i; done');
    const { files } = await run('read -r line; echo "$line" > f1; rm f2; echo \'{"type":"result"}\'', { input: 'go\n' });
    expect(names(files)).toEqual(['modified f1', 'deleted f2']);
  });

  it('of a later attempt is that of the first', async () => {
    const first = await run('echo new > n.txt', { first: true });
    const { id, files, before } = await run('echo more > m.txt', { bases: { run: first.before, conversation: null } });
    expect(names(files)).toEqual(['added m.txt', 'added n.txt']);
    expect([before, existsSync(path.join(box.exchange, id, 'conversation.patch'))]).toEqual(['', false]);
  });

  it('leaves no process and no lock behind when the run is stopped at once', async () => {
    await run('true', { first: true });
    await script(box, 'cd /workspace/worktrees/w; for i in $(seq 2000); do echo $i > f$i; done');
    const id = nextId();
    prepareCommand(box, id, { argv: sh('sleep 60'), cwd: '/workspace/worktrees/w', snapshot: true, keepStdinOpen: true }, { input: 'go\n' });
    await startCommand(box, id);
    await until('the start', () => existsSync(path.join(box.exchange, id, 'pid')));
    expect((await inside(box, 'anyon-run', 'stop', id, '0')).code).toBe(0);
    await endOf(box, id);
    await until('the wrapper', async () => (await inside(box, 'anyon-run', 'alive', id)).code !== 0);
    expect([list(id, 'changes.json'), exchanged(box, id, 'before')]).toEqual([[], expect.stringMatching(/^[0-9a-f]{40}\n$/)]);
    expect(await script(box, 'cd /workspace/worktrees/w; ls "$(git rev-parse --git-dir)" | grep lock || true; ls -A /anyon/exchange/*/ | grep snapshot || true')).toBe('');
  });
});

describe('a diff', () => {
  it('shows modes, links, binary files with sizes, names of every byte, line ends, and a repository inside', async () => {
    const { files, patch } = await run(
      `chmod +x a.txt; rm b.txt; ln -s a.txt b.txt; head -c 2000 /dev/urandom > bin; printf 'no end' > open; printf 'x\\r\\ny\\r\\n' > crlf
       printf 1 > "$(printf 'na\\\\me\\n\\xff\\xfe"x')"; printf 1 > -rf; printf 1 > ':(top)x'; printf 1 > ' lead and trail '; git mv d/c.txt d/moved.txt; git init -q inner; cd inner; git commit -q --allow-empty -m i`,
      { first: true },
    );
    const by = new Map(files.map((file) => [file.path, file]));
    expect(by.get('a.txt')).toMatchObject({ status: 'modified', oldMode: '100644', newMode: '100755', blocks: 1 });
    expect(by.get('b.txt')).toMatchObject({ status: 'retyped', newMode: '120000', blocks: 2 });
    expect(by.get('bin')).toMatchObject({ binary: true, oldSize: null, newSize: 2000, oldMode: '000000' });
    expect(by.get('inner')).toMatchObject({ newMode: '160000', status: 'added' });
    expect(by.get('d/moved.txt')).toMatchObject({ status: 'renamed', from: 'd/c.txt' });
    expect(patch).toContain('\\ No newline at end of file');
    expect(patch).toContain('+x\r\n+y\r\n');
    expect(files.map(({ id }) => id)).toEqual(expect.arrayContaining([idOf(Buffer.from('6e615c6d650afffe2278', 'hex')), idOf('-rf'), idOf(':(top)x'), idOf(' lead and trail ')]));
    expect(patch.match(/^diff --git /gm)).toHaveLength(files.reduce((sum, { blocks }) => sum + blocks, 0));
  });

  it('leaves out what is too large, hands it over when asked, and never holds what is huge', async () => {
    const { files, before, after, patch } = await run('seq 1 200000 > large.txt; head -c 40000000 /dev/zero | tr "\\0" x > huge.txt; echo small > small.txt', { first: true });
    expect(files.map(({ path: name, omitted, blocks, binary }) => [name, omitted, blocks, binary])).toEqual([['huge.txt', null, 1, true], ['large.txt', 'large', 0, false], ['small.txt', null, 1, false]]);
    expect(patch).toContain('+small');
    const { stdout, code } = await show(before, after, 'large.txt');
    expect([code, stdout.startsWith('diff --git a/large.txt'), stdout.endsWith('+200000\n')]).toEqual([0, true, true]);
    expect((await show(before, 'now', 'large.txt')).stdout).toBe(stdout);
    expect(await show(before, after, 'absent')).toMatchObject({ code: 1, stderr: expect.stringContaining('as it was by now') as string });
    expect((await show(before, after, 'small.txt', 'everything')).code).toBe(64);
    for (const name of ['repo/../worktrees/w', '../workspace/repo', '/workspace/repo', 'worktrees/-x']) expect((await inside(box, 'anyon-run', 'file', name, before, after, idOf('small.txt'), 'patch')).code, name).toBe(64);
  });

  it('hands over the file as it was, also of a renamed one', async () => {
    await script(box, 'cd /workspace/repo; seq 1 100 > long.txt; git add -A; git commit -qm long');
    const { before, after } = await run('git mv long.txt renamed.txt; sed -i 50d renamed.txt', { first: true });
    expect((await show(before, after, 'renamed.txt', 'old')).stdout).toBe(Array.from({ length: 100 }, (_, index) => `${index + 1}\n`).join(''));
    expect((await show(before, after, 'renamed.txt')).stdout).toContain('rename from long.txt');
  });
});

describe('a file', () => {
  const state = () => script(box, 'cd /workspace/worktrees/w; find . -name .git -prune -o \\( -type f -o -type l \\) -printf "%m %p %l\\n" | sort; cat a.txt');

  it('is put back, whatever happened to it, and what was there before is kept', async () => {
    const { before, files } = await run(`echo changed > a.txt; chmod +x a.txt; rm b.txt; git mv d/c.txt moved.txt; echo x > "$(printf 'n\\n\\xff')"; mkdir new; echo y > new/-f; ln -s /etc/passwd link; echo ignored > i.log`, { first: true });
    expect(files).toHaveLength(6);
    const full = await state();
    for (const name of ['a.txt', 'b.txt', 'moved.txt', Buffer.from('6e0aff', 'hex'), 'new/-f', 'link']) {
      const { code, stdout, stderr } = await revert(before, name);
      expect([code, stderr], String(name)).toEqual([0, '']);
      expect(JSON.parse(stdout)).toMatchObject({ before: expect.stringMatching(/^[0-9a-f]{40}$/) as string });
    }
    expect(await state()).toBe('644 ./.gitignore \n644 ./a.txt \n644 ./b.txt \n644 ./d/c.txt \n644 ./i.log \none\n');
    expect(await revert(before, 'a.txt')).toMatchObject({ code: 1, stderr: expect.stringContaining('as it was by now') as string });
    // Each step is in a checkpoint: the first holds everything.
    const { stdout } = await inside(box, 'anyon-run', 'checkpoint', 'person');
    const oldest = (JSON.parse(stdout) as { checkpoints: { commit: string; name: string }[] }).checkpoints.filter(({ name }) => name === 'worktrees/w').at(-1);
    expect((await inside(box, 'anyon-run', 'restore', 'worktrees/w', oldest?.commit ?? '')).code).toBe(0);
    expect(await state()).toBe(full);
  });

  it('is written through no link, and nothing that stands in its way is removed', async () => {
    await script(box, 'mkdir /workspace/elsewhere; echo precious > /workspace/elsewhere/c.txt');
    const { before } = await run('rm -r d; ln -s /workspace/elsewhere d; rm a.txt; mkdir a.txt; echo in > a.txt/in; echo ignored > a.txt/x.log', { first: true });
    for (const name of ['d/c.txt', 'a.txt']) expect(await revert(before, name), name).toMatchObject({ code: 1, stderr: expect.stringMatching(/stands where/) as string });
    expect(await script(box, 'cat /workspace/elsewhere/c.txt; cd /workspace/worktrees/w; cat a.txt/*; readlink d')).toBe('precious\nin\nignored\n/workspace/elsewhere\n');
    expect((await revert(before, 'd')).code).toBe(0);
    expect((await revert(before, 'd/c.txt')).code).toBe(0);
    expect(await script(box, 'cat /workspace/elsewhere/c.txt /workspace/worktrees/w/d/c.txt')).toBe('precious\nthree\n');
  });

  it('keeps what is staged, and a repository inside is left alone', async () => {
    const { before } = await run('echo staged > s.txt; git add s.txt; git init -q inner; cd inner; git commit -q --allow-empty -m i', { first: true });
    expect((await revert(before, 's.txt')).code).toBe(0);
    expect(await git('status', '--porcelain', 's.txt')).toBe('AD s.txt\n');
    expect(await revert(before, 'inner')).toMatchObject({ code: 1, stderr: expect.stringContaining('a repository inside') as string });
  });
});

describe('the end of a run', () => {
  it('is brought back byte for byte, with line ends and filters as they were, also when the worktree is gone', async () => {
    await script(box, `cd /workspace/repo; printf '*.win text eol=crlf\\n*.up filter=up\\n' > .gitattributes; printf 'x\\n' > t.win; git add -A; git commit -qm win; git config filter.up.clean 'tr a-z A-Z'; git config filter.up.smudge cat`);
    const first = await run(`printf 'lower\\n' > f.up; printf 'mixed\\r\\nends\\n' > m.win; rm b.txt`, { first: true });
    expect(first.files.map(({ path: name }) => name)).toEqual(['b.txt', 'f.up', 'm.win']);
    const then = await script(box, 'cd /workspace/worktrees/w; sha256sum $(git ls-files --others --cached --exclude-standard | grep -v b.txt)');
    await run('rm -r f.up m.win d; echo later > later.txt; echo back > b.txt', { bases: { run: null, conversation: first.before } });
    expect((await inside(box, 'anyon-run', 'restore', 'worktrees/w', first.after)).code).toBe(0);
    expect(await script(box, 'cd /workspace/worktrees/w; sha256sum $(git ls-files --others --cached --exclude-standard | grep -v b.txt); ls b.txt later.txt 2>/dev/null || true')).toBe(then);
    await script(box, 'rm -rf /workspace/worktrees/w');
    expect((await inside(box, 'anyon-run', 'restore', 'worktrees/w', first.after)).code).toBe(0);
    expect(await script(box, 'cd /workspace/worktrees/w; sha256sum $(git ls-files --others --cached --exclude-standard | grep -v b.txt)')).toBe(then);
    expect((await inside(box, 'anyon-run', 'restore', 'worktrees/w', first.before)).code).toBe(1);
    expect((await docker('exec', box.name, 'true')).code).toBe(0);
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { inside, removeRuntimeContainer, script, startRuntimeContainer, type RuntimeContainer } from '@/tests/setup/runtime-container';

/** N10: what `anyon-run checkpoint` and `restore` do with real and with hostile repositories. */
let box: RuntimeContainer;

beforeAll(async () => {
  box = await startRuntimeContainer();
});
afterAll(() => removeRuntimeContainer(box));
beforeEach(async () => {
  await script(box, 'cd /workspace; chmod -R u+rwx . ; rm -rf repo repositories worktrees .anyon elsewhere /tmp/ran');
});

interface Report {
  trees: { name: string; outcome: string; commit: string | null; skipped: number; reason: string | null }[];
  checkpoints: { id: string; name: string; ref: string; commit: string; cause: string; files: number }[];
  complete: boolean;
}

async function checkpoint(cause = 'stop'): Promise<Report> {
  const { code, stdout, stderr } = await inside(box, 'anyon-run', 'checkpoint', cause);
  expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as Report;
}

async function restore(tree: string, commit: string): Promise<{ before: string }> {
  const { code, stdout, stderr } = await inside(box, 'anyon-run', 'restore', tree, commit);
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as { before: string };
}

const outcomes = (report: Report) => Object.fromEntries(report.trees.map(({ name, outcome }) => [name, outcome]));
const newest = (report: Report, name = 'repo') => report.checkpoints.find((one) => one.name === name)?.commit ?? '';

/** Every file and link with its mode and the hash of its bytes, names as they are; without what git keeps for itself. */
const listing = (directory = '/workspace/repo') =>
  script(box, `cd ${directory}; { find . -name .git -prune -o -type f -printf '%m ' -exec sha256sum -z {} \\; ; find . -name .git -prune -o -type l -printf 'link %p %l\\0'; } | sort -z | base64 -w0`);
const repository = (text: string) => script(box, `git init -q /workspace/repo; cd /workspace/repo; echo one > a; echo two > b; mkdir d; echo three > d/c; git add -A; git commit -qm first; ${text}`);
const git = (...argv: string[]) => script(box, `git -C /workspace/repo ${argv.join(' ')}`);

const everything = `
  echo changed > a; rm b; mkdir -p new/er; head -c 300000 /dev/urandom > new/er/bytes; chmod +x new/er/bytes
  printf 'odd' > "$(printf 'na\\\\me\\n\\xff\\xfe"x')"; touch -- -rf; printf x > 'git~1'; mkdir tail.lock; echo 1 > tail.lock/x; : > empty
  ln -s /etc/passwd link; ln -s nowhere dangling; echo staged > s; git add s; echo later > s; echo '*.log' > .gitignore; echo ignored > x.log; rm -r d; echo file > d`;

describe('N10 a checkpoint', () => {
  it('holds all files byte for byte and touches neither index, branches, stash nor HEAD', async () => {
    await repository(`echo kept > k; git add k; git stash -q; ${everything}`);
    const before = [await listing(), await git('status --porcelain=v2 --branch'), await git('for-each-ref'), await script(box, 'sha256sum < /workspace/repo/.git/index')];
    const report = await checkpoint('person');
    expect(outcomes(report)).toEqual({ repo: 'taken' });
    expect(report.checkpoints).toMatchObject([{ name: 'repo', cause: 'person' }]);
    const after = [await listing(), await git('status --porcelain=v2 --branch'), (await git('for-each-ref')).replace(/.*refs\/anyon\/.*\n/g, ''), await script(box, 'sha256sum < /workspace/repo/.git/index')];
    expect(after).toEqual(before);
    await script(box, `cd /workspace/repo; find . -mindepth 1 -maxdepth 1 ! -name .git ! -name .gitignore -exec rm -rf {} +; echo other > a; mkdir b; echo in > b/x; echo ignored > x.log`);
    await restore('repo', newest(report));
    expect(await listing()).toBe(before[0]);
  });

  it('is undone by the one that is taken before', async () => {
    await repository('echo first > f');
    const first = newest(await checkpoint());
    await script(box, 'cd /workspace/repo; rm f; echo second > g; echo changed > a; mkdir e; echo three > e/c; rm -r d; ln -s e d');
    const then = await listing();
    const { before } = await restore('repo', first);
    expect(await script(box, 'cd /workspace/repo; cat f a; ls')).toBe('first\none\na\nb\nd\nf\n');
    expect(await script(box, 'cat /workspace/repo/d/c; readlink /workspace/repo/d || echo a folder')).toBe('three\na folder\n');
    await restore('repo', before);
    expect(await listing()).toBe(then);
  });

  it('is taken only when there is something new', async () => {
    await repository('');
    expect(outcomes(await checkpoint())).toEqual({ repo: 'clean' });
    await script(box, 'echo x > /workspace/repo/x');
    expect(outcomes(await checkpoint())).toEqual({ repo: 'taken' });
    expect(outcomes(await checkpoint())).toEqual({ repo: 'same' });
    await script(box, 'cd /workspace/repo; git add x; git commit -qm x');
    expect(outcomes(await checkpoint())).toEqual({ repo: 'clean' });
    await script(box, 'cd /workspace/repo; echo more >> x; git add x; git checkout -q HEAD -- . ; echo s > s; git add s; rm s');
    expect(outcomes(await checkpoint())).toEqual({ repo: 'taken' }); // only staged, and nowhere else
    expect((await git('show', `$(git -C /workspace/repo for-each-ref --sort=-refname --count=1 --format='%(objectname)' refs/anyon)^2:s`)).trim()).toBe('s');
  });

  it('survives gc, is not pushed, and makes room after fifty', async () => {
    await repository('git init -q --bare /workspace/elsewhere; git remote add origin /workspace/elsewhere');
    const first = newest(await script(box, 'echo 0 > /workspace/repo/n').then(() => checkpoint()));
    await script(box, 'for i in $(seq 1 52); do echo $i > /workspace/repo/n; anyon-run checkpoint stop > /dev/null; done');
    const report = await checkpoint();
    expect(report.checkpoints).toHaveLength(50);
    expect(report.checkpoints.map(({ commit }) => commit)).not.toContain(first);
    await git('gc -q --prune=now');
    await restore('repo', report.checkpoints.at(-1)?.commit ?? '');
    expect(await script(box, 'cat /workspace/repo/n')).toBe('3\n');
    await script(box, 'cd /workspace/repo; git push -q --all origin; git push -q --tags origin; git config push.default current; git push -q origin');
    expect(await script(box, 'git -C /workspace/elsewhere for-each-ref --format="%(refname)"')).toBe('refs/heads/main\n');
  }, 240_000);
});

describe('N10 every kind of working tree', () => {
  it('each has its own: further repositories, and worktrees of runs, also when the worktree is gone', async () => {
    await repository('git worktree add -q -b anyon/run-1 /workspace/worktrees/01890000-aaaa HEAD; echo w > /workspace/worktrees/01890000-aaaa/w; git init -q /workspace/repositories/li.b; echo l > /workspace/repositories/li.b/l');
    const report = await checkpoint();
    expect(outcomes(report)).toEqual({ repo: 'clean', 'repositories/li.b': 'taken', 'worktrees/01890000-aaaa': 'taken' });
    await script(box, 'rm -rf /workspace/worktrees/01890000-aaaa');
    expect((await checkpoint()).checkpoints.map(({ name }) => name).sort()).toEqual(['repositories/li.b', 'worktrees/01890000-aaaa']);
    await restore('worktrees/01890000-aaaa', newest(report, 'worktrees/01890000-aaaa'));
    expect(await script(box, 'cd /workspace/worktrees/01890000-aaaa; cat w a; git status --short --branch')).toBe('w\none\n## anyon/run-1\n?? w\n');
  });

  it.each([
    ['an empty repository', 'git init -q /workspace/repo; echo x > /workspace/repo/x'],
    ['a detached HEAD', 'git init -q /workspace/repo; cd /workspace/repo; echo a > a; git add a; git commit -qm a; git checkout -q --detach; echo x > x'],
    ['a merge with conflicts', 'git init -q /workspace/repo; cd /workspace/repo; echo a > a; git add a; git commit -qm a; git checkout -qb o; echo o > a; git commit -qam o; git checkout -q main; echo m > a; git commit -qam m; git merge -q o || true; echo x > x'],
    ['a rebase in the middle', 'git init -q /workspace/repo; cd /workspace/repo; echo a > a; git add a; git commit -qm a; git checkout -qb o; echo o > a; git commit -qam o; git checkout -q main; echo m > a; git commit -qam m; git rebase -q o || true; echo x > x'],
    ['an index that cannot be read', 'git init -q /workspace/repo; cd /workspace/repo; echo a > a; git add a; git commit -qm a; echo nonsense > .git/index; echo x > x'],
    ['an index that is locked', 'git init -q /workspace/repo; cd /workspace/repo; echo a > a; git add a; git commit -qm a; touch .git/index.lock; echo x > x'],
    ['SHA-256', 'git init -q --object-format=sha256 /workspace/repo; cd /workspace/repo; echo a > a; git add a; git commit -qm a; echo x > x'],
    ['a split index and a sparse checkout', 'git init -q /workspace/repo; cd /workspace/repo; mkdir p q; echo a > p/a; echo a > q/a; git add -A; git commit -qm a; git update-index --split-index; git sparse-checkout set p; echo x > x'],
    ['files that are assumed unchanged', 'git init -q /workspace/repo; cd /workspace/repo; echo a > a; echo x > x; git add -A; git commit -qm a; git update-index --assume-unchanged x; git update-index --skip-worktree a; echo changed > x; echo changed > a'],
  ])('%s', async (_name, text) => {
    await script(box, text);
    const before = await listing();
    const report = await checkpoint();
    expect(report.trees).toMatchObject([{ name: 'repo', outcome: 'taken', skipped: 0, reason: null }]);
    await script(box, 'cd /workspace/repo; rm -f x; echo other > a; echo y > y');
    await restore('repo', newest(report));
    expect(await listing()).toBe(before);
  });

  it('submodules and clones inside, with what is not committed in them', async () => {
    await script(box, 'git init -q /workspace/elsewhere; cd /workspace/elsewhere; echo s > s; git add s; git commit -qm s');
    await repository('git -c protocol.file.allow=always submodule --quiet add /workspace/elsewhere sub; git commit -qm sub; git clone -q /workspace/elsewhere "in side"; git init -q without');
    await script(box, 'cd /workspace/repo; echo changed > sub/s; echo new > "in side/new"; echo f > without/f');
    const before = await listing();
    const report = await checkpoint();
    expect(report.trees).toMatchObject([{ outcome: 'taken', skipped: 0 }]);
    await script(box, 'cd /workspace/repo; git -C sub checkout -q -- s; rm "in side/new"; echo other > without/f; echo y > sub/y');
    await restore('repo', newest(report));
    expect(await listing()).toBe(before);
    const trees = [report, await checkpoint()].map((one) => git('rev-parse', `${newest(one)}^{tree}`));
    expect(await trees[0]).toBe(await trees[1]); // the same commits stand for what is inside
  });

  it('a tree that git has been taken from is told, and holds up no other', async () => {
    await repository('git init -q /workspace/repositories/lib; echo l > /workspace/repositories/lib/l; echo x > x; rm -rf .git/HEAD');
    const report = await checkpoint();
    expect(outcomes(report)).toEqual({ repo: 'failed', 'repositories/lib': 'taken' });
    expect([report.complete, report.trees[0]?.reason]).toEqual([false, 'git rev-parse failed']);
  });
});

describe('N10 a hostile repository', () => {
  it('gets nothing run, and its files come back as they were, whatever conversions it asks for', async () => {
    await repository(`
      printf '%s\\n' '*.txt filter=evil diff=evil text eol=crlf' '*.id ident' '*.enc working-tree-encoding=UTF-16' '[attr]sly filter=evil' '*.sly sly' > .gitattributes
      cp .gitattributes .git/info/attributes; git config core.attributesFile /workspace/repo/.gitattributes
      for name in clean smudge process; do git config filter.evil.$name "echo $name >> /tmp/ran; cat"; done; git config filter.evil.required true
      git config core.fsmonitor 'echo fsmonitor >> /tmp/ran; false'; git config diff.evil.command 'echo diff >> /tmp/ran'; git config diff.evil.textconv 'echo textconv >> /tmp/ran'
      git config core.pager 'echo pager >> /tmp/ran'; git config core.editor 'echo editor >> /tmp/ran'; git config core.sshCommand 'echo ssh >> /tmp/ran'; git config gpg.program /tmp/evil; git config commit.gpgSign true
      git config gc.auto 1; git config core.worktree /etc; git config alias.update-index '!echo alias >> /tmp/ran'; git config core.untrackedCache true
      mkdir hooks; for hook in pre-commit post-commit post-index-change reference-transaction post-checkout post-rewrite pre-auto-gc; do printf '#!/bin/sh\\necho %s >> /tmp/ran\\n' $hook > hooks/$hook; chmod +x hooks/$hook; cp hooks/$hook .git/hooks; done; git config core.hooksPath /workspace/repo/hooks
      printf 'one\\r\\ntwo\\n' > x.txt; printf '$Id: me $\\n' > x.id; printf '\\xff\\xfea\\0' > x.enc; echo s > x.sly; mkdir inner; cp -r .git inner/.git; git -C inner config --unset core.worktree; echo i > inner/x.txt; rm -f /tmp/ran`);
    const before = await listing();
    const report = await checkpoint();
    expect(outcomes(report)).toEqual({ repo: 'taken' });
    await script(box, 'cd /workspace/repo; rm x.*; echo y > y.txt');
    await restore('repo', newest(report));
    expect(await listing()).toBe(before);
    expect(await script(box, 'cat /tmp/ran 2>/dev/null || echo nothing ran')).toBe('nothing ran\n');
  });

  it('cannot hide work in what git does not take, nor make a checkpoint wait', async () => {
    await repository('mkfifo pipe; echo secret > unreadable; chmod 000 unreadable; mkdir .GIT; echo x > .GIT/x; echo fine > fine; rm a; mkfifo a');
    const report = await checkpoint();
    expect(report.trees).toMatchObject([{ outcome: 'taken', skipped: 2 }]); // the unreadable one and .GIT: a FIFO holds nothing
    expect(await git('show', `${newest(report)}:fine`)).toBe('fine\n');
  });

  it('that keeps the lock gets an answer in words', async () => {
    await repository('echo x > x; mkdir -p /workspace/.anyon/checkpoints');
    await script(box, 'setsid flock /workspace/.anyon/checkpoints/lock sleep 34 > /dev/null 2>&1 & sleep 0.2');
    const { code, stderr } = await inside(box, 'anyon-run', 'checkpoint', 'stop');
    expect([code, stderr]).toEqual([1, 'anyon-run: another checkpoint of this workspace does not come to its end\n']);
  }, 60_000);

  it('line ends that git itself has changed are nobody’s work', async () => {
    await script(box, "git init -q /workspace/elsewhere; cd /workspace/elsewhere; printf '*.bat text eol=crlf\\n' > .gitattributes; printf 'x\\ny\\n' > w.bat; git add -A; git commit -qm first; git clone -q /workspace/elsewhere /workspace/repo");
    expect(await script(box, 'od -c /workspace/repo/w.bat | head -1')).toContain('\\r');
    expect(outcomes(await checkpoint())).toEqual({ repo: 'clean' });
  });
});

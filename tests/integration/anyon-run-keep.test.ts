import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { docker, inside, removeRuntimeContainer, script, startRuntimeContainer, type RuntimeContainer } from '@/tests/setup/runtime-container';

/** N10: what `anyon-run keep` and `bring-back` make of a workspace, and checkpoints where the disk or the process ends. */
let box: RuntimeContainer;
let count = 0;

beforeAll(async () => {
  box = await startRuntimeContainer();
});
afterAll(() => removeRuntimeContainer(box));
beforeEach(async () => {
  await script(box, 'cd /workspace; chmod -R u+rwx .; rm -rf repo repositories worktrees .anyon elsewhere stray.txt');
  await script(box, "git init -q /workspace/elsewhere; cd /workspace/elsewhere; echo one > a; echo two > b; printf 'x\\r\\n' > w.bat; printf '*.bat eol=crlf\\n' > .gitattributes; git add -A; git commit -qm first; git branch dev; git clone -q --bare . /tmp/remote-$$.git; git clone -q /tmp/remote-$$.git /workspace/repo; rm -rf /workspace/elsewhere");
});

interface Kept {
  keep: 'nothing' | 'bundle' | 'files';
  reason: string | null;
  repositories: { name: string; bundle: string | null; trees: { name: string }[] }[];
}

async function keep(): Promise<Kept & { folder: string }> {
  const id = `keep-${++count}`;
  await script(box, `mkdir /anyon/exchange/${id}`);
  const { code, stdout, stderr } = await inside(box, 'anyon-run', 'keep', id);
  expect([code, stderr]).toEqual([0, '']);
  return { ...(JSON.parse(stdout) as Kept), folder: `/anyon/exchange/${id}` };
}

async function bringBack(kept: Kept & { folder: string }): Promise<{ checkpoints: { name: string }[] }> {
  const id = `back-${++count}`;
  const told = { repositories: kept.repositories.map((repository) => ({ ...repository, url: `https://example.org/${repository.name}.git` })) };
  await script(box, `mkdir /anyon/exchange/${id}; cp ${kept.folder}/*.bundle /anyon/exchange/${id}; printf %s '${JSON.stringify(told)}' > /anyon/exchange/${id}/kept.json`);
  const { code, stdout, stderr } = await inside(box, 'anyon-run', 'bring-back', id);
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as { checkpoints: { name: string }[] };
}

const listing = (directory: string) => script(box, `cd ${directory}; { find . -name .git -prune -o -type f -printf '%m ' -exec sha256sum -z {} \\; ; find . -name .git -prune -o -type l -printf 'link %p %l\\0'; } | sort -z | base64 -w0`);
const state = (directory: string) => script(box, `cd ${directory}; git status --porcelain=v2 --branch; git stash list; git for-each-ref | grep -v 'refs/anyon\\|origin/HEAD'; git diff --cached | sha256sum`);
const worktree = '/workspace/worktrees/01890000-bbbb';

describe('N10 before a workspace is removed', () => {
  it('nothing is kept of what the remote has', async () => {
    expect(await keep()).toMatchObject({ keep: 'nothing', repositories: [] });
    await script(box, 'cd /workspace/repo; git checkout -q dev; git checkout -q --detach');
    expect(await keep()).toMatchObject({ keep: 'nothing' });
  });

  it.each([
    ['a commit', 'git commit -q --allow-empty -m c'],
    ['a commit that no branch has', 'git checkout -q --detach; git commit -q --allow-empty -m c'],
    ['a commit on another branch', 'git branch other; git checkout -q other; git commit -q --allow-empty -m c; git checkout -q main'],
    ['a stash', 'echo x > a; git stash -q'],
    ['a change', 'echo x > a'],
    ['a file that is not tracked', 'echo x > x'],
    ['what is staged alone', 'echo x > a; git add a; git checkout -q HEAD^{tree} -- b; git show HEAD:a > a'],
    ['a worktree of a run', `git worktree add -q -b anyon/run-1 ${worktree}; echo x > ${worktree}/x`],
    ['a tag', 'git commit -q --allow-empty -m c; git tag mine; git reset -q --hard origin/main'],
  ])('%s is', async (_name, text) => {
    await script(box, `cd /workspace/repo; ${text}`);
    expect(await keep()).toMatchObject({ keep: 'bundle', reason: null, repositories: [{ name: 'repo' }] });
  });

  it('all of it comes back byte for byte: files, branches, index, stashes, worktrees, further repositories', async () => {
    await script(box, `cd /workspace/repo; echo c > c; git add c; git commit -qm local; for n in 1 2 3; do echo $n > s; git add s; git stash -q; done
      git worktree add -q -b anyon/run-1 ${worktree}; echo w > ${worktree}/w; echo changed > ${worktree}/a
      git checkout -q -b side; git branch -q --set-upstream-to=origin/dev; echo d > d; git add d; git commit -qm side; echo st > staged; git add staged; echo later > staged; rm b; ln -s a link; head -c 200000 /dev/urandom > bytes; chmod +x bytes; printf x > "$(printf 'n\\n\\xff')"
      git init -q /workspace/repositories/lib; echo l > /workspace/repositories/lib/l; git init -q /workspace/repositories/empty`);
    const trees = ['/workspace/repo', worktree, '/workspace/repositories/lib'];
    const before = await Promise.all(trees.map(listing));
    const git = await Promise.all(trees.slice(0, 2).map(state));
    const kept = await keep();
    expect(kept.repositories.map(({ name, bundle }) => [name, bundle !== null])).toEqual([['repo', true], ['repositories/empty', false], ['repositories/lib', true]]);
    await script(box, 'rm -rf /workspace/repo /workspace/repositories /workspace/worktrees /workspace/.anyon');
    const found = await bringBack(kept);
    expect(found.checkpoints.map(({ name }) => name).sort()).toEqual(['repo', 'repositories/lib', 'worktrees/01890000-bbbb']);
    expect(await Promise.all(trees.map(listing))).toEqual(before);
    const again = await Promise.all(trees.slice(0, 2).map(state));
    expect(again.map((text) => text.replace(/# branch\.(upstream|ab) .*\n/g, ''))).toEqual(git.map((text) => text.replace(/# branch\.(upstream|ab) .*\n/g, '')));
    expect(await script(box, 'cd /workspace/repo; git remote -v | head -1; git config branch.main.merge; git fsck --no-dangling 2>&1')).toBe('origin\thttps://example.org/repo.git (fetch)\nrefs/heads/main\n');
    await bringBack(kept); // as after a crash in the middle
    expect(await Promise.all(trees.map(listing))).toEqual(before);
  });

  it.each([
    ['files outside of the repositories', 'echo x > /workspace/stray.txt', /outside of the repositories/],
    ['a repository without git', 'rm -rf /workspace/repo/.git', /outside of the repositories/],
    ['a repository that git cannot read', 'rm /workspace/repo/.git/HEAD', /checkpoint of repo could not be taken/],
    ['a file that cannot be read', 'echo x > /workspace/repo/x; chmod 000 /workspace/repo/x', /cannot be read/],
    ['a clone inside', 'git clone -q /workspace/repo /workspace/repo/inside', /repositories inside/],
    ['a shallow clone', 'cd /workspace; echo x >> repo/a; git -C repo commit -qam x; git clone -q --depth 1 file:///workspace/repo shallow; rm -rf repo; mv shallow repo', /shallow/],
    ['large files elsewhere', 'mkdir -p /workspace/repo/.git/lfs/objects; echo x > /workspace/repo/x', /LFS/],
  ])('%s cannot be in a bundle, and that is said', async (_name, text, reason) => {
    await script(box, text);
    const { code, stdout } = await inside(box, 'anyon-run', 'keep', (await script(box, `mkdir /anyon/exchange/k${++count}; echo k${count}`)).trim());
    const answer = JSON.parse(stdout) as Kept;
    expect([code, answer.keep]).toEqual([0, 'files']);
    expect(answer.reason).toMatch(reason);
  });
});

describe('N10 a hostile repository', () => {
  it('gets nothing run when its work is kept', async () => {
    await script(box, `cd /workspace/repo; rm -f /tmp/ran; printf '#!/bin/sh\necho ran >> /tmp/ran; exit 1\n' > evil; chmod +x evil; mkdir hooks
      echo x > a; git stash -q; commit=$(git cat-file commit stash | sed '/^committer/a gpgsig -----BEGIN PGP SIGNATURE-----\\n x\\n -----END PGP SIGNATURE-----' | git hash-object -t commit -w --stdin); git stash drop -q; git stash store -m signed $commit
      for hook in pre-commit post-commit post-checkout reference-transaction post-index-change; do cp evil hooks/$hook; done
      for name in core.hooksPath=/workspace/repo/hooks core.fsmonitor=/workspace/repo/evil log.showSignature=true gpg.program=/workspace/repo/evil core.pager=/workspace/repo/evil filter.evil.clean=/workspace/repo/evil filter.evil.smudge=/workspace/repo/evil diff.external=/workspace/repo/evil core.alternateRefsCommand=/workspace/repo/evil uploadpack.packObjectsHook=/workspace/repo/evil alias.bundle=!/workspace/repo/evil; do git config \${name%%=*} \${name#*=}; done
      git config --global log.showSignature true; git config --global gpg.program /workspace/repo/evil; echo '* filter=evil' > .gitattributes`);
    await script(box, 'cd /workspace/repo; git log -1 stash > /dev/null 2>&1 || true; test -s /tmp/ran; rm /tmp/ran'); // it does run when git is asked plainly
    expect(await keep()).toMatchObject({ keep: 'bundle' });
    expect(await script(box, 'rm -f ~/.gitconfig; cat /tmp/ran 2>/dev/null || echo nothing ran')).toBe('nothing ran\n');
  });
});

describe('N10 a checkpoint', () => {
  it('that the disk is too small for says so, leaves nothing behind, and works again when there is room', async () => {
    const small = `anyon-test-${randomBytes(6).toString('hex')}`;
    await docker('run', '-d', '--name', small, '--memory', '512m', '--tmpfs', '/workspace:size=12m,uid=1000,gid=1000,exec', 'anyon-claude:latest');
    const place = { name: small, files: '', exchange: '', secrets: '' };
    try {
      await script(place, 'git init -q /workspace/repo; cd /workspace/repo; head -c 4000000 /dev/urandom > one; head -c 4000000 /dev/urandom > two');
      const used = () => script(place, 'rm -rf /workspace/.anyon; du -s /workspace | cut -f1');
      const before = await used();
      const full = await inside(place, 'anyon-run', 'checkpoint', 'stop');
      expect(full.stdout).toContain('"outcome":"failed"');
      expect(full.stderr).toContain('No space left on device');
      expect(Number(await used()) - Number(before)).toBeLessThan(100);
      await script(place, 'rm /workspace/repo/two');
      expect((await inside(place, 'anyon-run', 'checkpoint', 'stop')).stdout).toContain('"outcome":"taken"');
    } finally {
      await docker('rm', '-f', '-v', small);
    }
  });

  it('that is killed at any moment leaves a repository in which the next one works', async () => {
    await script(box, 'cd /workspace/repo; for n in $(seq 1 3000); do echo $n > n$n; done');
    for (const seconds of [0.05, 0.1, 0.2, 0.3, 0.45, 0.6]) {
      await script(box, `cd /workspace/repo; echo ${seconds} > moment; timeout -s KILL ${seconds} anyon-run checkpoint stop > /dev/null 2>&1 || true; pkill -9 git || true`);
    }
    const { stdout } = await inside(box, 'anyon-run', 'checkpoint', 'stop');
    expect(stdout).toContain('"outcome":"taken"');
    expect(await script(box, 'cd /workspace/repo; git fsck --no-dangling 2>&1; git ls-tree -r $(git for-each-ref --sort=-refname --count=1 --format="%(objectname)" refs/anyon/checkpoints) | wc -l; ls .git/objects | grep tmp_objdir || true')).toBe('3005\n');
  });
});

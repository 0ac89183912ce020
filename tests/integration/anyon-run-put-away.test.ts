import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { inside, removeRuntimeContainer, script, startRuntimeContainer, type RuntimeContainer } from '@/tests/setup/runtime-container';

/** What `anyon-run put-away` makes of the worktree of a run, and that `restore` makes it again. */
let box: RuntimeContainer;
const name = 'worktrees/01890000-bbbb';
const place = `/workspace/${name}`;

beforeAll(async () => {
  box = await startRuntimeContainer();
});
afterAll(() => removeRuntimeContainer(box));
beforeEach(async () => {
  await script(box, 'cd /workspace; chmod -R u+rwx .; rm -rf repo repositories worktrees .anyon');
  await script(box, `git init -q /workspace/repo; cd /workspace/repo; echo one > a; echo '*.log' > .gitignore; git add -A; git commit -qm first; git worktree add -q -b anyon/run-1 ${place}`);
});

async function putAway(tree = name): Promise<{ code: number | null; stderr: string; kept: string | null; checkpoints: { name: string; cause: string; commit: string }[] }> {
  const { code, stdout, stderr } = await inside(box, 'anyon-run', 'put-away', tree);
  return { code, stderr, kept: null, checkpoints: [], ...(code === 0 && (JSON.parse(stdout) as object)) };
}

const isThere = async () => (await script(box, `test -e ${place} && echo yes || echo no`)).trim() === 'yes';

describe('a worktree that is put away', () => {
  it('is gone, its branch stays, and everything but what git ignores comes back', async () => {
    await script(box, `cd ${place}; echo committed > c; git add c; git commit -qm mine; echo changed > a; rm -f gone; echo new > n; chmod +x n; ln -s a link; echo staged > s; git add s; echo noise > x.log`);
    const { code, kept, checkpoints } = await putAway();
    expect([code, await isThere()]).toEqual([0, false]);
    expect(checkpoints).toContainEqual(expect.objectContaining({ name, cause: 'variant', commit: kept }));
    expect(await script(box, 'cd /workspace/repo; git worktree list; git log --format=%s -1 anyon/run-1')).toMatch(/^\S+ +\S+ \[\S+\]\nmine\n$/);
    expect((await inside(box, 'anyon-run', 'restore', name, kept ?? '')).code).toBe(0);
    expect(await script(box, `cd ${place}; git symbolic-ref HEAD; git log --format=%s -1; cat a n s c; test -x n; readlink link; ls`)).toBe('refs/heads/anyon/run-1\nmine\nchanged\nnew\nstaged\ncommitted\na\na\nc\nlink\nn\ns\n');
  });

  it('is told again when it was put away before, by a worker that died; what never was there holds nothing', async () => {
    const { kept } = await putAway();
    expect(kept).toMatch(/^[0-9a-f]{40}$/);
    expect(await putAway()).toMatchObject({ code: 0, kept });
    expect(await putAway('worktrees/01890000-cccc')).toMatchObject({ code: 0, kept: null });
  });

  it.each([
    ['a repository inside of it', `git init -q ${place}/inner; cd ${place}/inner; echo x > x; git add x; git commit -qm inner`, /repositories inside/],
    ['a file that cannot be read', `echo x > ${place}/closed; chmod 000 ${place}/closed`, /cannot be read/],
    ['another repository in its place', `cd /workspace/repo; git worktree remove --force ${place}; git init -q ${place}; cd ${place}; git commit -q --allow-empty -m other`, /not a worktree of the repository/],
  ])('stays where it is because of %s', async (_, text, words) => {
    await script(box, text);
    const { code, stderr } = await putAway();
    expect([code, await isThere()]).toEqual([1, true]);
    expect(stderr).toMatch(words);
  });

  it('is never anything else', async () => {
    for (const tree of ['repo', 'repositories/lib', 'worktrees/..', 'worktrees/a/b', '/workspace/repo']) expect((await putAway(tree)).code, tree).toBe(64);
    expect(await script(box, 'cd /workspace/repo; git status --porcelain; git worktree list')).toContain('anyon/run-1');
  });
});

import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { prepareDetachedCommand, removeDetachedCommand, type DetachedCommandSpec } from '@/server/containers/detached-command';

let workspace = '';
let directory = '';
const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

beforeEach(() => {
  workspace = mkdtempSync(path.join(os.tmpdir(), 'anyon-exchange-'));
  mkdirSync(path.join(workspace, 'exchange'));
  directory = path.join(workspace, 'exchange/run-1');
});
afterEach(() => rmSync(workspace, { recursive: true, force: true }));

const plain: DetachedCommandSpec = { argv: ['git', 'clone'], env: { A: 'b' }, cwd: '/workspace', input: null, keepStdinOpen: false, closeStdinOn: null, credential: null, worktree: null, instructions: null, snapshot: false };
const full: DetachedCommandSpec = {
  ...plain,
  input: '{"type":"user"}\n',
  keepStdinOpen: true,
  closeStdinOn: 'result-line',
  credential: { variable: 'KEY_FILE_DESCRIPTOR', path: '/anyon/secrets/run-1/claude' },
  worktree: { repository: '/workspace/repo', path: '/workspace/worktrees/1', branch: 'anyon/1', base: 'HEAD' },
  instructions: { flag: '--append-system-prompt', file: 'CLAUDE.md', maxBytes: 65_536 },
  session: { from: '/workspace/.claude/a.jsonl', to: '/workspace/.claude/b.jsonl', before: '2026-11-21T12:00:00.000Z', id: ['a', 'b'], worktree: ['/workspace/a', '/workspace/b'], branch: ['one', 'two'] },
  bases: { run: 'a'.repeat(40), conversation: null },
  snapshot: true,
};

const read = (name: string) => readFileSync(path.join(directory, name), 'utf8');
const mode = (name: string) => statSync(path.join(directory, name)).mode & 0o777;

describe('prepareDetachedCommand', () => {
  it('writes everything the wrapper needs, and of the credential only where it is', async () => {
    expect(await prepareDetachedCommand(directory, full, owner)).toBe(true);
    expect(JSON.parse(read('spec.json'))).toEqual({
      version: 1,
      argv: ['git', 'clone'],
      env: { A: 'b' },
      cwd: '/workspace',
      input: 'input.jsonl',
      keepStdinOpen: true,
      closeStdinOn: 'result-line',
      credential: { variable: 'KEY_FILE_DESCRIPTOR', path: '/anyon/secrets/run-1/claude' },
      worktree: full.worktree,
      session: full.session,
      instructions: full.instructions,
      snapshot: true,
      bases: full.bases,
    });
    expect(read('input.jsonl')).toBe('{"type":"user"}\n');
    expect(readdirSync(directory).sort()).toEqual(['err.raw', 'input.jsonl', 'out.raw', 'spec.json']);
    expect([mode('.'), mode('spec.json'), mode('out.raw'), mode('err.raw')]).toEqual([0o700, 0o600, 0o600, 0o600]);
  });

  it('puts further files into the folder, texts and copies, that later changes of the original do not reach', async () => {
    const original = path.join(workspace, 'original');
    writeFileSync(original, 'before');
    await prepareDetachedCommand(directory, { ...plain, files: [{ name: 'script', text: 'echo hello' }, { name: 'archive.tar.gz', copyOf: original }] }, owner);
    writeFileSync(original, 'after');
    expect([read('script'), read('archive.tar.gz')]).toEqual(['echo hello', 'before']);
    expect([mode('script'), mode('archive.tar.gz')]).toEqual([0o400, 0o400]);
    expect(read('spec.json')).not.toContain('script');
  });

  it.each(['spec.json', '../x', 'A', ''])('refuses a further file named %j', async (name) => {
    await expect(prepareDetachedCommand(directory, { ...plain, files: [{ name, text: '' }] }, owner)).rejects.toMatchObject({ name: 'AnyonError' });
    expect(existsSync(directory)).toBe(false);
  });

  it('leaves out what a plain command does not need', async () => {
    await prepareDetachedCommand(directory, plain, owner);
    expect(readdirSync(directory).sort()).toEqual(['err.raw', 'out.raw', 'spec.json']);
    expect(JSON.parse(read('spec.json'))).toMatchObject({ input: null, credential: null, worktree: null });
  });

  it('changes nothing when it is there already: it may have been claimed', async () => {
    await prepareDetachedCommand(directory, full, owner);
    rmSync(path.join(directory, 'input.jsonl'));
    mkdirSync(path.join(directory, 'claim'));
    expect(await prepareDetachedCommand(directory, full, owner)).toBe(false);
    expect(existsSync(path.join(directory, 'input.jsonl'))).toBe(false);
  });

  it('makes up for a preparation that was cut off', async () => {
    mkdirSync(path.join(workspace, 'staging/run-1'), { recursive: true });
    writeFileSync(path.join(workspace, 'staging/run-1/spec.json'), '{"half');
    await prepareDetachedCommand(directory, plain, owner);
    expect(JSON.parse(read('spec.json'))).toMatchObject({ version: 1 });
    expect(readdirSync(path.join(workspace, 'staging'))).toEqual([]);
  });

  it('writes nothing through a link that the container planted, and leaves nothing behind', async () => {
    const outside = path.join(workspace, 'outside');
    mkdirSync(outside);
    symlinkSync(outside, directory);
    await expect(prepareDetachedCommand(directory, full, owner)).rejects.toMatchObject({ kind: 'conflict' });
    expect(readdirSync(outside)).toEqual([]);
    expect(readdirSync(path.join(workspace, 'staging'))).toEqual([]);
  });

  it('refuses an exchange folder that does not exist and leaves nothing behind', async () => {
    rmSync(path.join(workspace, 'exchange'), { recursive: true });
    await expect(prepareDetachedCommand(directory, full, owner)).rejects.toMatchObject({ kind: 'unavailable' });
    expect(readdirSync(path.join(workspace, 'staging'))).toEqual([]);
  });

  it.each(['..', 'a b', '.hidden', '-x', 'a'.repeat(65)])('refuses the id %j', async (id) => {
    await expect(prepareDetachedCommand(`${workspace}/exchange/${id}`, plain, owner)).rejects.toMatchObject({ kind: 'invalid' });
  });
});

describe('removeDetachedCommand', () => {
  it('removes all of it, and does not mind when there is nothing', async () => {
    await prepareDetachedCommand(directory, full, owner);
    await removeDetachedCommand(directory);
    await removeDetachedCommand(directory);
    expect(readdirSync(path.join(workspace, 'exchange'))).toEqual([]);
  });

  it('removes a planted link, not what it points to', async () => {
    const outside = path.join(workspace, 'outside');
    mkdirSync(outside);
    writeFileSync(path.join(outside, 'keep'), '');
    symlinkSync(outside, directory);
    await removeDetachedCommand(directory);
    expect(existsSync(directory)).toBe(false);
    expect(readdirSync(outside)).toEqual(['keep']);
  });
});

import { createHash } from 'node:crypto';
import { readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { runtimeCommands, sh } from '@/tests/setup/runtime-commands';
import { assertNothingLeft, docker, endOf, exchanged, prepareCommand, putSecrets, removeRuntimeContainer, script, startCommand, startRuntimeContainer, until, type RuntimeContainer } from '@/tests/setup/runtime-container';

/** The wrapper `anyon-run` in a container of the runtime image: what it starts, what that reads and writes. */
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

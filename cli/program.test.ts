import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { answerOf } from '@/cli/commands/answer';
import { filterOf } from '@/cli/commands/batch';
import { readEnvironment } from '@/cli/environment';
import { createPrinter, type Sink } from '@/cli/output/printer';
import { parseBytes } from '@/cli/output/parse-bytes';
import { formatTable } from '@/cli/output/table';
import { runProgram } from '@/cli/program';

afterEach(() => {
  process.exitCode = undefined;
});

/** Runs a command line as somebody who is not signed in. */
async function called(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const [out, err] = [sink(), sink()];
  const code = await runProgram(args, { environment: readEnvironment({ XDG_CONFIG_HOME: '/nonexistent' }), in: new PassThrough(), out, err });
  return { code, out: text(out), err: text(err) };
}

function sink(terminal = false): Sink & PassThrough {
  return Object.assign(new PassThrough(), { isTTY: terminal });
}

function text(stream: PassThrough): string {
  return String(stream.read() ?? '');
}

describe('the command line', () => {
  it('explains itself, with every command and every exit code', async () => {
    const { code, out } = await called('--help');
    expect(code).toBe(0);
    for (const command of ['login', 'logout', 'whoami', 'workspaces', 'run', 'runs', 'logs', 'diff', 'stop', 'follow-up', 'answer', 'batch', 'mcp']) expect(out).toContain(`\n  ${command}`);
    expect(out).toContain('130 after Ctrl-C');
  });

  it.each([
    [['frob'], "unknown command 'frob'"],
    [['rum', 'x', 'y'], 'Did you mean'],
    [['run', 'hello'], "missing required argument 'prompt'"],
    [['runs', '--limit', '0'], 'Give a whole number from 1 to 100.'],
    [['run', 'hello', 'Do it', '--permission-mode', 'all'], 'Allowed choices are bypassPermissions'],
    [['batch', 'explode'], 'Allowed choices are start, stop, restart, delete'],
    [['stop', 'a', 'b'], 'too many arguments'],
  ])('%j is a wrong use: 2', async (args, words) => {
    const { code, out, err } = await called(...args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(words);
  });

  it('says on standard error what to do, and nothing else anywhere: 3', async () => {
    expect(await called('runs', '--json')).toEqual({ code: 3, out: '', err: 'You are not signed in. Sign in with `anyon login`.\n' });
  });
});

describe('an answer to a question', () => {
  it('is one of three', () => {
    expect(answerOf({})).toBeNull();
    expect(answerOf({ always: true })).toEqual({ kind: 'allow', always: true });
    expect(answerOf({ deny: true, stop: true })).toEqual({ kind: 'deny', stop: true });
    expect(answerOf({ deny: 'Ask first.' })).toEqual({ kind: 'deny', stop: false, words: 'Ask first.' });
    expect(answerOf({ choose: ['Yes', 'my own'] })).toEqual({ kind: 'choose', chosen: [['Yes'], ['my own']] });
    expect(() => answerOf({ allow: true, deny: true })).toThrow('Give one answer');
    expect(() => answerOf({ allow: true, stop: true })).toThrow('--stop goes with --deny');
  });
});

describe('a batch', () => {
  it('means nothing when nothing was chosen', () => {
    expect(filterOf({})).toBeNull();
    expect(filterOf({ filterName: '' })).toBeNull();
    expect(filterOf({ filterName: 'api', filterStatus: ['stopped'] })).toEqual({ name: 'api', status: ['stopped'] });
  });
});

describe('what is printed', () => {
  it('stands in columns, colours not counted', () => {
    expect(formatTable(['NAME', 'ID'], [['\x1b[31ma\x1b[39m', '1'], ['long name', '']])).toBe('NAME       ID\n\x1b[31ma\x1b[39m          1\nlong name\n');
  });

  it('is bytes as they are for a program, and has no control characters on a terminal', async () => {
    const bytes = Buffer.from([0x1b, 0x5b, 0x32, 0x4a, 0xff, 0x0a]);
    const [pipe, terminal] = [sink(), sink(true)];
    await createPrinter({ out: pipe, err: sink() }, { json: false, colour: true }).bytes('out', bytes);
    await createPrinter({ out: terminal, err: sink() }, { json: false, colour: true }).bytes('out', bytes);
    expect(pipe.read()).toEqual(bytes);
    expect(text(terminal)).toBe('␛[2J�\n');
  });

  it('is coloured on a terminal only, and not against anybody’s will', async () => {
    const patch = 'diff --git a/a b/a\n@@ -1 +1 @@\n-old\x1b[2J\n+new\n';
    const [terminal, plain, pipe] = [sink(true), sink(true), sink()];
    await createPrinter({ out: terminal, err: sink() }, { json: false, colour: true }).patch(patch);
    await createPrinter({ out: plain, err: sink() }, { json: false, colour: false }).patch(patch);
    await createPrinter({ out: pipe, err: sink() }, { json: false, colour: true }).patch(patch);
    expect(text(terminal)).toContain('\x1b[31m-old␛[2J\x1b[39m\n\x1b[32m+new');
    expect(text(plain)).toBe(patch.replace('\x1b', '␛'));
    expect(text(pipe)).toBe(patch);
  });

  it.each([['512m', 512 * 1024 ** 2], ['4g', 4 * 1024 ** 3], ['1.5GiB', 1.5 * 1024 ** 3], ['1024', 1024]])('%s is a size', (said, bytes) => {
    expect(parseBytes(said)).toBe(bytes);
  });
});

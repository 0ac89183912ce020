import { DrizzleQueryError } from 'drizzle-orm';
import { expect, it } from 'vitest';
import { describeError } from '@/server/errors';
import { openLog, withLogIds } from '@/server/log';
import { changeEnvironment } from '@/tests/setup/test-environment';

const token = `ghp_${'a1'.repeat(18)}`;
const claude = `sk-ant-oat01-${'B_2'.repeat(20)}`;

function linesOf(work: (log: ReturnType<typeof openLog>) => void): string[] {
  changeEnvironment({ ANYON_LOG_LEVEL: 'debug' });
  const lines: string[] = [];
  work(openLog({ write: (line) => void lines.push(line) }));
  changeEnvironment({ ANYON_LOG_LEVEL: undefined });
  return lines;
}

it('SEC-06: no known token gets into the log, wherever in a line it stands, and every line stays JSON', () => {
  const cause = new Error(`fatal: could not read from https://x:${token}@github.com/a/b`);
  const lines = linesOf((log) => {
    log.warn(`git said ${token}`);
    log.error({ err: new Error(`Claude said "${claude}"\nand went`, { cause }), deep: { list: [{ reason: token }] }, [token]: true }, `it was "${claude}"`);
    log.child({ token }).debug('bound');
  });
  expect(lines).toHaveLength(3);
  const parsed = lines.map((line) => JSON.parse(line) as { msg: string; err?: { message: string; cause: { message: string } } });
  expect(lines.join('')).not.toMatch(/ghp_|sk-ant|B_2B_2|a1a1/);
  expect(parsed[0]?.msg).toBe(`git said ${'*'.repeat(40)}`);
  expect(parsed[1]?.err?.message).toBe(`Claude said "${'*'.repeat(claude.length)}"\nand went`);
  expect(parsed[1]?.err?.cause.message).toBe(`fatal: could not read from https://x:${'*'.repeat(40)}@github.com/a/b`);
});

it('WEB-20: each event is one line without control characters, whatever the text in it', () => {
  const texts = ['two\nlines', 'and\r\n{"level":50,"msg":"forged"}', '\u001b[31mred\u001b[0m', '\u001b]8;;https://evil.invalid\u0007link', '\u2028 and \u2029', '\u0000\u0008\u007f', '"}\n{"msg":"forged"}'];
  const lines = linesOf((log) => {
    for (const text of texts) log.warn({ text, err: new Error(text), [text]: text }, text);
  });
  expect(lines).toHaveLength(texts.length);
  for (const [at, line] of lines.entries()) {
    // oxlint-disable-next-line no-control-regex
    expect(line.trimEnd()).not.toMatch(/[\u0000-\u001f]/);
    expect(line.endsWith('\n')).toBe(true);
    expect(JSON.parse(line)).toMatchObject({ msg: texts[at], text: texts[at] });
  }
});

it('E4: every line says the deployment, and the ids of what it is about, however deep it was logged', async () => {
  const lines: string[] = [];
  const log = openLog({ write: (line) => void lines.push(line) });
  const later = withLogIds({ runId: 'r', workspaceId: 'w' }, async () => {
    await Promise.resolve();
    withLogIds({ requestId: 'q' }, () => log.warn({ runId: 'said by the line' }, 'inside'));
    log.warn('beside');
  });
  log.warn('outside');
  await later;
  const [outside, inside, beside] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(outside).toMatchObject({ deployment: 'local', msg: 'outside' });
  expect(outside).not.toHaveProperty('runId');
  expect(inside).toMatchObject({ requestId: 'q', runId: 'said by the line', workspaceId: 'w' });
  expect(beside).toMatchObject({ runId: 'r', workspaceId: 'w' });
  expect(beside).not.toHaveProperty('requestId');
});

it('D1-05 of a query that failed neither log nor reason says the values: they may be prompts, or a piece of a run’s output', () => {
  const failure = new DrizzleQueryError(`insert into "run_events" values ${'($1, $2), '.repeat(500)}`, ['what the run has said', 1], new Error('write CONNECTION_CLOSED 127.0.0.1:5432'));
  const [line = ''] = linesOf((log) => log.warn({ err: new Error('Not stored.', { cause: failure }) }, 'again'));
  expect(line).toContain('Failed query: insert into \\"run_events\\"');
  expect(line).toContain('CONNECTION_CLOSED');
  expect(line).not.toContain('what the run has said');
  expect(line.length).toBeLessThan(5_000);
  expect(describeError(failure)).toBe('write CONNECTION_CLOSED 127.0.0.1:5432');
});

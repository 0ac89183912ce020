import { expect, it } from 'vitest';
import { openLog } from '@/server/log';
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

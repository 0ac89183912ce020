import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { eq, sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { MOST_KEYS_PER_CALL } from '@/contract/terminal';
import { workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { noteSecretUses } from '@/server/secrets/injection/secret-uses';
import { putSecret } from '@/server/secrets/vault';
import { followTerminal, terminalToFollow } from '@/server/workspaces/terminals/follow-terminal';
import { TerminalBench } from '@/tests/setup/terminal-bench';
import { PATIENCE_MS } from '@/tests/setup/terminal-screen';

/** What goes through a terminal, both ways: all of it, in order, soon, and without secrets. */
let bench: TerminalBench;

beforeAll(async () => {
  bench = await TerminalBench.start();
});
afterEach(() => bench.clear());
afterAll(() => bench?.close());

describe('what a terminal prints', () => {
  it('ends at once with Ctrl+C however much it prints, and memory stays bounded', async () => {
    const { terminal, screen } = await bench.open();
    await screen.type(`yes 'a line that never ends'\r`);
    await screen.until(({ position }) => position > 2_000_000, '2 MB of output');
    const ring = bench.hub.get(terminal.id)!.live.ring;
    expect(ring.end - ring.start).toBeLessThan(600 * 1024);
    expect(ring.end - screen.position).toBeLessThan(300 * 1024);
    const pressed = performance.now();
    const { position } = screen;
    const yes = async () => (await bench.container.run('pgrep', '-x', 'yes')).code === 0;
    await screen.type('\x03');
    const acked = performance.now() - pressed;
    expect(await yes()).toBe(false);
    await screen.until(({ text }) => text.endsWith('$ '), 'the prompt');
    const took = performance.now() - pressed;
    console.info(`Ctrl+C: taken after ${acked.toFixed(0)} ms, prompt after ${took.toFixed(0)} ms and ${screen.position - position} bytes`);
    expect(took).toBeLessThan(5_000);
    expect(await screen.run('echo quiet-$((1+1))')).toBe('quiet-2');
  });

  it('waits for a page that takes nothing for a while, and then goes on without it', async () => {
    const { terminal, screen } = await bench.open();
    screen.close();
    const followed = await terminalToFollow(await bench.access(), { workspaceId: bench.container.workspaceId, terminalId: terminal.id });
    const leave = new AbortController();
    const slow = followTerminal(followed, leave.signal);
    for (let output = 0; output < 1; ) if ((await slow.next()).value?.event.kind === 'output') output++;
    await screen.type('yes\r');
    const { ring } = bench.hub.get(terminal.id)!.live;
    const from = ring.end;
    await sleep(300);
    expect(ring.end - from).toBeLessThan(512 * 1024);
    for (const since = Date.now(); ring.end - from < 2_000_000; await sleep(20)) if (Date.now() - since > PATIENCE_MS) throw new Error('A page that stalls holds the program up for ever.');
    let again = await slow.next();
    while (again.value?.event.kind !== 'output' || !again.value.event.reset) again = await slow.next();
    expect(again.value.event.from).toBeGreaterThan(from + 500_000);
    leave.abort();
    await slow.return();
    await screen.type('\x03');
  });

  it('has every byte, also characters that are split between pieces', async () => {
    const { screen } = await bench.open();
    await bench.container.run('sh', '-c', `for i in $(seq 2000); do printf 'größe-%s-🚀漢字' $i; done >/workspace/utf8.txt; printf '\\n' >>/workspace/utf8.txt`);
    const expected = (await bench.container.run('cat', '/workspace/utf8.txt')).stdout.trim();
    expect((await screen.run('cat /workspace/utf8.txt'))).toBe(expected);
  });

  it('SEC-06 shows no token', async () => {
    const { screen } = await bench.open();
    const token = `ghp_${'x1Y2'.repeat(9)}`;
    await bench.container.run('sh', '-c', `printf 'a %s b\\n' ${token} >/workspace/token.txt`);
    expect(await screen.run('cat /workspace/token.txt')).toBe(`a ${'*'.repeat(token.length)} b`);
    expect(screen.text).not.toContain(token);
  });

  it('SEC-06 shows no value of the owner’s, nor one that a run here was given, whoever it belongs to', async () => {
    const other = await bench.product.addUser('other');
    const [own, given] = [`own-${randomUUID()}`, `given-${randomUUID()}`];
    await putSecret(database(), { ownerId: bench.owner.userId, kind: 'custom', name: 'OWN' }, own);
    const { screen } = await bench.open();
    await bench.container.run('sh', '-c', `printf '%s %s' ${own} ${given} >/workspace/values.txt`);
    expect(await screen.run('cat /workspace/values.txt; echo')).toBe(`${'*'.repeat(own.length)} ${given}`);
    expect(await screen.run('base64 -w0 /workspace/values.txt; echo')).toMatch(/^\*{50}/);
    const version = await putSecret(database(), { ownerId: other.userId, kind: 'custom', name: 'GIVEN' }, given);
    await noteSecretUses({ attempt: randomUUID(), workspaceId: bench.container.workspaceId, runId: null, userId: other.userId }, [{ name: 'env/GIVEN', value: given, secret: { id: version.secretId, version: version.version, name: 'GIVEN' } }]);
    await expect.poll(() => screen.run('cat /workspace/values.txt; echo'), { timeout: PATIENCE_MS }).toBe(`${'*'.repeat(own.length)} ${'*'.repeat(given.length)}`);
    expect(await screen.run(`printf '\\033[31m%s\\033[0m\\n' coloured`)).toBe('\x1b[31mcoloured\x1b[0m');
  });

  it('echoes a key soon', async () => {
    const { screen } = await bench.open();
    const took: number[] = [];
    for (const key of 'echo the quick brown fox jumps over the lazy dog'.split('')) {
      const { position } = screen;
      const pressed = performance.now();
      void screen.type(key);
      while (screen.position === position) await sleep(0);
      took.push(performance.now() - pressed);
      await sleep(10);
    }
    const [p50, p95] = [0.5, 0.95].map((share) => took.toSorted((a, b) => a - b)[Math.floor(took.length * share)]!);
    console.info(`key to echo: p50 ${p50!.toFixed(1)} ms, p95 ${p95!.toFixed(1)} ms`);
    expect(p50).toBeLessThan(150); // 50 ms on a machine that is quiet
  });
});

describe('what is typed into a terminal', () => {
  it('takes a paste of 1 MB in order, once, though some calls come twice', async () => {
    const { screen } = await bench.open();
    const lines = Array.from({ length: 16_384 }, (_, index) => `${String(index).padStart(7, '0')} ${'x'.repeat(55)}\n`).join('');
    expect(lines.length).toBe(1024 * 1024);
    await screen.run('stty -echo; true');
    await screen.type(`head -c ${lines.length} | sha256sum\r`);
    let sequence = 100;
    for (let at = 0; at < lines.length; at += MOST_KEYS_PER_CALL) {
      const piece = lines.slice(at, at + MOST_KEYS_PER_CALL);
      sequence++;
      for (let tries = 0; tries < 200; tries++) {
        const refused = await screen.type(piece, sequence).then(() => null, (error: Error) => error);
        if (!refused) break;
        expect(refused).toMatchObject({ kind: 'limit_reached' });
        await sleep(20);
      }
      if (sequence % 10 === 0) await screen.type(piece, sequence);
    }
    const expected = createHash('sha256').update(lines).digest('hex');
    await screen.until(({ text }) => text.includes(expected), 'the sum of what was pasted');
  });

  it('says when the program does not read, and Ctrl+C still gets through', async () => {
    const { screen } = await bench.open();
    await screen.run('stty -echo; true');
    await screen.type('sleep 600\r');
    let refused: unknown = null;
    for (let index = 0; index < 40 && !refused; index++) refused = await screen.type('y\n'.repeat(MOST_KEYS_PER_CALL / 2)).then(() => null, (error: unknown) => error);
    expect(refused).toMatchObject({ kind: 'limit_reached' });
    await screen.type('\x03');
    expect(await screen.run('echo through-$((1+1))')).toContain('through-2');
  });

  it('puts off the idle stop, at most once a minute', async () => {
    const { screen } = await bench.open();
    const long = sql`now() - interval '10 minutes'`;
    await database().update(workspaces).set({ lastUsedAt: long }).where(eq(workspaces.id, bench.container.workspaceId));
    await screen.type('a');
    const used = async () => (await database().select({ at: workspaces.lastUsedAt }).from(workspaces).where(eq(workspaces.id, bench.container.workspaceId)))[0]!.at.getTime();
    const first = await used();
    expect(Date.now() - first).toBeLessThan(60_000);
    await screen.type('b');
    expect(await used()).toBe(first);
  });
});

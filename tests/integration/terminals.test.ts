import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { and, eq, isNull, sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '@/contract/actor';
import { MOST_KEYS_PER_CALL, MOST_TERMINALS, type TerminalView } from '@/contract/terminal';
import { auditEvents, terminals, workspaces } from '@/db/schema';
import { containerEngine } from '@/server/containers/container-engine';
import { database } from '@/server/database';
import { processState } from '@/server/process-state';
import { noteSecretUses } from '@/server/secrets/injection/secret-uses';
import { putSecret } from '@/server/secrets/vault';
import { requireWorkspaceAccess, type WorkspaceAccess } from '@/server/workspaces/access';
import { closeTerminal } from '@/server/workspaces/terminals/close-terminal';
import { endWords } from '@/server/workspaces/terminals/end-words';
import { followTerminal, terminalToFollow } from '@/server/workspaces/terminals/follow-terminal';
import { listTerminals } from '@/server/workspaces/terminals/list-terminals';
import type { LiveTerminal } from '@/server/workspaces/terminals/live-terminal';
import { openTerminal } from '@/server/workspaces/terminals/open-terminal';
import { endTerminalsOfStopped } from '@/server/workspaces/terminals/settle-terminals';
import { resizeTerminal, typeKeys } from '@/server/workspaces/terminals/use-terminal';
import { PATIENCE_MS, Screen } from '@/tests/setup/terminal-screen';
import { startTestProduct, type TestProduct } from '@/tests/setup/test-product';
import { openWorkspaceContainer, type WorkspaceContainer } from '@/tests/setup/workspace-container';

/** Shells in a real container, held by the image's own holder. */
let product: TestProduct;
let owner: Actor;
let container: WorkspaceContainer;
const screens: Screen[] = [];

beforeAll(async () => {
  product = await startTestProduct();
  owner = await product.addUser('owner');
  container = await openWorkspaceContainer(containerEngine(), owner, { level: 'none', hosts: [] });
  await container.run('mkdir', '/workspace/repo');
  await running(container.id);
});
afterEach(async () => {
  for (const screen of screens.splice(0)) screen.close();
  for (const { id, endedAt } of (await listTerminals(await access())).terminals) if (!endedAt) await closeTerminal(await access(), id);
});
afterAll(async () => {
  for (const live of hub().values()) live.live.letGo();
  await product?.close();
});

function access(actor = owner): Promise<WorkspaceAccess> {
  return requireWorkspaceAccess(actor, container.workspaceId);
}

async function running(containerId: string): Promise<void> {
  await database()
    .update(workspaces)
    .set({ status: 'running', containerId, containerStartedAt: sql`now()` })
    .where(eq(workspaces.id, container.workspaceId));
}

function hub(): Map<string, { live: LiveTerminal }> {
  return processState('terminal-hub', () => new Map());
}

/** Looks at a terminal, as the owner's page does. */
function look(id: string, from?: number): Screen {
  const screen = new Screen(access, id, from);
  screens.push(screen);
  return screen;
}

async function open(size = { columns: 100, rows: 30 }): Promise<{ terminal: TerminalView; screen: Screen }> {
  const terminal = await openTerminal(await access(), size);
  const screen = look(terminal.id);
  await screen.until(({ text }) => text.includes('$ '), 'a prompt');
  return { terminal, screen };
}

describe('a terminal in the workspace', () => {
  it('shows a prompt, runs commands as anyon in the repository, and has the size of the page', async () => {
    const { screen } = await open();
    expect(await screen.run('whoami; pwd; echo $TERM $LANG; stty size')).toBe('anyon\n/workspace/repo\nxterm-256color C.UTF-8\n30 100');
    await resizeTerminal(await access(), { workspaceId: container.workspaceId, terminalId: screen.id, columns: 77, rows: 21 });
    await screen.until(({ events }) => events.some((event) => event.kind === 'size' && event.columns === 77 && event.rows === 21), 'the new size');
    expect(await screen.run('stty size')).toBe('21 77');
  });

  it('has no secret in its environment, and nothing of the product', async () => {
    const { screen } = await open();
    const environment = await screen.run(`tr '\\0' '\\n' </proc/$$/environ | cut -d= -f1 | sort | tr '\\n' ' '`);
    expect(environment).toContain('HOME');
    expect(environment).not.toMatch(/TOKEN|SECRET|PASSWORD|API_KEY|CREDENTIAL|AUTH/i);
    expect(environment).not.toMatch(/ANYON_/);
    expect(await screen.run('ls /anyon/secrets 2>/dev/null | wc -l')).toBe('0');
  });

  it('shows two pages the same, and gives a reload what was printed before', async () => {
    const { terminal, screen } = await open();
    const second = look(terminal.id);
    await screen.run('echo for-everybody-$((6*7))');
    await second.until(({ text }) => text.includes('for-everybody-42'), 'the output on the second page');
    const third = look(terminal.id);
    await third.until(({ position }) => position === screen.position, 'all that was printed');
    expect(third.text).toBe(screen.text);
    const fourth = look(terminal.id, 40);
    await fourth.until(({ position }) => position === screen.position, 'the rest');
    expect(fourth.bytes.equals(screen.bytes.subarray(40))).toBe(true);
    expect(fourth.events.some((event) => event.kind === 'output' && event.reset)).toBe(false);
  });

  it('is the same shell after the web process died, with what it had printed', async () => {
    const { terminal, screen } = await open();
    const pid = await screen.run('keep=this-$((40+2)); echo $$');
    const died = hub().get(terminal.id);
    hub().delete(terminal.id); // the next one who asks is another process; the engine has not noticed that the first is gone
    try {
      const after = look(terminal.id, screen.position);
      expect(await after.run('echo $$ $keep')).toBe(`${pid} this-42`);
      expect(after.events.some((event) => event.kind === 'output' && event.reset)).toBe(false);
      const reload = look(terminal.id);
      await reload.until(({ text }) => text.includes(`echo $$ $keep`), 'the output of before');
      expect(reload.text).toContain('keep=this-');
      // What was typed twice over the death is taken once.
      await screen.type('echo once-$((1+1))\r', 900);
      await after.type('\r');
      await typeKeys(await access(), { workspaceId: container.workspaceId, terminalId: terminal.id, tab: screen.tab, sequence: 900, data: 'echo once-$((1+1))\r' });
      await after.run('true');
      expect(after.text.match(/once-2/g)).toHaveLength(1);
    } finally {
      died?.live.letGo();
    }
  });

  it('comes through a broken connection to the engine', async () => {
    const { terminal, screen } = await open();
    await container.run('pkill', '-f', `anyon-terminal attach ${terminal.id}`);
    await screen.until(({ events }) => events.some((event) => event.kind === 'connection' && !event.attached), 'the break');
    expect(await screen.run('echo still-$((1+1))-here')).toBe('still-2-here');
    expect(screen.events.filter((event) => event.kind === 'output' && event.reset).length).toBeLessThanOrEqual(1);
  });
});

describe('what a terminal prints', () => {
  it('ends at once with Ctrl+C however much it prints, and memory stays bounded', async () => {
    const { terminal, screen } = await open();
    await screen.type(`yes 'a line that never ends'\r`);
    await screen.until(({ position }) => position > 2_000_000, '2 MB of output');
    const ring = hub().get(terminal.id)!.live.ring;
    expect(ring.end - ring.start).toBeLessThan(600 * 1024);
    expect(ring.end - screen.position).toBeLessThan(300 * 1024);
    const pressed = performance.now();
    const { position } = screen;
    const yes = async () => (await container.run('pgrep', '-x', 'yes')).code === 0;
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
    const { terminal, screen } = await open();
    screen.close();
    const followed = await terminalToFollow(await access(), { workspaceId: container.workspaceId, terminalId: terminal.id });
    const leave = new AbortController();
    const slow = followTerminal(followed, leave.signal);
    for (let output = 0; output < 1; ) if ((await slow.next()).value?.event.kind === 'output') output++;
    await screen.type('yes\r');
    const { ring } = hub().get(terminal.id)!.live;
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
    const { screen } = await open();
    await container.run('sh', '-c', `for i in $(seq 2000); do printf 'größe-%s-🚀漢字' $i; done >/workspace/utf8.txt; printf '\\n' >>/workspace/utf8.txt`);
    const expected = (await container.run('cat', '/workspace/utf8.txt')).stdout.trim();
    expect((await screen.run('cat /workspace/utf8.txt'))).toBe(expected);
  });

  it('SEC-06 shows no token', async () => {
    const { screen } = await open();
    const token = `ghp_${'x1Y2'.repeat(9)}`;
    await container.run('sh', '-c', `printf 'a %s b\\n' ${token} >/workspace/token.txt`);
    expect(await screen.run('cat /workspace/token.txt')).toBe(`a ${'*'.repeat(token.length)} b`);
    expect(screen.text).not.toContain(token);
  });

  it('SEC-06 shows no value of the owner’s, nor one that a run here was given, whoever it belongs to', async () => {
    const other = await product.addUser('other');
    const [own, given] = [`own-${randomUUID()}`, `given-${randomUUID()}`];
    await putSecret(database(), { ownerId: owner.userId, kind: 'custom', name: 'OWN' }, own);
    const { screen } = await open();
    await container.run('sh', '-c', `printf '%s %s' ${own} ${given} >/workspace/values.txt`);
    expect(await screen.run('cat /workspace/values.txt; echo')).toBe(`${'*'.repeat(own.length)} ${given}`);
    expect(await screen.run('base64 -w0 /workspace/values.txt; echo')).toMatch(/^\*{50}/);
    const version = await putSecret(database(), { ownerId: other.userId, kind: 'custom', name: 'GIVEN' }, given);
    await noteSecretUses({ attempt: randomUUID(), workspaceId: container.workspaceId, runId: null, userId: other.userId }, [{ name: 'env/GIVEN', value: given, secret: { id: version.secretId, version: version.version, name: 'GIVEN' } }]);
    await expect.poll(() => screen.run('cat /workspace/values.txt; echo'), { timeout: PATIENCE_MS }).toBe(`${'*'.repeat(own.length)} ${'*'.repeat(given.length)}`);
    expect(await screen.run(`printf '\\033[31m%s\\033[0m\\n' coloured`)).toBe('\x1b[31mcoloured\x1b[0m');
  });

  it('echoes a key soon', async () => {
    const { screen } = await open();
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
    const { screen } = await open();
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
    const { screen } = await open();
    await screen.run('stty -echo; true');
    await screen.type('sleep 600\r');
    let refused: unknown = null;
    for (let index = 0; index < 40 && !refused; index++) refused = await screen.type('y\n'.repeat(MOST_KEYS_PER_CALL / 2)).then(() => null, (error: unknown) => error);
    expect(refused).toMatchObject({ kind: 'limit_reached' });
    await screen.type('\x03');
    expect(await screen.run('echo through-$((1+1))')).toContain('through-2');
  });

  it('puts off the idle stop, at most once a minute', async () => {
    const { screen } = await open();
    const long = sql`now() - interval '10 minutes'`;
    await database().update(workspaces).set({ lastUsedAt: long }).where(eq(workspaces.id, container.workspaceId));
    await screen.type('a');
    const used = async () => (await database().select({ at: workspaces.lastUsedAt }).from(workspaces).where(eq(workspaces.id, container.workspaceId)))[0]!.at.getTime();
    const first = await used();
    expect(Date.now() - first).toBeLessThan(60_000);
    await screen.type('b');
    expect(await used()).toBe(first);
  });
});

describe('the end of a terminal', () => {
  it('comes with exit and says how', async () => {
    const { terminal, screen } = await open();
    await screen.type('exit 7\r');
    await screen.until(({ ended }) => ended !== null, 'the end');
    expect(screen.ended).toBe('The shell ended with exit code 7.');
    expect((await listTerminals(await access())).terminals.find(({ id }) => id === terminal.id)).toMatchObject({ endReason: screen.ended });
    await expect(screen.type('x')).rejects.toMatchObject({ kind: 'precondition' });
    const late = look(terminal.id);
    await late.until(({ ended }) => ended === screen.ended, 'the same end for who comes later');
  });

  it('comes when it is closed, with what runs in it, and both are in the audit log', async () => {
    const { terminal, screen } = await open();
    await screen.type('sleep 4321\r');
    await screen.until(({ text }) => text.includes('sleep 4321\r'), 'the command');
    await closeTerminal(await access(), terminal.id);
    await screen.until(({ ended }) => ended !== null, 'the end');
    const processes = (await container.run('ps', '-eo', 'args')).stdout;
    expect(processes).not.toContain('sleep 4321');
    expect(processes).not.toContain(terminal.id);
    const said = await database().select().from(auditEvents).where(eq(auditEvents.subjectId, container.workspaceId));
    for (const action of ['terminal_opened', 'terminal_closed']) expect(said.filter((event) => event.action === action && event.details['terminal'] === terminal.number)).toMatchObject([{ actorLogin: 'owner' }]);
    expect((await listTerminals(await access())).terminals.map(({ id }) => id)).not.toContain(terminal.id);
  });

  it('comes by itself when nobody was attached for long', async () => {
    const id = randomUUID();
    await containerEngine().execDetached(container.id, { argv: ['anyon-terminal', 'hold', id, '80', '24', '0'] });
    const note = () => container.run('cat', `/tmp/.anyon-terminal-${id}`);
    for (const from = Date.now(); (await note()).code !== 0; await sleep(100)) if (Date.now() - from > PATIENCE_MS) throw new Error('It lives for ever.');
    expect((await note()).stdout).toBe('idle');
    expect(endWords('gone idle')).toBe('Nobody looked at it for 12 hours.');
    expect((await container.run('ps', '-eo', 'args')).stdout).not.toContain(id);
  });

  it('comes with the container, and the rows say so', async () => {
    const { screen } = await open();
    const unseen = await openTerminal(await access(), { columns: 80, rows: 24 });
    await containerEngine().restartContainer(container.id, { graceSeconds: 1 });
    await running(container.id);
    expect(await endTerminalsOfStopped()).toBeGreaterThanOrEqual(1);
    expect(await endTerminalsOfStopped()).toBe(0);
    const [row] = await database().select().from(terminals).where(eq(terminals.id, unseen.id));
    expect(row?.endReason).toBe('The workspace was stopped or restarted.');
    await screen.until(({ ended }) => ended !== null, 'the end'); // seen by the attachment, or by the sweep: whoever was first
    expect(screen.ended).toMatch(/stopped/);
    await open();
  });
});

describe('WEB-01 whose terminals they are', () => {
  it('is asked in every call', async () => {
    const { terminal } = await open();
    const stranger = await product.addUser(`stranger-${randomUUID()}`);
    await expect(access(stranger)).rejects.toMatchObject({ kind: 'not_found' });
    const elsewhere = await openWorkspaceRow(stranger);
    const ids = { workspaceId: elsewhere.workspace.id, terminalId: terminal.id };
    await expect(terminalToFollow(elsewhere, ids)).rejects.toMatchObject({ kind: 'not_found' });
    await expect(typeKeys(elsewhere, { ...ids, tab: randomUUID(), sequence: 1, data: 'x' })).rejects.toMatchObject({ kind: 'not_found' });
    await expect(resizeTerminal(elsewhere, { ...ids, columns: 10, rows: 10 })).rejects.toMatchObject({ kind: 'not_found' });
    await expect(closeTerminal(elsewhere, terminal.id)).rejects.toMatchObject({ kind: 'not_found' });
    await expect(openTerminal(elsewhere, { columns: 80, rows: 24 })).rejects.toMatchObject({ kind: 'precondition' });
  });

  it('are at most eight in a workspace, and one that has died without a word makes room', async () => {
    for (let index = 0; index < MOST_TERMINALS; index++) await openTerminal(await access(), { columns: 80, rows: 24 });
    await expect(openTerminal(await access(), { columns: 80, rows: 24 })).rejects.toMatchObject({ kind: 'limit_reached' });
    await container.run('pkill', '-KILL', '-f', 'anyon-terminal hold');
    const mine = and(eq(terminals.workspaceId, container.workspaceId), isNull(terminals.endedAt));
    await database().update(terminals).set({ openedAt: sql`now() - interval '1 minute'` }).where(mine);
    await openTerminal(await access(), { columns: 80, rows: 24 });
    expect(await database().select().from(terminals).where(mine)).toHaveLength(1);
  });
});

/** A workspace of somebody else, without a container. */
async function openWorkspaceRow(actor: Actor): Promise<WorkspaceAccess> {
  const [row] = await database().select().from(workspaces).where(eq(workspaces.id, container.workspaceId));
  const id = randomUUID();
  await database().insert(workspaces).values({ ...row!, id, ownerId: actor.userId, name: 'Elsewhere', status: 'stopped', containerId: null, subnet: null, changeSeq: undefined as never });
  return requireWorkspaceAccess(actor, id);
}

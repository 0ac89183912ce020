import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { and, eq, isNull, sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '@/contract/actor';
import { MOST_TERMINALS } from '@/contract/terminal';
import { auditEvents, terminals, workspaces } from '@/db/schema';
import { containerEngine } from '@/server/containers/container-engine';
import { database } from '@/server/database';
import { requireWorkspaceAccess, type WorkspaceAccess } from '@/server/workspaces/access';
import { closeTerminal } from '@/server/workspaces/terminals/close-terminal';
import { endWords } from '@/server/workspaces/terminals/end-words';
import { terminalToFollow } from '@/server/workspaces/terminals/follow-terminal';
import { listTerminals } from '@/server/workspaces/terminals/list-terminals';
import { openTerminal } from '@/server/workspaces/terminals/open-terminal';
import { endTerminalsOfStopped } from '@/server/workspaces/terminals/settle-terminals';
import { resizeTerminal, typeKeys } from '@/server/workspaces/terminals/use-terminal';
import { TerminalBench } from '@/tests/setup/terminal-bench';
import { PATIENCE_MS } from '@/tests/setup/terminal-screen';

/** Shells in a real container, held by the image's own holder. */
let bench: TerminalBench;

beforeAll(async () => {
  bench = await TerminalBench.start();
});
afterEach(() => bench.clear());
afterAll(() => bench?.close());

describe('a terminal in the workspace', () => {
  it('shows a prompt, runs commands as anyon in the repository, and has the size of the page', async () => {
    const { screen } = await bench.open();
    expect(await screen.run('whoami; pwd; echo $TERM $LANG; stty size')).toBe('anyon\n/workspace/repo\nxterm-256color C.UTF-8\n30 100');
    await resizeTerminal(await bench.access(), { workspaceId: bench.container.workspaceId, terminalId: screen.id, columns: 77, rows: 21 });
    await screen.until(({ events }) => events.some((event) => event.kind === 'size' && event.columns === 77 && event.rows === 21), 'the new size');
    expect(await screen.run('stty size')).toBe('21 77');
  });

  it('has no secret in its environment, and nothing of the product', async () => {
    const { screen } = await bench.open();
    const environment = await screen.run(`tr '\\0' '\\n' </proc/$$/environ | cut -d= -f1 | sort | tr '\\n' ' '`);
    expect(environment).toContain('HOME');
    expect(environment).not.toMatch(/TOKEN|SECRET|PASSWORD|API_KEY|CREDENTIAL|AUTH/i);
    expect(environment).not.toMatch(/ANYON_/);
    expect(await screen.run('ls /anyon/secrets 2>/dev/null | wc -l')).toBe('0');
  });

  it('shows two pages the same, and gives a reload what was printed before', async () => {
    const { terminal, screen } = await bench.open();
    const second = bench.look(terminal.id);
    await screen.run('echo for-everybody-$((6*7))');
    await second.until(({ text }) => text.includes('for-everybody-42'), 'the output on the second page');
    const third = bench.look(terminal.id);
    await third.until(({ position }) => position === screen.position, 'all that was printed');
    expect(third.text).toBe(screen.text);
    const fourth = bench.look(terminal.id, 40);
    await fourth.until(({ position }) => position === screen.position, 'the rest');
    expect(fourth.bytes.equals(screen.bytes.subarray(40))).toBe(true);
    expect(fourth.events.some((event) => event.kind === 'output' && event.reset)).toBe(false);
  });

  it('is the same shell after the web process died, with what it had printed', async () => {
    const { terminal, screen } = await bench.open();
    const pid = await screen.run('keep=this-$((40+2)); echo $$');
    const died = bench.hub.get(terminal.id);
    bench.hub.delete(terminal.id); // the next one who asks is another process; the engine has not noticed that the first is gone
    try {
      const after = bench.look(terminal.id, screen.position);
      expect(await after.run('echo $$ $keep')).toBe(`${pid} this-42`);
      expect(after.events.some((event) => event.kind === 'output' && event.reset)).toBe(false);
      const reload = bench.look(terminal.id);
      await reload.until(({ text }) => text.includes(`echo $$ $keep`), 'the output of before');
      expect(reload.text).toContain('keep=this-');
      // What was typed twice over the death is taken once.
      await screen.type('echo once-$((1+1))\r', 900);
      await after.type('\r');
      await typeKeys(await bench.access(), { workspaceId: bench.container.workspaceId, terminalId: terminal.id, tab: screen.tab, sequence: 900, data: 'echo once-$((1+1))\r' });
      await after.run('true');
      expect(after.text.match(/once-2/g)).toHaveLength(1);
    } finally {
      died?.live.letGo();
    }
  });

  it('comes through a broken connection to the engine', async () => {
    const { terminal, screen } = await bench.open();
    await screen.run('true');
    const before = screen.events.length; // the first of them told that nobody was attached yet
    await bench.container.run('pkill', '-f', `anyon-terminal attach ${terminal.id}`);
    await screen.until(({ events }) => events.slice(before).some((event) => event.kind === 'connection' && !event.attached), 'the break');
    expect(await screen.run('echo still-$((1+1))-here')).toBe('still-2-here');
    expect(screen.events.filter((event) => event.kind === 'output' && event.reset).length).toBeLessThanOrEqual(1);
  });
});

describe('the end of a terminal', () => {
  it('comes with exit and says how', async () => {
    const { terminal, screen } = await bench.open();
    await screen.type('exit 7\r');
    await screen.until(({ ended }) => ended !== null, 'the end');
    expect(screen.ended).toBe('The shell ended with exit code 7.');
    expect((await listTerminals(await bench.access())).terminals.find(({ id }) => id === terminal.id)).toMatchObject({ endReason: screen.ended });
    await expect(screen.type('x')).rejects.toMatchObject({ kind: 'precondition' });
    const late = bench.look(terminal.id);
    await late.until(({ ended }) => ended === screen.ended, 'the same end for who comes later');
  });

  it('comes when it is closed, with what runs in it, and both are in the audit log', async () => {
    const { terminal, screen } = await bench.open();
    await screen.type('sleep 4321\r');
    await screen.until(({ text }) => text.includes('sleep 4321\r'), 'the command');
    await closeTerminal(await bench.access(), terminal.id);
    await screen.until(({ ended }) => ended !== null, 'the end');
    const processes = (await bench.container.run('ps', '-eo', 'args')).stdout;
    expect(processes).not.toContain('sleep 4321');
    expect(processes).not.toContain(terminal.id);
    const said = await database().select().from(auditEvents).where(eq(auditEvents.subjectId, bench.container.workspaceId));
    for (const action of ['terminal_opened', 'terminal_closed']) expect(said.filter((event) => event.action === action && event.details['terminal'] === terminal.number)).toMatchObject([{ actorLogin: 'owner' }]);
    expect((await listTerminals(await bench.access())).terminals.map(({ id }) => id)).not.toContain(terminal.id);
  });

  it('comes by itself when nobody was attached for long', async () => {
    const id = randomUUID();
    await containerEngine().execDetached(bench.container.id, { argv: ['anyon-terminal', 'hold', id, '80', '24', '0'] });
    const note = () => bench.container.run('cat', `/tmp/.anyon-terminal-${id}`);
    for (const from = Date.now(); (await note()).code !== 0; await sleep(100)) if (Date.now() - from > PATIENCE_MS) throw new Error('It lives for ever.');
    expect((await note()).stdout).toBe('idle');
    expect(endWords('gone idle')).toBe('Nobody looked at it for 12 hours.');
    expect((await bench.container.run('ps', '-eo', 'args')).stdout).not.toContain(id);
  });

  it('comes with the container, and the rows say so', async () => {
    const { screen } = await bench.open();
    const unseen = await openTerminal(await bench.access(), { columns: 80, rows: 24 });
    await containerEngine().restartContainer(bench.container.id, { graceSeconds: 1 });
    await bench.hasStarted();
    expect(await endTerminalsOfStopped()).toBeGreaterThanOrEqual(1);
    expect(await endTerminalsOfStopped()).toBe(0);
    const [row] = await database().select().from(terminals).where(eq(terminals.id, unseen.id));
    expect(row?.endReason).toBe('The workspace was stopped or restarted.');
    await screen.until(({ ended }) => ended !== null, 'the end'); // seen by the attachment, or by the sweep: whoever was first
    expect(screen.ended).toMatch(/stopped/);
    await bench.open();
  });
});

describe('WEB-01 whose terminals they are', () => {
  it('is asked in every call', async () => {
    const { terminal } = await bench.open();
    const stranger = await bench.product.addUser(`stranger-${randomUUID()}`);
    await expect(bench.access(stranger)).rejects.toMatchObject({ kind: 'not_found' });
    const elsewhere = await openWorkspaceRow(stranger);
    const ids = { workspaceId: elsewhere.workspace.id, terminalId: terminal.id };
    await expect(terminalToFollow(elsewhere, ids)).rejects.toMatchObject({ kind: 'not_found' });
    await expect(typeKeys(elsewhere, { ...ids, tab: randomUUID(), sequence: 1, data: 'x' })).rejects.toMatchObject({ kind: 'not_found' });
    await expect(resizeTerminal(elsewhere, { ...ids, columns: 10, rows: 10 })).rejects.toMatchObject({ kind: 'not_found' });
    await expect(closeTerminal(elsewhere, terminal.id)).rejects.toMatchObject({ kind: 'not_found' });
    await expect(openTerminal(elsewhere, { columns: 80, rows: 24 })).rejects.toMatchObject({ kind: 'precondition' });
  });

  it('are at most eight in a workspace, and one that has died without a word makes room', async () => {
    for (let index = 0; index < MOST_TERMINALS; index++) await openTerminal(await bench.access(), { columns: 80, rows: 24 });
    await expect(openTerminal(await bench.access(), { columns: 80, rows: 24 })).rejects.toMatchObject({ kind: 'limit_reached' });
    await bench.container.run('pkill', '-KILL', '-f', 'anyon-terminal hold');
    const mine = and(eq(terminals.workspaceId, bench.container.workspaceId), isNull(terminals.endedAt));
    await database().update(terminals).set({ openedAt: sql`now() - interval '1 minute'` }).where(mine);
    await openTerminal(await bench.access(), { columns: 80, rows: 24 });
    expect(await database().select().from(terminals).where(mine)).toHaveLength(1);
  });
});

/** A workspace of somebody else, without a bench.container. */
async function openWorkspaceRow(actor: Actor): Promise<WorkspaceAccess> {
  const [row] = await database().select().from(workspaces).where(eq(workspaces.id, bench.container.workspaceId));
  const id = randomUUID();
  await database().insert(workspaces).values({ ...row!, id, ownerId: actor.userId, name: 'Elsewhere', status: 'stopped', containerId: null, subnet: null, changeSeq: undefined as never });
  return requireWorkspaceAccess(actor, id);
}

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditActions, listAuditInput } from '@/contract/audit';
import { listAudit } from '@/server/audit/list-audit';
import { recordAudit } from '@/server/audit/record-audit';
import { signedInPerson, type SignedIn } from '@/tests/setup/test-people';
import { startSignIn, type SignInBench } from '@/tests/setup/test-sign-in';

let bench: SignInBench;
let admin: SignedIn;

beforeAll(async () => {
  bench = await startSignIn();
  admin = await signedInPerson(bench.database, 'root', 'admin');
});
afterAll(() => bench.close());

const list = (input: object = {}) => listAudit(admin.actor, listAuditInput.parse(input));

describe('the audit log', () => {
  it('is empty at first', async () => {
    expect(await list()).toEqual({ events: [], more: false });
  });

  it('is read newest first and page by page, without a gap or a repetition, though events of one transaction have one time and others come meanwhile', async () => {
    await bench.database.transaction(async (transaction) => {
      for (let number = 0; number < 7; number++) await recordAudit(transaction, { action: 'secret_set', actor: admin.actor, subject: { name: `SECRET_${number}` } });
    });
    for (let number = 7; number < 12; number++) await recordAudit(bench.database, { action: 'secret_set', actor: admin.actor, subject: { name: `SECRET_${number}` } });
    const seen: (string | null)[] = [];
    let after: string | undefined;
    for (;;) {
      const { events, more } = await list({ limit: 5, ...(after && { after }) });
      seen.push(...events.map(({ subject }) => subject));
      after = events.at(-1)?.id;
      if (!more) break;
      await recordAudit(bench.database, { action: 'sign_out', actor: admin.actor, subject: { name: 'meanwhile' } });
    }
    expect(seen).toEqual(Array.from({ length: 12 }, (_, index) => `SECRET_${11 - index}`));
  });

  it('is narrowed by what was done and by a part of a name, in any case; signs of the pattern language are only themselves', async () => {
    await recordAudit(bench.database, { action: 'sign_in_refused', actor: null, subject: { id: '99', name: 'Mallory_100%' }, details: { reason: 'AccessDenied' } });
    const names = async (input: object) => (await list(input)).events.map(({ subject }) => subject);
    expect(await names({ action: 'sign_in_refused' })).toEqual(['Mallory_100%']);
    expect(await names({ text: 'mALLORY' })).toEqual(['Mallory_100%']);
    expect(await names({ text: '_100%' })).toEqual(['Mallory_100%']);
    expect(await names({ text: '%' })).toEqual(['Mallory_100%']);
    expect(await names({ text: 'nobody' })).toEqual([]);
    expect((await list({ text: 'root', limit: 200 })).events.every(({ actorLogin }) => actorLogin === 'root')).toBe(true);
  });

  it('shows details as they were written, cut where they are long', async () => {
    await recordAudit(bench.database, { action: 'keys_rotated', actor: null, details: { count: 3, done: true, note: 'x'.repeat(2000) } });
    const { events } = await list({ action: 'keys_rotated' });
    expect(events).toMatchObject([{ actorLogin: null, subject: null, details: { count: 3, done: true, note: 'x'.repeat(500) } }]);
  });

  it('ends quietly after an event that is not there', async () => {
    expect(await list({ after: '01a1fe01-b837-7200-9055-ebb07ed141e7' })).toEqual({ events: [], more: false });
  });

  it('takes every action that there is, and none that there is not', () => {
    for (const action of auditActions) expect(listAuditInput.safeParse({ action }).success).toBe(true);
    expect(listAuditInput.safeParse({ action: 'everything' }).success).toBe(false);
    expect(listAuditInput.safeParse({ limit: 100_000 }).success).toBe(false);
  });
});

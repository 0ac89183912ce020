import { describe, expect, it } from 'vitest';
import type { RunEventLine } from '@/contract/run-event';
import type { RunDiff } from '@/contract/review';
import type { alertDeliveries, alerts, batchItems, batches, claudeConnections, claudeLogins, egressRefusals, engineState, gitHubConnections, reconcileReports, runEvents, runs, taskAttempts, tasks, workspaces } from '@/db/schema';
import { keepSetupLog } from '@/server/workspaces/setup/setup-log';
import { plainWords } from '@/server/secrets/masked-text';
import { productFiles } from '@/tests/house/house';

/** Who may say of a text that it is masked: the masker, what reads masked bytes back, and what cuts a masked line. */
const mayBrand = ['server/secrets/mask.ts', 'server/secrets/masked-text.ts', 'server/runs/stream-json.ts'];
/** A row read by hand, in SQL, gets its types from the author's word; none of these writes. */
const brands = /\bas (?:\w+ as )*Masked(?:Text|Bytes)\b/;

describe('SEC-06: text that is stored or sent', () => {
  it('is called masked by nobody but the masker', () => {
    const found = productFiles('app', 'cli', 'components', 'contract', 'server', 'db').filter(({ code }) => brands.test(code)).map(({ file }) => file);
    expect(found.toSorted()).toEqual(mayBrand.toSorted());
  });

  it('is refused by the compiler where it is not masked', () => {
    const said: string = 'whatever a container says';
    const refused = [
      // @ts-expect-error -- not masked
      { prompt: said } satisfies Partial<typeof runs.$inferInsert>,
      // @ts-expect-error -- not masked
      { statusReason: said } satisfies Partial<typeof runs.$inferInsert>,
      // @ts-expect-error -- not masked
      { resultText: said } satisfies Partial<typeof runs.$inferInsert>,
      // @ts-expect-error -- not masked
      { payload: said } satisfies Partial<typeof runEvents.$inferInsert>,
      // @ts-expect-error -- not masked
      { statusReason: said } satisfies Partial<typeof workspaces.$inferInsert>,
      // @ts-expect-error -- not masked
      { lastError: said } satisfies Partial<typeof workspaces.$inferInsert>,
      // @ts-expect-error -- not masked
      { steps: [{ name: 'clone', status: 'running', startedAt: null, endedAt: null, message: said }] } satisfies Partial<typeof workspaces.$inferInsert>,
      // @ts-expect-error -- not masked
      { statusReason: said } satisfies Partial<typeof tasks.$inferInsert>,
      // @ts-expect-error -- not masked
      { message: said } satisfies Partial<typeof taskAttempts.$inferInsert>,
      // @ts-expect-error -- not masked
      { statusReason: said } satisfies Partial<typeof batches.$inferInsert>,
      // @ts-expect-error -- not masked
      { reason: said } satisfies Partial<typeof batchItems.$inferInsert>,
      // @ts-expect-error -- not masked
      { engineProblem: said } satisfies Partial<typeof reconcileReports.$inferInsert>,
      // @ts-expect-error -- not masked
      { reason: said } satisfies Partial<typeof engineState.$inferInsert>,
      // @ts-expect-error -- not masked
      { host: said } satisfies Partial<typeof egressRefusals.$inferInsert>,
      // @ts-expect-error -- not masked
      { reason: said } satisfies Partial<typeof egressRefusals.$inferInsert>,
      // @ts-expect-error -- not masked
      { title: said } satisfies Partial<typeof alerts.$inferInsert>,
      // @ts-expect-error -- not masked
      { body: said } satisfies Partial<typeof alerts.$inferInsert>,
      // @ts-expect-error -- not masked
      { lastFailure: said } satisfies Partial<typeof alertDeliveries.$inferInsert>,
      // @ts-expect-error -- not masked
      { statusReason: said } satisfies Partial<typeof gitHubConnections.$inferInsert>,
      // @ts-expect-error -- not masked
      { statusReason: said } satisfies Partial<typeof claudeConnections.$inferInsert>,
      // @ts-expect-error -- not masked
      { statusReason: said } satisfies Partial<typeof claudeLogins.$inferInsert>,
      // @ts-expect-error -- not masked
      { payload: said } satisfies Partial<RunEventLine>,
      // @ts-expect-error -- not masked
      { patch: said } satisfies Partial<RunDiff>,
    ];
    // @ts-expect-error -- not masked
    const keep = () => keepSetupLog('an id', said);
    // @ts-expect-error -- put together at run time, so it is not our own words
    const words = () => plainWords(`it said ${said}`);
    expect(refused).toHaveLength(23);
    expect([keep, words]).toHaveLength(2);
    expect(plainWords('Our own words.')).toBe('Our own words.');
  });
});

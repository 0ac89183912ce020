import { describe, expect, it } from 'vitest';
import type { Difference, ReconcileReport } from '@/contract/difference';
import { printReport } from '@/server/workspaces/reconcile/print-report';

const report: ReconcileReport = {
  at: new Date(),
  cause: 'command',
  dryRun: true,
  tookMs: 1_234,
  engineProblem: null,
  looked: { workspaces: 1, containers: 2, networks: 2, directories: 3, foreign: 1 },
  differences: [],
};
const difference: Difference = { object: 'workspace-directory', name: '/data/workspaces/a', workspaceId: null, action: 'remove', reason: 'Its workspace was deleted.', freesBytes: 3 * 1024 ** 3, result: null, failure: null };

describe('a report in a terminal', () => {
  it('shows each difference with what is done, why and what it frees', () => {
    const foreign: Difference = { ...difference, object: 'container', name: 'somebodys', action: 'leave', reason: 'Somebody else made it.', freesBytes: null };
    expect(printReport({ ...report, differences: [difference, foreign] })).toBe(
      [
        'WHAT                 ACTION  FREES    NAME',
        'workspace directory  remove  3.0 GiB  /data/workspaces/a',
        '                     Its workspace was deleted.',
        'container            leave   -        somebodys',
        '                     Somebody else made it.',
        '',
        'Looked at 1 workspace, 2 containers, 2 networks and the data directory in 1.2 s.',
        '1 difference to end, which frees 3.0 GiB. 1 thing is only shown. Nothing was changed (--dry-run).',
        '',
      ].join('\n'),
    );
  });

  it('lets nothing steer the terminal', () => {
    expect(printReport({ ...report, differences: [{ ...difference, name: 'a\u001b[2Jb\nc' }] })).toContain('a?[2Jb?c');
  });

  it('says what failed, and that nothing differs, and that the engine could not be asked', () => {
    const failed = { ...difference, result: 'failed' as const, failure: 'It is busy.' };
    expect(printReport({ ...report, dryRun: false, differences: [failed] })).toMatch(/remove \(failed\)[^]*Failed: It is busy\.[^]*0 differences ended, 1 failed\./);
    expect(printReport(report)).toMatch(/Database and machine agree\.\n$/);
    expect(printReport({ ...report, engineProblem: 'It hangs.' })).toBe('Docker could not be asked, so nothing was compared.\n  It hangs.\n');
  });
});

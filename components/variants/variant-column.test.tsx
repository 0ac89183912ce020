import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import type { VariantGroup, VariantView } from '@/contract/variant';
import type { VariantDecisions } from '@/components/variants/use-variant-decisions';
import { VariantColumn } from '@/components/variants/variant-column';

const at = new Date('2026-01-01T12:00:00Z');
const id = '0197a1b0-0000-7000-8000-00000000000';
const newest: VariantView['newest'] = { id: `${id}9`, number: 7, status: 'succeeded', statusReason: null, statusSince: at, nextStep: null, parkedFor: null, parkedUntil: null, createdAt: at, startedAt: at, finishedAt: at };
const usage = { inputTokens: 1_000, outputTokens: 200, cacheReadTokens: 0, cacheWriteTokens: 0, costUsd: 0.5, turns: 3 };
const plain: VariantView = { runId: `${id}1`, position: 2, model: 'opus', branch: 'anyon/run-7', newest, runs: 2, said: 'It **stands** <b>now</b>.', usage, workedMs: 65_000, workingSince: null, changes: { files: 2, additions: 12, deletions: 3, truncated: false }, check: null, archivedAt: null, worktree: 'there', worktreeProblem: null };
const group = (variant: VariantView, chosen: string | null = null): VariantGroup => ({ id: `${id}0`, workspaceId: `${id}8`, workspaceName: 'garden', workspaceStatus: 'running', prompt: 'Mend it', createdAt: at, createdBy: 'ada', checkCommand: null, checkMinutes: 10, chosen: chosen === null ? null : { runId: chosen, at, by: 'ada' }, variants: [variant] });
const decisions: VariantDecisions = { choose: () => undefined, unchoose: () => undefined, restore: () => undefined, checkAgain: () => undefined, busy: null, failure: null };

const draw = (set: Partial<VariantView> = {}, chosen: string | null = null): string => {
  const variant = { ...plain, ...set };
  return renderToStaticMarkup(<VariantColumn group={group(variant, chosen)} variant={variant} decisions={decisions} />);
};

describe('a variant beside the others', () => {
  it('shows what there is to compare, and leads to its newest run', () => {
    const drawn = draw();
    for (const words of ['Variant 2', 'Succeeded', '$0.50', '1m 05s', '+12', '−3', '1k in · 200 out', 'opus', '1 and 1 follow-up', '<strong>stands</strong> &lt;b&gt;now', `/workspaces/${id}8/runs/${id}9`]) expect(drawn).toContain(words);
    expect(drawn).toMatch(/<button(?![^>]*disabled="")[^>]*>(?:(?!<\/button>).)*Choose/);
    expect(drawn).not.toMatch(/Restore|Check/);
  });

  it('cannot be chosen while it works', () => {
    const drawn = draw({ newest: { ...newest, status: 'running', finishedAt: null, nextStep: 'You can close this page; the run goes on.' }, workingSince: at, changes: null, said: null });
    expect(drawn).toMatch(/<button[^>]*disabled=""[^>]*>(?:(?!<\/button>).)*Choose/);
    for (const words of ['Running', 'Claude has said nothing yet.', 'the run goes on']) expect(drawn).toContain(words);
  });

  it('says that it is chosen, and lets the choice be taken back', () => {
    expect(draw({}, plain.runId)).toMatch(/Chosen.*Take the choice back/s);
  });

  it('says where the files of an archived one are, and brings it back', () => {
    expect(draw({ archivedAt: at, worktree: 'away' }, `${id}2`)).toMatch(/Archived.*kept in a checkpoint.*Restore/s);
    expect(draw({ archivedAt: at, worktree: 'leaving' })).toContain('Its files are being put away.');
    expect(draw({ worktree: 'coming' })).toContain('Its files are being brought back.');
    expect(draw({ archivedAt: at, worktreeProblem: 'There are repositories inside of it.' })).toContain('There are repositories inside of it.');
  });

  it('tells how its check stands', () => {
    const check = { state: 'failed' as const, since: at, reason: null, exitCode: 2, milliseconds: 3_000, output: 'two of three\n' };
    expect(draw({ check })).toMatch(/Check failed.*3s.*exit code 2.*Check variant 2 again.*Output/s);
    expect(draw({ check: { ...check, state: 'waiting', reason: 'It begins when the run has succeeded.', exitCode: null, milliseconds: null, output: null } })).toMatch(/Check waits.*It begins when/s);
    expect(draw({ check: { ...check, state: 'passed', exitCode: 0, output: '' } })).toMatch(/Check passed.*It said nothing/s);
  });
});

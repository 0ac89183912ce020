'use client';

import { clsx } from 'clsx';
import { Check, GitBranch } from 'lucide-react';
import Link from 'next/link';
import { isFinal } from '@/contract/run';
import type { VariantGroup, VariantView } from '@/contract/variant';
import { RunState } from '@/components/runs/run-state';
import { CopyButton } from '@/components/ui/copy-button';
import { Elapsed } from '@/components/ui/relative-time';
import { MarkdownText } from '@/components/ui/markdown';
import { ChooseButton } from '@/components/variants/choose-button';
import type { VariantDecisions } from '@/components/variants/use-variant-decisions';
import { VariantCheckPart } from '@/components/variants/variant-check';
import { VariantFacts } from '@/components/variants/variant-facts';

interface VariantColumnProps {
  group: VariantGroup;
  variant: VariantView;
  decisions: VariantDecisions;
}

/**
 * One variant: how it stands, what it cost, how its check went, what Claude said last, and the way to its run. On a wide screen each of these is a row
 * of the grid that it stands in, so that figures to be compared are beside each other.
 */
export function VariantColumn({ group, variant, decisions }: VariantColumnProps) {
  const { newest, position } = variant;
  const isChosen = group.chosen?.runId === variant.runId;
  const href = `/workspaces/${group.workspaceId}/runs/${newest.id}`;
  return (
    <article
      aria-label={`Variant ${position}`}
      className={clsx('flex w-[86%] shrink-0 snap-center flex-col gap-3 rounded-lg border bg-surface p-4 md:row-span-5 md:grid md:w-auto md:min-w-0 md:grid-rows-subgrid', isChosen ? 'border-accent' : 'border-line', variant.archivedAt !== null && 'bg-sunken')}
    >
      <header className="flex flex-col gap-1">
        <div className="flex flex-wrap items-center justify-between gap-x-3 gap-y-1">
          <h2 className="font-semibold">
            <Link href={href} className="hover:underline">
              Variant {position}
            </Link>
          </h2>
          {isChosen && (
            <span className="inline-flex items-center gap-1 text-sm font-medium text-accent">
              <Check aria-hidden className="size-4" />
              Chosen
            </span>
          )}
          {variant.archivedAt !== null && <span className="rounded-full border border-line-strong px-2 text-xs text-ink-soft">Archived</span>}
        </div>
        <div className="flex flex-wrap items-center gap-x-2 text-sm">
          <span aria-live="polite" className="inline-flex">
            <RunState run={newest} />
          </span>
          {!isFinal(newest.status) && (
            <span className="text-ink-faint">
              <Elapsed from={newest.statusSince} to={null} />
            </span>
          )}
        </div>
        <Why variant={variant} />
        <p className="flex min-w-0 items-center gap-1 text-xs text-ink-faint">
          <GitBranch aria-hidden className="size-3.5 shrink-0" />
          <span className="truncate">{variant.branch}</span>
          <CopyButton label={`Copy the name of the branch of variant ${position}`} text={variant.branch} />
        </p>
      </header>
      <VariantFacts variant={variant} />
      {variant.check ? <VariantCheckPart variant={variant} check={variant.check} decisions={decisions} /> : <div className="hidden md:block" />}
      <div className="min-h-0 flex-1">
        {variant.said === null ? <p className="text-sm text-ink-faint">Claude has said nothing yet.</p> : <div tabIndex={0} role="group" aria-label={`What Claude said last in variant ${position}`} className="max-h-72 overflow-y-auto text-sm"><MarkdownText text={variant.said} /></div>}
      </div>
      <footer className="flex flex-wrap items-center gap-2">
        <ChooseButton group={group} variant={variant} decisions={decisions} />
        <Link href={href} className="text-sm text-accent hover:underline">
          Open run #{newest.number}
        </Link>
      </footer>
    </article>
  );
}

/** Why it stands as it does, and where its files are when they are not in their place. */
function Why({ variant: { newest, archivedAt, worktree, worktreeProblem } }: { variant: VariantView }) {
  const state = isFinal(newest.status) && newest.status === 'succeeded' ? null : (newest.statusReason ?? newest.nextStep);
  const files = worktreeProblem ?? (worktree === 'leaving' ? 'Its files are being put away.' : worktree === 'coming' || (worktree === 'away' && archivedAt === null) ? 'Its files are being brought back.' : worktree === 'away' ? 'Its files are kept in a checkpoint.' : null);
  return (
    <>
      {state && <p className="text-sm text-ink-soft [overflow-wrap:anywhere]">{state}</p>}
      {files && <p className={clsx('text-sm [overflow-wrap:anywhere]', worktreeProblem ? 'text-state-failed' : 'text-ink-soft')}>{files}</p>}
    </>
  );
}

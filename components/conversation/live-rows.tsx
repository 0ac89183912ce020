'use client';

import { Clock, LoaderCircle, MessageSquare, Sparkles, Wrench } from 'lucide-react';
import { isFinal, type RunView } from '@/contract/run';
import type { Turn } from '@/components/conversation/conversation-items';
import type { ConversationSnapshot } from '@/components/conversation/run-conversation';
import { RowFrame } from '@/components/conversation/row-frame';
import { toolName } from '@/components/conversation/tool-words';
import type { TypedBlock } from '@/components/conversation/typed-blocks';
import { formatTokens } from '@/components/runs/run-figures';
import { Button } from '@/components/ui/button';
import { FailureNotice } from '@/components/ui/failure-notice';
import { MarkdownText } from '@/components/ui/markdown';
import { Skeleton } from '@/components/ui/skeleton';

/** What Claude is writing at this moment. Not announced letter by letter. */
export function TypingRow({ block: { kind, name, text } }: { block: TypedBlock }) {
  if (kind === 'text') {
    return (
      <RowFrame icon={MessageSquare} item={null}>
        <MarkdownText text={text} />
      </RowFrame>
    );
  }
  const isThinking = kind === 'thinking';
  return (
    <RowFrame icon={isThinking ? Sparkles : Wrench} item={null}>
      <p className="flex items-center gap-1.5 text-xs leading-5 text-ink-faint">
        <LoaderCircle aria-hidden className="size-3.5 animate-spin" />
        {isThinking ? 'Thinking' : `Prepares ${toolName(name)}`}
      </p>
      {isThinking && text && <p className="line-clamp-3 text-xs text-ink-faint italic [overflow-wrap:anywhere]">{text.slice(-400)}</p>}
    </RowFrame>
  );
}

/** What a turn took: quiet, for who wants to know. */
export function FiguresRow({ turn, contextWindow }: { turn: Turn; contextWindow: number | null }) {
  if (turn.contextTokens === null) return null;
  const context = `${formatTokens(turn.contextTokens)}${contextWindow === null ? '' : ` of ${formatTokens(contextWindow)}`} tokens of context`;
  // Some versions say how much was written only at the end of the run, and 1 until then.
  const written = turn.outputTokens !== null && turn.outputTokens > 1 ? `${formatTokens(turn.outputTokens)} written` : null;
  return <p className="pr-8 pl-6.5 text-[11px] leading-4 text-ink-faint tabular-nums">{[turn.model, context, written].filter(Boolean).join(' · ')}</p>;
}

/** Where the loaded part begins: what is before it, or why it is not here. */
export function EarlierRow({ snapshot, onLoad, onRetry }: { snapshot: ConversationSnapshot; onLoad: () => void; onRetry: () => void }) {
  if (snapshot.connection === 'opening') {
    return (
      <div role="status" aria-label="Opening the conversation" className="flex flex-col gap-3 pl-6.5">
        <Skeleton className="h-5 w-3/4" />
        <Skeleton className="h-5 w-1/2" />
        <Skeleton className="h-5 w-2/3" />
      </div>
    );
  }
  return (
    <div className="flex flex-col items-start gap-2 pl-6.5">
      {snapshot.problem !== null && <FailureNotice message={snapshot.problem} kind={null} onRetry={snapshot.connection === 'refused' ? onRetry : onLoad} />}
      {snapshot.loadedFrom > 0 && (
        <Button size="small" busy={snapshot.loadingEarlier} onClick={onLoad}>
          Show what was before
        </Button>
      )}
    </div>
  );
}

/** What happens now, while nothing is being written; and what the run has used. */
export function StandingRow({ run, snapshot }: { run: RunView; snapshot: ConversationSnapshot }) {
  const words = standingWords(run, snapshot);
  if (words === null) return null;
  const { tokens } = snapshot.conversation;
  const used = tokens.input + tokens.cacheRead + tokens.cacheWrite;
  const waits = run.status === 'queued' || run.status === 'parked' || run.status === 'needs_you';
  return (
    <RowFrame icon={waits ? Clock : LoaderCircle} spins={!waits} item={null}>
      <p role="status" className="text-ink-soft">
        {words}
        {snapshot.connection === 'lost' && ' The connection is lost; this goes on where it was as soon as it is back.'}
      </p>
      {used > 0 && <p className="text-[11px] leading-4 text-ink-faint tabular-nums">{formatTokens(used)} tokens read so far, each request counted whole</p>}
    </RowFrame>
  );
}

function standingWords({ status, nextStep }: RunView, { connection, conversation, typing }: ConversationSnapshot): string | null {
  if (isFinal(status) || connection === 'opening' || connection === 'refused') return null;
  if (status === 'queued') return `Waiting to start. ${nextStep ?? ''}`.trim();
  if (status === 'starting') return nextStep ?? 'Claude Code is being started.';
  if (status === 'parked') return `The run waits. ${nextStep ?? ''}`.trim();
  if (status === 'needs_you') return 'Claude waits for your answer.';
  if (status === 'stopping') return 'The run is being stopped.';
  if (connection === 'lost') return '';
  if (typing.length > 0) return null;
  if (conversation.turns.length === 0) return 'Claude Code takes a few seconds for its first word.';
  return conversation.waiting ? 'Claude is asked.' : 'Claude is at work.';
}

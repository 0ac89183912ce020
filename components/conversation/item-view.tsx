'use client';

import { Braces, CircleAlert, CircleCheck, Hourglass, Info, MessageSquare, Sparkles, User, type LucideIcon } from 'lucide-react';
import { memo } from 'react';
import { BoundedText } from '@/components/conversation/bounded-text';
import type { Item, NoticeItem, RawItem, ResultItem, SaidItem, TextItem, ThinkingItem } from '@/components/conversation/conversation-items';
import { errorWords } from '@/components/conversation/notice-words';
import { FoldButton, RowFrame } from '@/components/conversation/row-frame';
import { ToolRow } from '@/components/conversation/tool-row';
import { useUnfolded } from '@/components/conversation/unfolded';
import { formatCost, formatTokens } from '@/components/runs/run-figures';
import { formatDuration } from '@/components/ui/durations';
import { MarkdownText, MOST_MARKDOWN } from '@/components/ui/markdown';

/** One thing that was said, done or met. `live`: more may still come of it; `simulated`: what the CLI says that it cost, nobody pays. */
export const ItemView = memo(function ItemView({ item, live, simulated }: { item: Item; live: boolean; simulated: boolean }) {
  switch (item.kind) {
    case 'text':
      return <TextView item={item} />;
    case 'thinking':
      return <ThinkingView item={item} />;
    case 'tool':
      return <ToolRow item={item} live={live} drawStep={(step) => <ItemView key={step.key} item={step} live={live} simulated={simulated} />} />;
    case 'said':
      return <SaidView item={item} />;
    case 'notice':
      return <NoticeView item={item} />;
    case 'result':
      return <ResultView item={item} simulated={simulated} />;
    case 'raw':
      return <RawView item={item} />;
  }
});

function TextView({ item }: { item: TextItem }) {
  return (
    <RowFrame icon={item.failure ? CircleAlert : MessageSquare} item={item} {...(item.failure && { color: 'text-state-failed' })}>
      <span className="sr-only">Claude: </span>
      {item.failure && <p className="font-medium text-state-failed">{errorWords(item.failure)}</p>}
      {item.text.length > MOST_MARKDOWN ? <BoundedText id={`${item.key} text`} text={item.text} /> : <MarkdownText text={item.text} />}
    </RowFrame>
  );
}

function ThinkingView({ item }: { item: ThinkingItem }) {
  const [open, toggle] = useUnfolded(item.key);
  const words = item.milliseconds !== null && item.milliseconds >= 1000 ? `Thought for ${formatDuration(item.milliseconds)}` : 'Thought';
  return (
    <RowFrame icon={Sparkles} item={item}>
      {item.text.trim() === '' ? (
        <p className="text-xs text-ink-faint">{words}; what it thought is not told.</p>
      ) : (
        <FoldButton open={open} onToggle={toggle} className="h-5">
          {words}
        </FoldButton>
      )}
      {open && <div className="mt-1 border-l-2 border-line pl-3 whitespace-pre-wrap text-ink-soft [overflow-wrap:anywhere]">{item.text.slice(0, MOST_MARKDOWN)}</div>}
    </RowFrame>
  );
}

function SaidView({ item }: { item: SaidItem }) {
  const [open, toggle] = useUnfolded(item.key);
  if (item.by === 'person') {
    return (
      <RowFrame icon={User} item={item}>
        <span className="sr-only">Said to Claude: </span>
        <div className="rounded-lg bg-sunken px-3 py-2">
          <span className="whitespace-pre-wrap [overflow-wrap:anywhere]">{item.text.slice(0, MOST_MARKDOWN)}</span>
        </div>
      </RowFrame>
    );
  }
  return (
    <RowFrame icon={Info} item={item}>
      <FoldButton open={open} onToggle={toggle} className="h-5">
        Claude Code told the model something
      </FoldButton>
      {open && <BoundedText id={`${item.key} text`} text={item.text} />}
    </RowFrame>
  );
}

const tones: Record<NoticeItem['tone'], { icon: LucideIcon; color: string }> = {
  info: { icon: Info, color: 'text-ink-faint' },
  waiting: { icon: Hourglass, color: 'text-state-needs-you' },
  failure: { icon: CircleAlert, color: 'text-state-failed' },
};

function NoticeView({ item }: { item: NoticeItem }) {
  const { icon, color } = tones[item.tone];
  return (
    <RowFrame icon={icon} color={color} item={item}>
      <p className={`[overflow-wrap:anywhere] ${item.tone === 'info' ? 'text-xs leading-5 text-ink-faint' : ''}`}>{item.words}</p>
    </RowFrame>
  );
}

function ResultView({ item, simulated }: { item: ResultItem; simulated: boolean }) {
  const figures = [
    item.milliseconds !== null && formatDuration(item.milliseconds),
    item.requests !== null && `${item.requests} ${item.requests === 1 ? 'turn' : 'turns'}`,
    item.tokensIn !== null && `${formatTokens(item.tokensIn)} tokens in`,
    item.tokensOut !== null && `${formatTokens(item.tokensOut)} out`,
    item.costUsd !== null && !simulated && formatCost(item.costUsd),
  ].filter((figure) => figure !== false);
  return (
    <RowFrame icon={item.failure === null ? CircleCheck : CircleAlert} color={item.failure === null ? 'text-state-succeeded' : 'text-state-failed'} item={item}>
      {item.failure !== null && <p className="text-state-failed [overflow-wrap:anywhere] whitespace-pre-wrap">{item.failure.slice(0, 4_000)}</p>}
      <p className="text-xs leading-5 text-ink-faint">{[item.failure === null ? 'Done' : 'Ended with an error', ...figures].join(' · ')}</p>
    </RowFrame>
  );
}

function RawView({ item }: { item: RawItem }) {
  const [open, toggle] = useUnfolded(item.key);
  return (
    <RowFrame icon={Braces} item={item}>
      <FoldButton open={open} onToggle={toggle} className="h-5 w-full">
        <span className="mr-2 font-medium">{item.label}</span>
        <span className="font-mono">{item.text.slice(0, 300).replaceAll(/\s+/g, ' ')}</span>
      </FoldButton>
      {open && <BoundedText id={`${item.key} text`} text={item.text} />}
    </RowFrame>
  );
}

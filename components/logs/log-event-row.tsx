'use client';

import { clsx } from 'clsx';
import { ChevronRight, CircleCheck, CircleX, CornerDownRight, Info, MessageSquare, Sparkles, Terminal, User, type LucideIcon } from 'lucide-react';
import { useMemo } from 'react';
import { parseShallowJson } from '@/contract/nested-json';
import type { LogSummary } from '@/components/runs/log-summary';
import { summarizeStreamJson } from '@/components/runs/stream-json-summary';
import { MarkdownText } from '@/components/ui/markdown';

const icons: Record<LogSummary['kind'], LucideIcon> = {
  session: Info,
  text: MessageSquare,
  thinking: Sparkles,
  tool: Terminal,
  'tool-result': CornerDownRight,
  'tool-error': CornerDownRight,
  prompt: User,
  result: CircleCheck,
  'result-error': CircleX,
  note: Info,
};

const colors: Record<LogSummary['kind'], string> = {
  session: 'text-ink-faint',
  text: 'text-ink',
  thinking: 'text-ink-faint italic',
  tool: 'text-ink-soft',
  'tool-result': 'text-ink-faint',
  'tool-error': 'text-state-failed',
  prompt: 'text-ink-soft',
  result: 'text-state-succeeded',
  'result-error': 'text-state-failed',
  note: 'text-ink-faint',
};

const maxUnfoldedCharacters = 100_000;
const previewCharacters = 800;

/** A stream-json line in a few words; a click shows the whole line. Kinds that are not known are shown as they came. */
export function LogEventRow({ text, wrap, unfolded, onToggle }: { text: string; wrap: boolean; unfolded: boolean; onToggle: () => void }) {
  const summaries = useMemo(() => summarizeStreamJson(text), [text]);
  return (
    <div className="group/row relative pr-6 pointer-coarse:min-h-10 pointer-coarse:pr-11">
      {summaries ? summaries.map((summary, index) => <Summary key={index} summary={summary} />) : <Unknown text={text} wrap={wrap} />}
      <button type="button" aria-expanded={unfolded} aria-label={unfolded ? 'Hide the whole line' : 'Show the whole line'} title={unfolded ? 'Hide the whole line' : 'Show the whole line'} onClick={onToggle} className="absolute top-0 right-0 grid size-5 place-items-center rounded text-ink-faint hover:bg-hover hover:text-ink pointer-coarse:size-10 pointer-coarse:items-start pointer-coarse:pt-[3px]">
        <ChevronRight aria-hidden className={clsx('size-3.5', unfolded && 'rotate-90')} />
      </button>
      {unfolded && <pre role="group" aria-label="The whole line" tabIndex={0} className="my-1 max-h-96 overflow-auto rounded-md bg-sunken p-2 text-xs whitespace-pre-wrap [overflow-wrap:anywhere]">{pretty(text)}</pre>}
    </div>
  );
}

function Summary({ summary: { kind, label, text } }: { summary: LogSummary }) {
  const Icon = icons[kind];
  if (kind === 'text' || kind === 'prompt' || kind === 'thinking' || kind === 'result' || kind === 'result-error') {
    return (
      <div className={clsx('flex gap-2 font-sans text-sm', colors[kind])}>
        <Icon aria-hidden className="mt-[3px] size-3.5 shrink-0 opacity-70" />
        <div className="min-w-0 max-w-[90ch]">
          {kind === 'text' ? (
            <>
              <span className="sr-only">{label}: </span>
              <MarkdownText text={text} />
            </>
          ) : (
            <>
              <span className="mr-2 font-semibold">{label}</span>
              <span className="whitespace-pre-wrap [overflow-wrap:anywhere]">{text}</span>
            </>
          )}
        </div>
      </div>
    );
  }
  return (
    <div className={clsx('flex min-h-5 gap-2', colors[kind])}>
      <Icon aria-hidden className="mt-[3px] size-3.5 shrink-0 opacity-70" />
      <div className="min-w-0 [overflow-wrap:anywhere]">
        <span className={clsx('mr-2 font-sans font-semibold', kind === 'tool' && 'text-ink')}>{label}</span>
        {text}
      </div>
    </div>
  );
}

function Unknown({ text, wrap }: { text: string; wrap: boolean }) {
  const more = text.length - previewCharacters;
  return (
    <div className={clsx('text-ink-faint', wrap ? 'whitespace-pre-wrap [overflow-wrap:anywhere]' : 'whitespace-pre')}>
      {text.slice(0, previewCharacters)}
      {more > 0 && <span className="font-sans font-medium"> … {more.toLocaleString()} more characters; “Raw” shows them</span>}
    </div>
  );
}

function pretty(text: string): string {
  const value = parseShallowJson(text.slice(0, maxUnfoldedCharacters * 10));
  return cap(value === null ? text : JSON.stringify(value, null, 2)); // cut or not JSON: as it came
}

function cap(text: string): string {
  return text.length > maxUnfoldedCharacters ? `${text.slice(0, maxUnfoldedCharacters)}\n… “Raw” shows the rest` : text;
}

'use client';

import { Image } from 'lucide-react';
import type { ReactNode } from 'react';
import { BoundedText } from '@/components/conversation/bounded-text';
import type { Item, OutputPart, ToolItem } from '@/components/conversation/conversation-items';
import type { EditLine } from '@/components/conversation/edit-lines';
import { fieldsOf, textOf } from '@/components/conversation/event-fields';
import { SmallDiff } from '@/components/conversation/small-diff';
import { isAgent } from '@/components/conversation/tool-words';
import { useShownCount } from '@/components/conversation/unfolded';
import { formatBytes } from '@/components/runs/run-figures';
import { withoutWorktree } from '@/components/runs/tool-subject';

const NEWEST_STEPS = 50;
const MORE_STEPS = 200;

/** What went into a call and what came out of it; `drawStep` draws what a sub-agent did in it. */
export function ToolDetail({ item, edit, drawStep }: { item: ToolItem; edit: readonly EditLine[] | null; drawStep: (step: Item) => ReactNode }) {
  return (
    <div className="mb-1 flex flex-col gap-1">
      <ToolInput item={item} edit={edit} />
      {item.steps.length > 0 && <Steps item={item} drawStep={drawStep} />}
      {item.output && <ToolOutputView item={item} wanted={edit === null || item.output.failed} />}
    </div>
  );
}

/** What a sub-agent did: the newest steps, and so many earlier ones with each wish for more. Thousands at once would stop the page. */
function Steps({ item: { key, steps }, drawStep }: { item: ToolItem; drawStep: (step: Item) => ReactNode }) {
  const { shown, more, fewer } = useShownCount(`${key} steps`, NEWEST_STEPS);
  const hidden = Math.max(0, steps.length - shown);
  const next = Math.min(hidden, MORE_STEPS);
  return (
    <div className="mt-1 flex flex-col gap-2 border-l-2 border-line pl-3">
      {(hidden > 0 || shown > NEWEST_STEPS) && (
        <p className="flex flex-wrap gap-x-3 text-xs">
          {hidden > 0 && (
            <button type="button" onClick={() => more(next)} className="font-medium text-accent hover:underline">
              Show {next === 1 ? 'the earlier step' : `${next.toLocaleString('en')} earlier steps`}
            </button>
          )}
          {hidden > next && <span className="text-ink-faint">{hidden.toLocaleString('en')} are not shown; all of them are in the log.</span>}
          {shown > NEWEST_STEPS && (
            <button type="button" onClick={fewer} className="font-medium text-accent hover:underline">
              Show fewer steps
            </button>
          )}
        </p>
      )}
      {steps.slice(hidden).map((step) => drawStep(step))}
    </div>
  );
}

function ToolInput({ item: { key, name, input }, item, edit }: { item: ToolItem; edit: readonly EditLine[] | null }) {
  const fields = fieldsOf(input);
  if (edit) return <SmallDiff id={`${key} diff`} lines={edit} />;
  if (name === 'Bash' && textOf(fields?.['command'])) {
    return (
      <>
        {textOf(fields?.['description']) && <p className="text-xs text-ink-faint">{textOf(fields?.['description'])}</p>}
        <BoundedText id={`${key} input`} label="Command" text={withoutWorktree(textOf(fields?.['command']))} />
      </>
    );
  }
  if (isAgent(item) && textOf(fields?.['prompt'])) return <BoundedText id={`${key} input`} label="What it was asked" text={textOf(fields?.['prompt'])} />;
  if (input === undefined || (fields && Object.keys(fields).length === 0)) return null;
  return <BoundedText id={`${key} input`} label="Input" text={withoutWorktree(JSON.stringify(input, null, 2) ?? '')} />;
}

/** Of an edit that went well the tool only says so. */
function ToolOutputView({ item: { key, output }, wanted }: { item: ToolItem; wanted: boolean }) {
  if (!output || !wanted) return null;
  if (output.parts.length === 0) return <p className="text-xs text-ink-faint">It gave nothing back.</p>;
  return output.parts.map((part, index) => <Part key={index} id={`${key} output ${index}`} part={part} failed={output.failed} />);
}

function Part({ id, part, failed }: { id: string; part: OutputPart; failed: boolean }) {
  if (part.kind === 'image') {
    return (
      <p className="flex items-center gap-1.5 text-xs text-ink-faint">
        <Image aria-hidden className="size-3.5" />
        Picture ({part.type.slice(0, 100)}
        {part.bytes > 0 && `, ${formatBytes(part.bytes)}`})
      </p>
    );
  }
  return <BoundedText id={id} label={failed ? 'What went wrong' : 'Output'} text={withoutWorktree(part.text)} failed={failed} />;
}

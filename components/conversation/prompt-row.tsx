'use client';

import { useQuery } from '@tanstack/react-query';
import { User } from 'lucide-react';
import { RowFrame } from '@/components/conversation/row-frame';
import { useUnfolded } from '@/components/conversation/unfolded';
import { errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { CopyButton } from '@/components/ui/copy-button';

const FIRST_CHARACTERS = 1_200;

/** What a person asked for. */
export function PromptRow({ runId, prompt }: { runId: string; prompt: string }) {
  const [all, toggle] = useUnfolded(`${runId} prompt all`);
  const long = prompt.length > FIRST_CHARACTERS;
  const mayScroll = prompt.length > 400 || prompt.split('\n', 12).length === 12; // the keyboard must reach it then
  return (
    <RowFrame icon={User} item={null}>
      <div className="group/text relative rounded-lg bg-accent-soft px-3 py-2 pr-9">
        <span className="sr-only">Asked for: </span>
        <div {...(mayScroll && { role: 'group', 'aria-label': 'What was asked for', tabIndex: 0 })} className="max-h-[60dvh] overflow-y-auto whitespace-pre-wrap [overflow-wrap:anywhere]">{long && !all ? `${prompt.slice(0, FIRST_CHARACTERS)} …` : prompt}</div>
        {long && (
          <button type="button" aria-expanded={all} onClick={toggle} className="mt-1 text-xs font-medium text-accent hover:underline">
            {all ? 'Show less' : `Show all (${prompt.length.toLocaleString('en')} characters)`}
          </button>
        )}
        <CopyButton label="Copy the prompt" text={prompt} className="absolute top-1 right-1 opacity-0 group-focus-within/text:opacity-100 group-hover/text:opacity-100 focus-visible:opacity-100 [@media(hover:none)]:opacity-60" />
      </div>
    </RowFrame>
  );
}

/** The prompt of an earlier run: its beginning is known, the whole of it is fetched. */
export function EarlierPromptRow({ runId, promptStart }: { runId: string; promptStart: string }) {
  const trpc = useTRPC();
  const run = useQuery(trpc.runs.byId.queryOptions({ runId }, { staleTime: Infinity }));
  return (
    <>
      <PromptRow runId={runId} prompt={run.data?.prompt ?? promptStart} />
      {run.isError && <p className="pl-6.5 text-xs text-state-failed">{errorSentence(run.error)}</p>}
    </>
  );
}

'use client';

import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react';
import type { ListedWorkspace } from '@/contract/workspace';
import { StartRunButton, useStartRun } from '@/components/runs/start-run-button';
import { ChoiceBar } from '@/components/steering/choice-bar';
import { usualChoices } from '@/components/steering/run-choices';
import { useDraft } from '@/components/steering/use-draft';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { FailureNotice } from '@/components/ui/failure-notice';
import { TextArea } from '@/components/ui/field';
import { useStartVariants } from '@/components/variants/use-start-variants';
import { VariantFields } from '@/components/variants/variant-fields';

const example = 'Read this repository and tell me in a few sentences what it does. Then write a short NOTES.md with what a new contributor should know first.';

const usual = { permissionMode: 'bypassPermissions', model: null } as const;

interface PromptBoxProps {
  workspace: ListedWorkspace;
  isFirst: boolean;
  /** Has the cursor from the start, behind what was kept. */
  autoFocus?: boolean;
}

/** Where a run begins. The first one comes with an example that can be started as it is. What is typed is kept until a run has begun with it. */
export function PromptBox({ workspace, isFirst, autoFocus = false }: PromptBoxProps) {
  const { prompt, setPrompt, touch } = usePrompt(workspace.id, isFirst);
  const [choices, setChoices] = useState(usualChoices);
  const box = useCursorAtEnd(autoFocus);
  const noteId = useId(); // there may be two: on the page, and in a dialog above it
  const forgetPrompt = () => setPrompt('');
  const run = useStartRun(workspace.id, forgetPrompt);
  const variants = useStartVariants(workspace.id, forgetPrompt);
  const start = variants.chosen.count > 1 ? variants : run;
  const waiting = whyNot(workspace);
  const submit = () => {
    if (!waiting) start.submit(prompt, choices);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.metaKey || event.ctrlKey)) return;
    event.preventDefault();
    submit();
  };
  return (
    <section aria-label="New run" className="flex flex-col rounded-lg border border-control bg-surface focus-within:border-accent">
      <TextArea
        ref={box}
        aria-label="What should Claude do?"
        aria-describedby={noteId}
        placeholder="What should Claude do?"
        rows={4}
        value={prompt}
        onFocus={() => prompt === '' && touch()} // the example must not come under the hands of somebody who is about to type
        onChange={(event) => {
          touch();
          setPrompt(event.target.value);
          start.forget();
        }}
        onKeyDown={onKeyDown}
        className="max-h-[50dvh] min-h-24 resize-y border-0 bg-transparent !outline-none field-sizing-content"
      />
      <div className="flex flex-wrap items-center gap-2 px-2 pb-1">
        <ChoiceBar
          choices={choices}
          usual={usual}
          onChange={(next) => {
            setChoices(next);
            start.forget();
          }}
        />
        <VariantFields choices={variants.chosen} last={variants.last} model={choices.model} onChange={variants.choose} />
      </div>
      <div className="flex flex-wrap items-center justify-between gap-2 px-3 pb-3">
        <Note id={noteId} problem={start.problem} waiting={waiting} />
        <StartRunButton variants={variants.chosen.count} busy={start.busy} disabled={waiting !== null} onClick={submit} />
      </div>
      {start.error && (
        <div className="px-3 pb-3">
          <FailureNotice message={errorSentence(start.error)} kind={errorKind(start.error)} />
        </div>
      )}
    </section>
  );
}

/** What was typed and kept; before that, for the first run, the example. */
function usePrompt(workspaceId: string, isFirst: boolean) {
  const [draft, setPrompt] = useDraft(`new-run.${workspaceId}`);
  // Whether this is the first run may become known after somebody has begun to type, and must not undo it.
  const [isTouched, setTouched] = useState(false);
  return { prompt: draft === '' && !isTouched && isFirst ? example : draft, setPrompt, touch: () => setTouched(true) };
}

/** A field that has the cursor when it comes up, behind what stands in it already. */
function useCursorAtEnd(isWanted: boolean) {
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (!isWanted || !field.current) return;
    field.current.focus();
    field.current.setSelectionRange(field.current.value.length, field.current.value.length);
  }, [isWanted]);
  return field;
}

function Note({ id, problem, waiting }: { id: string; problem: string | null; waiting: string | null }) {
  return (
    <p id={id} className="min-w-0 flex-1 text-xs text-ink-faint">
      {problem ? <span role="alert" className="text-state-failed">{problem}</span> : (waiting ?? 'Works on a branch of its own. You can close the page; the run goes on.')}
    </p>
  );
}

/** Why nothing can be started now, and what helps; null when it can. */
function whyNot({ status, recovery }: ListedWorkspace): string | null {
  if (status === 'creating') return 'The workspace is still being made. You can write the prompt meanwhile.';
  if (status === 'unhealthy' && recovery.nextAt) return 'Anyon is about to bring the workspace back. You can write the prompt meanwhile.';
  if (status === 'unhealthy') return 'The workspace is not healthy. Start it again first.';
  if (status === 'unknown') return 'Docker does not answer, so nothing can be started now. You can write the prompt meanwhile.';
  if (status === 'stopped') return 'The workspace is stopped. Start it first.';
  if (status === 'deleting' || status === 'archived') return 'This workspace takes no more runs.';
  return null;
}

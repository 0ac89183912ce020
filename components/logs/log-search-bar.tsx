'use client';

import { CaseSensitive, ChevronDown, ChevronUp, Regex, WholeWord, X } from 'lucide-react';
import type { KeyboardEvent, RefObject } from 'react';
import type { LookedFor } from '@/contract/log-search';
import { IconButton } from '@/components/ui/button';
import { TextInput } from '@/components/ui/field';

interface LogSearchBarProps {
  input: RefObject<HTMLInputElement | null>;
  wanted: LookedFor;
  onChange: (change: Partial<LookedFor>) => void;
  /** How the search stands; null while nothing is looked for. */
  words: string | null;
  isProblem: boolean;
  onStep: (step: 1 | -1) => void;
  onClose: () => void;
}

/** What to look for in the log, and the way from hit to hit: Enter and Shift+Enter. */
export function LogSearchBar({ input, wanted, onChange, words, isProblem, onStep, onClose }: LogSearchBarProps) {
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter') onStep(event.shiftKey ? -1 : 1);
    else if (event.key === 'Escape') onClose();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <search className="flex flex-wrap items-center gap-1 pb-1">
      <div className="min-w-40 flex-1">
        <TextInput ref={input} aria-label="Search this log" placeholder="Search this log" maxLength={500} value={wanted.text} onChange={(event) => onChange({ text: event.target.value.replaceAll(/[\r\n]+/g, ' ') })} onKeyDown={onKeyDown} className="h-8! text-sm" />
      </div>
      <SearchKinds wanted={wanted} onChange={onChange} />
      <IconButton label="Previous hit (Shift+Enter)" onClick={() => onStep(-1)}>
        <ChevronUp aria-hidden />
      </IconButton>
      <IconButton label="Next hit (Enter)" onClick={() => onStep(1)}>
        <ChevronDown aria-hidden />
      </IconButton>
      <IconButton label="Close the search" onClick={onClose}>
        <X aria-hidden />
      </IconButton>
      <span role="status" className={`min-h-4 basis-full text-xs ${isProblem ? 'text-state-failed' : 'text-ink-soft'}`}>
        {words}
      </span>
    </search>
  );
}

/** Case, whole words, regular expression. */
export function SearchKinds({ wanted, onChange }: { wanted: LookedFor; onChange: (change: Partial<LookedFor>) => void }) {
  const toggle = (kind: 'word' | 'regex') => onChange({ kind: wanted.kind === kind ? 'text' : kind });
  return (
    <>
      <IconButton label="Tell capital and small letters apart" pressed={wanted.caseSensitive} onClick={() => onChange({ caseSensitive: !wanted.caseSensitive })}>
        <CaseSensitive aria-hidden />
      </IconButton>
      <IconButton label="Whole words" pressed={wanted.kind === 'word'} onClick={() => toggle('word')}>
        <WholeWord aria-hidden />
      </IconButton>
      <IconButton label="Regular expression" pressed={wanted.kind === 'regex'} onClick={() => toggle('regex')}>
        <Regex aria-hidden />
      </IconButton>
    </>
  );
}

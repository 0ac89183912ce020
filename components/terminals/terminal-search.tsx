'use client';

import { ChevronDown, ChevronUp, X } from 'lucide-react';
import { useState } from 'react';
import { IconButton } from '@/components/ui/button';
import { TextInput } from '@/components/ui/field';

/** Searches in what a terminal holds: Enter goes on, Shift+Enter goes back, Escape closes. */
export function TerminalSearch({ find, onClose }: { find: (text: string, direction: 'next' | 'previous') => boolean; onClose: () => void }) {
  const [text, setText] = useState('');
  const [found, setFound] = useState(true);
  const go = (direction: 'next' | 'previous') => text !== '' && setFound(find(text, direction));
  return (
    <div role="search" aria-label="In this terminal" className="flex items-center gap-1">
      <TextInput
        autoFocus
        aria-label="Find in this terminal"
        placeholder="Find"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') go(event.shiftKey ? 'previous' : 'next');
          if (event.key === 'Escape') onClose();
        }}
        className="h-7! w-40 px-2 text-sm"
      />
      <span role="status" className="text-xs text-ink-faint">
        {found ? '' : 'Not found'}
      </span>
      <IconButton label="Find the one before" onClick={() => go('previous')}>
        <ChevronUp aria-hidden />
      </IconButton>
      <IconButton label="Find the next one" onClick={() => go('next')}>
        <ChevronDown aria-hidden />
      </IconButton>
      <IconButton label="Close the search" onClick={onClose}>
        <X aria-hidden />
      </IconButton>
    </div>
  );
}

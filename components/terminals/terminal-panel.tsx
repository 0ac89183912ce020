'use client';

import { clsx } from 'clsx';
import { Maximize2, Minimize2 } from 'lucide-react';
import dynamic from 'next/dynamic';
import { useRef, useState, type RefObject } from 'react';
import type { TerminalView } from '@/contract/terminal';
import { TerminalKeys } from '@/components/terminals/terminal-keys';
import { TerminalLink } from '@/components/terminals/terminal-link';
import { TerminalLooks } from '@/components/terminals/terminal-looks';
import type { TerminalControls } from '@/components/terminals/terminal-screen';
import { TerminalSearch } from '@/components/terminals/terminal-search';
import type { TerminalState } from '@/components/terminals/terminal-session';
import { TerminalEnd, TerminalStatus } from '@/components/terminals/terminal-status';
import { useCtrl } from '@/components/terminals/use-ctrl';
import { useTerminalPreferences } from '@/components/terminals/use-terminal-preferences';
import { IconButton } from '@/components/ui/button';
import { Skeleton } from '@/components/ui/skeleton';

const TerminalScreen = dynamic(() => import('@/components/terminals/terminal-screen'), { ssr: false, loading: () => <Skeleton className="h-full w-full" /> });

interface TerminalPanelProps {
  workspaceId: string;
  terminal: TerminalView;
  /** Null while none can be opened. */
  onOpenAnother: (() => void) | null;
  /** Where the keyboard goes when it leaves the terminal. */
  leaveTo: RefObject<HTMLElement | null>;
}

/** One terminal with what belongs to it: its state, the search, how it looks, and the keys of a phone. */
export function TerminalPanel({ workspaceId, terminal, onOpenAnother, leaveTo }: TerminalPanelProps) {
  const controls = useRef<TerminalControls>(null);
  const [state, setState] = useState<TerminalState | null>(null);
  const [searching, setSearching] = useState(false);
  const [tall, setTall] = useState(false);
  const [link, setLink] = useState<string | null>(null);
  const [preferences, changePreferences] = useTerminalPreferences();
  const { ctrl, setCtrl, beforeType } = useCtrl();
  const closeSearch = () => {
    setSearching(false);
    controls.current?.focus();
  };
  const toggleTall = () => {
    setTall(!tall);
    controls.current?.focus();
  };
  return (
    <div className={clsx('flex flex-col gap-2', tall ? 'fixed inset-0 z-40 bg-canvas p-2' : 'pt-2')}>
      <div className="flex min-h-7 flex-wrap items-center justify-between gap-x-3 gap-y-1">
        <TerminalStatus state={state} />
        <div className="flex flex-wrap items-center gap-1">
          {searching && <TerminalSearch find={(text, direction) => controls.current?.find(text, direction) ?? false} onClose={closeSearch} />}
          <TerminalLooks preferences={preferences} onChange={changePreferences} onSearch={() => setSearching(true)} />
          <IconButton label={tall ? 'Back into the page' : 'As large as the window'} onClick={toggleTall}>
            {tall ? <Minimize2 aria-hidden /> : <Maximize2 aria-hidden />}
          </IconButton>
        </div>
      </div>
      <div className={clsx('min-h-0 overflow-hidden rounded-lg border border-line bg-surface p-2', tall ? 'flex-1' : 'h-[max(280px,calc(100dvh-300px))]')}>
        <TerminalScreen
          workspaceId={workspaceId}
          terminal={terminal}
          preferences={preferences}
          controls={controls}
          beforeType={beforeType}
          onState={setState}
          onLink={setLink}
          onFind={() => setSearching(true)}
          onLeave={() => leaveTo.current?.focus()}
        />
      </div>
      <TerminalKeys ctrl={ctrl} onCtrl={() => setCtrl(!ctrl)} onKey={(data) => controls.current?.type(data)} />
      <TerminalEnd state={state} onOpenAnother={onOpenAnother} />
      <TerminalLink address={link} onClose={() => setLink(null)} />
    </div>
  );
}

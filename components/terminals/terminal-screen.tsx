'use client';

import '@xterm/xterm/css/xterm.css';
import { useTheme } from 'next-themes';
import { useEffect, useRef, useState, type RefObject } from 'react';
import type { TerminalView } from '@/contract/terminal';
import { createXterm, type Xterm } from '@/components/terminals/create-xterm';
import { terminalColors } from '@/components/terminals/terminal-colors';
import { TerminalSession, type TerminalState } from '@/components/terminals/terminal-session';
import type { TerminalPreferences } from '@/components/terminals/use-terminal-preferences';
import { useTRPCClient } from '@/components/trpc/trpc';

/** What the controls around a terminal may do with it. */
export interface TerminalControls {
  type: (data: string) => void;
  find: (text: string, direction: 'next' | 'previous') => boolean;
  focus: () => void;
}

interface TerminalScreenProps {
  workspaceId: string;
  terminal: TerminalView;
  preferences: TerminalPreferences;
  controls: RefObject<TerminalControls | null>;
  /** Changes what is typed next, e.g. the Ctrl of the row of keys. */
  beforeType: RefObject<(data: string) => string>;
  onState: (state: TerminalState) => void;
  onLink: (address: string) => void;
  onFind: () => void;
  onLeave: () => void;
}

/** A shell as it looks. Loaded when it is needed, in the browser only. */
export default function TerminalScreen(props: TerminalScreenProps) {
  const element = useRef<HTMLDivElement>(null);
  const [xterm, setXterm] = useState<Xterm | null>(null);
  const client = useTRPCClient();
  const latest = useRef(props);
  const { workspaceId, terminal, preferences } = props;
  const { resolvedTheme } = useTheme();

  useEffect(() => {
    latest.current = props;
  });

  useEffect(() => {
    if (!element.current) return;
    const { fontSize, screenReader } = latest.current.preferences;
    let session: TerminalSession | null = null;
    const made = createXterm(element.current, { fontSize, screenReader, onLink: (address) => latest.current.onLink(address), mayAnswer: () => session?.replaying === false && document.hasFocus() });
    const display = { write: (bytes: Uint8Array | string, drawn: () => void) => made.terminal.write(bytes, drawn), resize: (columns: number, rows: number) => made.terminal.resize(columns, rows) };
    session = new TerminalSession(client, { workspaceId, terminalId: terminal.id }, display, (state) => {
      made.terminal.options.disableStdin = state.ended !== null;
      latest.current.onState(state);
    });
    const leave = followPerson(element.current, made, session, latest);
    setXterm(made);
    const focusing = setTimeout(() => made.terminal.focus()); // a click gives the focus to the tab that was clicked, after this
    return () => {
      clearTimeout(focusing);
      leave();
      session.close();
      made.terminal.dispose();
      setXterm(null);
    };
  }, [client, workspaceId, terminal.id]);

  useEffect(() => {
    if (!xterm) return;
    xterm.terminal.options.theme = terminalColors();
  }, [xterm, resolvedTheme]);

  useEffect(() => {
    if (!xterm) return;
    xterm.terminal.options.fontSize = preferences.fontSize;
    xterm.terminal.options.screenReaderMode = preferences.screenReader;
    element.current?.dispatchEvent(new Event('terminal-fit'));
  }, [xterm, preferences.fontSize, preferences.screenReader]);

  return <div ref={element} role="group" aria-label={`Terminal ${terminal.number}`} className="h-full w-full overflow-auto font-mono" />;
}

/** Connects what a person does with a terminal: keys, focus, and the size of the page, which counts for everybody once this page is used. */
function followPerson(element: HTMLElement, { terminal, fit, search }: Xterm, session: TerminalSession, latest: RefObject<TerminalScreenProps>): () => void {
  const claim = () => {
    const size = fit.proposeDimensions();
    if (size && document.visibilityState === 'visible' && element.clientHeight > 0) session.claimSize(size.cols, size.rows);
  };
  let timer: ReturnType<typeof setTimeout> | undefined;
  const claimSoon = () => {
    clearTimeout(timer);
    timer = setTimeout(claim, 120);
  };
  const type = (data: string) => {
    session.type(latest.current.beforeType.current(data));
    claimSoon();
  };
  const typed = terminal.onData(type);
  const typedBytes = terminal.onBinary(type);
  terminal.attachCustomKeyEventHandler((event) => handleKey(event, terminal, latest.current));
  latest.current.controls.current = {
    type,
    find: (text, direction) => (direction === 'next' ? search.findNext(text) : search.findPrevious(text)),
    focus: () => terminal.focus(),
  };
  const resized = new ResizeObserver(claimSoon);
  resized.observe(element);
  element.addEventListener('terminal-fit', claimSoon);
  element.addEventListener('focusin', claimSoon);
  return () => {
    clearTimeout(timer);
    resized.disconnect();
    element.removeEventListener('terminal-fit', claimSoon);
    element.removeEventListener('focusin', claimSoon);
    typed.dispose();
    typedBytes.dispose();
    latest.current.controls.current = null;
  };
}

/** False: the terminal does not get this key. Copy, paste and search as in other terminals; Ctrl+Shift+E leaves it for the page. */
function handleKey(event: KeyboardEvent, terminal: Xterm['terminal'], { onFind, onLeave }: TerminalScreenProps): boolean {
  if (!event.ctrlKey || !event.shiftKey || event.altKey || event.metaKey) return true;
  if (event.code === 'KeyV') return false; // the browser pastes
  const action = { KeyC: () => void copySelection(terminal), KeyF: onFind, KeyE: onLeave }[event.code];
  if (!action) return true;
  event.preventDefault();
  if (event.type === 'keydown') action();
  return false;
}

async function copySelection(terminal: Xterm['terminal']): Promise<void> {
  const text = terminal.getSelection();
  if (text === '') return;
  // Without https the page has no clipboard of its own; the browser's copy of the selection still works.
  if (navigator.clipboard) await navigator.clipboard.writeText(text).catch(() => undefined);
  else document.execCommand('copy');
}

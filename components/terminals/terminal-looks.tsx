'use client';

import { AArrowDown, AArrowUp, Accessibility, Search } from 'lucide-react';
import type { TerminalPreferences } from '@/components/terminals/use-terminal-preferences';
import { IconButton } from '@/components/ui/button';

interface TerminalLooksProps {
  preferences: TerminalPreferences;
  onChange: (change: Partial<TerminalPreferences>) => void;
  onSearch: () => void;
}

/** How a terminal looks and is read. */
export function TerminalLooks({ preferences: { fontSize, screenReader }, onChange, onSearch }: TerminalLooksProps) {
  return (
    <>
      <IconButton label="Find (Ctrl+Shift+F)" onClick={onSearch}>
        <Search aria-hidden />
      </IconButton>
      <IconButton label="Smaller text" onClick={() => onChange({ fontSize: fontSize - 1 })}>
        <AArrowDown aria-hidden />
      </IconButton>
      <IconButton label="Larger text" onClick={() => onChange({ fontSize: fontSize + 1 })}>
        <AArrowUp aria-hidden />
      </IconButton>
      <IconButton label="For screen readers" pressed={screenReader} onClick={() => onChange({ screenReader: !screenReader })}>
        <Accessibility aria-hidden />
      </IconButton>
    </>
  );
}

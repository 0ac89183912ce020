'use client';

import type { TRPCClient } from '@trpc/client';
import { useMemo, useReducer } from 'react';
import type { AppRouter } from '@/server/trpc/router';
import type { LogRow } from '@/components/logs/log-document';

const blockLines = 512;
const mostBlocks = 100;
/** Lines of a run that goes on get their times with the next look. */
const askAgainMs = 5_000;

/** When lines were written, as far as it is known. */
export interface LogTimes {
  /** Empty when the line says no time. */
  at: (row: LogRow) => string;
  want: (rows: readonly LogRow[]) => void;
}

/** Times of the lines that are looked at; null while they are not wanted. Only Claude Code's own lines say when they were written. */
export function useLogTimes(client: TRPCClient<AppRouter>, runId: string, wanted: boolean): LogTimes | null {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const times = useMemo(() => new Times((from) => client.logs.times.query({ runId, from, count: blockLines }), redraw), [client, runId]);
  return wanted ? times : null;
}

class Times implements LogTimes {
  private readonly blocks = new Map<number, { askedAt: number; times: Map<number, string> }>();
  private readonly load: (from: number) => Promise<{ line: number; at: string }[]>;
  private readonly onChange: () => void;

  constructor(load: (from: number) => Promise<{ line: number; at: string }[]>, onChange: () => void) {
    this.load = load;
    this.onChange = onChange;
  }

  at = ({ stream, line, counted }: LogRow): string => (stream === 'out' && counted ? (this.blocks.get(Math.floor(line / blockLines))?.times.get(line) ?? '') : '');

  want = (rows: readonly LogRow[]): void => {
    const shown = new Set(rows.filter(({ stream, counted }) => stream === 'out' && counted).map(({ line }) => Math.floor(line / blockLines)));
    for (const block of shown) {
      const known = this.blocks.get(block);
      if (known && (known.askedAt > Date.now() - askAgainMs || known.times.size > 0)) continue;
      const times = known?.times ?? new Map<number, string>();
      this.blocks.set(block, { askedAt: Date.now(), times });
      void this.ask(block, times);
    }
    for (const oldest of this.blocks.keys()) if (this.blocks.size > mostBlocks) this.blocks.delete(oldest);
  };

  private async ask(block: number, times: Map<number, string>): Promise<void> {
    const found = await this.load(block * blockLines + 1).catch(() => []); // asked again while somebody looks
    for (const { line, at } of found) times.set(line - 1, at);
    if (found.length > 0) this.onChange();
  }
}

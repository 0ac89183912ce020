import { setTimeout as delay } from 'node:timers/promises';
import type { FollowTerminalInput, TerminalEvent } from '@/contract/terminal';
import type { WorkspaceAccess } from '@/server/workspaces/access';
import type { LiveTerminal, TerminalViewer } from '@/server/workspaces/terminals/live-terminal';
import { joinTerminal } from '@/server/workspaces/terminals/live-terminals';
import { terminalOf, type TerminalRow } from '@/server/workspaces/terminals/terminal-rows';

/** One page is sent at most a full piece each 8 ms, 4 MB in a second: more than anybody reads, less than a page can draw. */
const PIECE_BYTES = 32 * 1024;
const FULL_PAUSE_MS = 8;
/** What comes within this time goes out together; what comes after a pause goes out at once. */
const PAUSE_MS = 3;

/** An event and the id from which the page goes on. */
export interface FollowedTerminalEvent {
  id: string;
  event: TerminalEvent;
}

/** What a subscription needs, and all that may be refused: `not_found` for whoever may not see it. */
export async function terminalToFollow(access: WorkspaceAccess, input: FollowTerminalInput): Promise<{ row: TerminalRow; from: number | null }> {
  const row = await terminalOf(access, input.terminalId);
  return { row, from: input.lastEventId ? Number(input.lastEventId) : (input.from ?? null) };
}

/**
 * What a terminal prints, from a byte on or from the first that is held, then as it comes, until it ends or the signal fires.
 * Pulled by its reader: one that stalls holds a piece, and when it comes back it is told with `reset` where the output goes on.
 */
export async function* followTerminal({ row, from }: { row: TerminalRow; from: number | null }, signal: AbortSignal): AsyncGenerator<FollowedTerminalEvent, void, undefined> {
  if (row.endedAt !== null) return yield { id: String(from ?? 0), event: { kind: 'ended', reason: row.endReason ?? 'The shell has ended.' } };
  const { live, leave } = joinTerminal(row);
  const viewer: TerminalViewer = { position: from ?? -1, tookAt: Date.now() };
  let told: Told = { attached: null, size: null };
  try {
    while (!signal.aborted) {
      const events = [...news(live, told)];
      told = { attached: live.attached, size: live.size };
      for (const event of events) yield { id: String(Math.max(0, viewer.position)), event };
      const piece = live.isWhole || live.viewers.has(viewer) ? nextPiece(live, viewer) : null;
      if (piece) {
        live.viewers.add(viewer);
        yield { id: String(viewer.position), event: piece };
        viewer.tookAt = Date.now();
        live.bell.ring();
        await delay(piece.to - piece.from === PIECE_BYTES ? FULL_PAUSE_MS : PAUSE_MS, undefined, { signal }).catch(() => undefined);
      } else if (live.endReason !== null) {
        return yield { id: String(viewer.position), event: { kind: 'ended', reason: live.endReason } };
      } else if (told.attached === live.attached && told.size === live.size) {
        viewer.tookAt = Date.now();
        await live.bell.heard({ signal, withinMs: 30_000 });
        viewer.tookAt = Date.now();
      }
    }
  } finally {
    live.viewers.delete(viewer);
    live.bell.ring();
    leave();
  }
}

interface Told {
  attached: boolean | null;
  size: LiveTerminal['size'];
}

function* news({ attached, size, endReason }: LiveTerminal, told: Told): Generator<TerminalEvent> {
  if (attached !== told.attached && endReason === null) yield { kind: 'connection', attached };
  if (size && size !== told.size) yield { kind: 'size', ...size };
}

function nextPiece(live: LiveTerminal, viewer: TerminalViewer): Extract<TerminalEvent, { kind: 'output' }> | null {
  const { ring } = live;
  const reset = !ring.holds(viewer.position);
  if (reset) {
    if (viewer.position >= 0) live.redraw();
    viewer.position = ring.start;
  }
  const bytes = ring.read(viewer.position, PIECE_BYTES);
  if (bytes.length === 0 && !reset) return null;
  const from = viewer.position;
  viewer.position += bytes.length;
  return { kind: 'output', from, to: viewer.position, base64: bytes.toString('base64'), reset };
}

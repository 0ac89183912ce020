import { z } from 'zod';

/** Shells that may be open in one workspace, and those one person may have open in all. */
export const MOST_TERMINALS = 8;
export const MOST_TERMINALS_PER_PERSON = 24;
/** What one call may type, in UTF-16 units; a paste is many calls. */
export const MOST_KEYS_PER_CALL = 16 * 1024;

const size = { columns: z.number().int().min(2).max(1000), rows: z.number().int().min(1).max(500) };

export const listTerminalsInput = z.strictObject({ workspaceId: z.uuid() });
export const openTerminalInput = z.strictObject({ workspaceId: z.uuid(), ...size });
export type OpenTerminalInput = z.output<typeof openTerminalInput>;
export const terminalIdInput = z.strictObject({ workspaceId: z.uuid(), terminalId: z.uuid() });
/** Keys in the order in which they were pressed. `sequence` counts up from 1 in one tab; what comes twice is taken once. */
export const writeTerminalInput = terminalIdInput.extend({ tab: z.uuid(), sequence: z.number().int().min(1).max(0xffff_ffff), data: z.string().min(1).max(MOST_KEYS_PER_CALL) });
export type WriteTerminalInput = z.output<typeof writeTerminalInput>;
export const resizeTerminalInput = terminalIdInput.extend(size);
export type ResizeTerminalInput = z.output<typeof resizeTerminalInput>;
export const followTerminalInput = terminalIdInput.extend({
  /** Bytes of its output that the page has already; absent: what is still held is sent from its start. */
  from: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
  lastEventId: z.string().regex(/^\d{1,15}$/).nullish(),
});
export type FollowTerminalInput = z.output<typeof followTerminalInput>;

export const terminalViewSchema = z.object({
  id: z.uuid(),
  number: z.number().int(),
  openedAt: z.date(),
  endedAt: z.date().nullable(),
  endReason: z.string().nullable(),
});
export type TerminalView = z.infer<typeof terminalViewSchema>;

/** Those that are open, and those that ended by themselves a short while ago. */
export interface TerminalsView {
  terminals: TerminalView[];
  /** A shell that nobody looks at for so long ends. */
  idleHours: number;
}

/**
 * What a terminal prints and what becomes of it; `from` and `to` count bytes since it was opened. `reset`: what was before is not held
 * any more. The size is that of the page that was used last; the other pages show it as it is.
 */
export type TerminalEvent =
  | { kind: 'output'; from: number; to: number; base64: string; reset: boolean }
  | { kind: 'size'; columns: number; rows: number }
  | { kind: 'connection'; attached: boolean }
  | { kind: 'ended'; reason: string };

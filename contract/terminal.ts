import { z } from 'zod';

const size = { columns: z.number().int().min(2).max(1000), rows: z.number().int().min(1).max(500) };

export const openTerminalInput = z.strictObject({ workspaceId: z.uuid(), ...size });
export type OpenTerminalInput = z.output<typeof openTerminalInput>;
export const terminalIdInput = z.strictObject({ workspaceId: z.uuid(), terminalId: z.uuid() });
/** Keys in the order in which they were pressed. `sequence` counts up from 1 in one tab; what comes twice is taken once. */
export const writeTerminalInput = terminalIdInput.extend({ tab: z.uuid(), sequence: z.number().int().min(1), data: z.string().min(1).max(64 * 1024) });
export const resizeTerminalInput = terminalIdInput.extend(size);
export const followTerminalInput = terminalIdInput.extend({
  /** Bytes of its output that the page has already; absent: what is still held is sent from its start. */
  from: z.number().int().min(0).optional(),
  lastEventId: z.string().nullish(),
});

export const terminalViewSchema = z.object({
  id: z.uuid(),
  number: z.number().int(),
  openedAt: z.date(),
  endedAt: z.date().nullable(),
  endReason: z.string().nullable(),
});
export type TerminalView = z.infer<typeof terminalViewSchema>;

/** A piece of what a terminal prints; `from` and `to` count bytes since it was opened. `reset`: what was before is not held any more. */
export type TerminalEvent =
  | { kind: 'output'; from: number; to: number; base64: string; reset: boolean }
  | { kind: 'ended'; reason: string };

import { z } from 'zod';

/** What the watchdog notices: nothing printed since the start; silence in the middle; a result, but the process goes on; a result, and the process waits for what goes on in the background; a question that nobody answers; a tool that says nothing for long. */
export const noticeKinds = ['no_output', 'silence', 'lingering', 'background', 'waiting_for_answer', 'quiet_tool'] as const;
export type NoticeKind = (typeof noticeKinds)[number];

/** The graded actions: said on the run; Claude was interrupted or asked to go on; the process was ended and Claude Code started again in the same session; given up. */
export const noticeActions = ['told', 'nudged', 'restarted', 'ended'] as const;
export type NoticeAction = (typeof noticeActions)[number];

export const runNoticeSchema = z.object({
  id: z.uuid(),
  kind: z.enum(noticeKinds),
  action: z.enum(noticeActions),
  /** A sentence: what was noticed, since when, what was done. */
  said: z.string(),
  at: z.date(),
  endedAt: z.date().nullable(),
  /** What comes next and when, while it goes on; null when nothing does. */
  next: z.object({ action: z.enum(noticeActions), at: z.date() }).nullable(),
});
export type RunNotice = z.infer<typeof runNoticeSchema>;

import { basename } from 'node:path';
import { z } from 'zod';
import type { QuestionView } from '@/contract/question';
import type { StoredAnswer } from '@/server/runs/questions/question-row';

const knownInput = z.object({
  command: z.string(),
  file_path: z.string(),
  notebook_path: z.string(),
  url: z.string(),
  query: z.string(),
  pattern: z.string(),
  path: z.string(),
  questions: z.array(z.object({ question: z.string() })).min(1),
}).partial().catch({});

/** One sentence: what Claude waits for. Made of masked texts; whoever stores it masks it once more. */
export function whatClaudeAsks(kind: QuestionView['kind'], toolName: string, input: unknown): string {
  const { command, file_path, notebook_path, url, query, pattern, path, questions } = knownInput.parse(input ?? {});
  if (kind === 'plan') return 'Claude has a plan and asks whether it shall carry it out.';
  if (kind === 'choice') return `Claude asks: ${short(questions?.[0]?.question ?? 'a question')}`;
  if (kind === 'other') return `Claude Code asked for something that this version of Anyon does not know (${short(toolName)}).`;
  const file = file_path ?? notebook_path;
  if (command !== undefined) return `Claude asks to run ${short(command)}`;
  if (file !== undefined && toolName === 'Write') return `Claude asks to write ${short(basename(file))}`;
  if (file !== undefined && toolName === 'Read') return `Claude asks to read ${short(file)}`;
  if (file !== undefined) return `Claude asks to change ${short(basename(file))}`;
  if (url !== undefined) return `Claude asks to fetch ${short(url)}`;
  const on = query ?? pattern ?? path;
  return `Claude asks to use ${short(toolName)}${on === undefined ? '' : ` on ${short(on)}`}`;
}

function short(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > 160 ? `${line.slice(0, 159)}…` : line;
}

/** What was answered, in words without the name of who did. */
export function answerInWords(kind: QuestionView['kind'], answer: StoredAnswer): string {
  switch (answer.kind) {
    case 'automatic':
      return 'Allowed, as it was said when the plan was approved';
    case 'unknown':
      return 'Claude Code was told that this is not known here';
    case 'choose':
      return answer.chosen.map((labels) => labels.join(', ')).join(' · ');
    case 'deny':
      if (answer.stop) return 'Denied, and the run was stopped';
      return `${refusal[kind]}${answer.words ? `: ${answer.words}` : ''}`;
    case 'allow':
      if (kind === 'plan') return `Approved${answer.mode ? `; ${modeWords[answer.mode]}` : ''}`;
      return `${answer.input === undefined ? 'Allowed' : 'Allowed with another input'}${answer.always ? ' for this run' : ''}`;
  }
}

const refusal: Record<QuestionView['kind'], string> = { permission: 'Denied', plan: 'Keep planning', choice: 'Not answered', other: 'Denied' };
const modeWords = { bypassPermissions: 'it asks for nothing more', acceptEdits: 'it may change files and asks for the rest', default: 'it asks for every change' } as const;

import type { PublishProposal } from '@/contract/publishing';
import type { ChangedFile } from '@/contract/run';

/** A run of the conversation, as far as it has something to say about the work. */
export interface ToldRun {
  prompt: string;
  lastWords: string | null;
  changedFiles: readonly ChangedFile[];
}

const SUBJECT = 72;
const MOST_FILES = 30;

/** Words for commit and pull request, in the order of the conversation. What was asked last names the commit, what was asked first the pull request. */
export function wordProposal(conversation: readonly ToldRun[]): PublishProposal {
  const files = [...new Map(conversation.flatMap(({ changedFiles }) => changedFiles.map((file) => [file.path, file] as const))).values()];
  const asked = conversation.map(({ prompt }) => spoken(prompt)).filter(Boolean);
  const said = conversation.map(({ lastWords }) => lastWords?.trim() ?? '').filter(Boolean).at(-1) ?? '';
  const fallback = filesInWords(files);
  const commitSubject = subjectOf(asked.at(-1) ?? '') || fallback;
  return {
    commitMessage: [commitSubject, wrapped(paragraph(said, 800))].filter(Boolean).join('\n\n'),
    title: subjectOf(asked[0] ?? '') || fallback,
    body: bodyOf(asked, said, files),
  };
}

/** The prompt without directives to the simulator and without what is quoted in it. */
function spoken(prompt: string): string {
  return prompt
    .replace(/\[\[sim:(?:[^\]"]|"(?:\\.|[^"\\])*")*\]\]/g, ' ')
    .replace(/```[\s\S]*?(?:```|$)/g, ' ')
    .trim();
}

/** The first sentence of the first line that says something, as a subject: capital letter, no full stop, at most 72 characters, cut between words. */
function subjectOf(text: string): string {
  const line = text.split('\n').map((one) => one.replace(/^[#>*\-\s]+/, '').trim()).find(Boolean) ?? '';
  const polite = line.replace(/^(?:please|kindly|can you|could you|would you|now)[,:]?\s+/i, '');
  const sentence = /^.+?[.!?](?=\s+\S)/.exec(polite)?.[0] ?? polite;
  const plain = sentence.replace(/\s+/g, ' ').replace(/[.!?:;,\s]+$/, '');
  const short = plain.length <= SUBJECT ? plain : `${plain.slice(0, SUBJECT - 1).replace(/\s+\S*$/, '')}…`;
  return short.charAt(0).toUpperCase() + short.slice(1);
}

function filesInWords(files: readonly ChangedFile[]): string {
  const [first, ...others] = files;
  if (!first) return 'Changes by Claude Code';
  const name = first.path.split('/').at(-1)?.slice(0, 50) ?? first.path;
  if (others.length === 0) return `${first.status === 'added' ? 'Add' : first.status === 'deleted' ? 'Remove' : 'Change'} ${name}`;
  return `Change ${name} and ${others.length} other ${others.length === 1 ? 'file' : 'files'}`;
}

/** The first paragraph, cut between words. */
function paragraph(text: string, length: number): string {
  const first = text.split(/\n\s*\n/)[0]?.trim() ?? '';
  return first.length <= length ? first : `${first.slice(0, length).replace(/\s+\S*$/, '')} …`;
}

function wrapped(text: string): string {
  return text
    .split('\n')
    .map((line) => line.replace(/(.{1,72})(?:\s+|$)/g, '$1\n').trimEnd())
    .join('\n');
}

function bodyOf(asked: readonly string[], said: string, files: readonly ChangedFile[]): string {
  const parts = [
    said && `## What was done\n\n${said.slice(0, 4000)}`,
    asked.length > 0 && `## What was asked\n\n${asked.slice(0, 20).map((one) => quoted(one)).join('\n\n')}`,
    files.length > 0 && `## Changed files\n\n${files.slice(0, MOST_FILES).map(fileLine).join('\n')}${files.length > MOST_FILES ? `\n- and ${files.length - MOST_FILES} more` : ''}`,
    'Made with Claude Code, in Anyon.',
  ];
  return `${parts.filter(Boolean).join('\n\n')}\n`;
}

function quoted(text: string): string {
  const short = text.length <= 600 ? text : `${text.slice(0, 600).replace(/\s+\S*$/, '')} …`;
  return short.split('\n').map((line) => `> ${line}`.trimEnd()).join('\n');
}

function fileLine({ path, additions, deletions }: ChangedFile): string {
  const counts = additions === null || deletions === null ? 'binary' : `+${additions} −${deletions}`;
  return `- \`${path.replaceAll('`', "'")}\` (${counts})`;
}

import { AnyonError } from '@/server/errors';

const MAX_CHARACTERS = 256 * 1024;

/** What a comment says, and about what. */
export interface PromptComment {
  path: string;
  side: 'old' | 'new';
  line: number;
  lineText: string;
  body: string;
}

/**
 * The comments of a review as one prompt: each with its file, its line and the line's text, so that Claude finds the place also when
 * lines have moved since. `words` come first. Throws `invalid` when it is too long for a prompt.
 */
export function reviewPrompt(comments: readonly PromptComment[], words?: string): string {
  const intro = comments.length === 1 ? 'There is one review comment on your changes:' : `There are ${comments.length} review comments on your changes:`;
  const parts = [...(words ? [words] : []), intro, ...comments.map(describe), closing];
  const prompt = parts.join('\n\n');
  if (prompt.length > MAX_CHARACTERS) throw new AnyonError('invalid', 'The comments are too long together to be sent at once. Take some of them back, send the rest, then write them again.');
  return prompt;
}

const closing = 'Line numbers are those of the diff that was reviewed; where a line has moved since, go by its text. Work through all of them.';

function describe({ path, side, line, lineText, body }: PromptComment, index: number): string {
  const place = side === 'new' ? `line ${line}` : `line ${line} of the file before your changes`;
  const quoted = lineText.trim() === '' ? '(an empty line)' : `> ${oneLine(lineText)}`;
  return `${index + 1}. ${nameOf(path)}, ${place}:\n${indent(quoted)}\n\n${indent(body)}`;
}

/** A name with anything odd in it is written as JSON, which leaves no doubt where it ends. */
function nameOf(path: string): string {
  return /[`\p{Cc}]/u.test(path) ? JSON.stringify(path) : `\`${path}\``;
}

function oneLine(text: string): string {
  return text.replace(/[\r\n]+/g, ' ').trimEnd();
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, '   ');
}

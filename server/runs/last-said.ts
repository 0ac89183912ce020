import { z } from 'zod';
import type { RunEventLine } from '@/contract/run-event';

const MAX_CHARACTERS = 300;
/** Only so much of an answer is looked at, from its end. */
const MAX_LOOKED_AT = 4_000;

const answerSchema = z.object({
  parent_tool_use_id: z.string().nullish(),
  message: z.object({ content: z.array(z.object({ type: z.string(), text: z.string().optional() })) }),
});

/** What Claude says last in these lines, as far as it holds a sentence; null when it says nothing. Sub-agents do not count. Not masked: parsing has undone escapes. */
export function lastSaidIn(lines: readonly RunEventLine[]): string | null {
  for (const line of lines.toReversed()) {
    if (line.kind !== 'assistant' || line.payload === null) continue;
    const parsed = answerSchema.safeParse(parse(line.payload));
    if (!parsed.success || parsed.data.parent_tool_use_id) continue;
    const said = parsed.data.message.content.findLast((block) => block.type === 'text' && block.text?.trim());
    if (said?.text && lastSentence(said.text) !== '') return said.text;
  }
  return null;
}

/** The last sentence of a Markdown text in plain words, at most 300 characters. */
export function lastSentence(markdown: string): string {
  const plain = plainText(markdown.slice(-MAX_LOOKED_AT));
  const paragraph = plain.split('\n').findLast((line) => line.trim() !== '')?.trim() ?? '';
  const sentence = paragraph.split(/(?<=[.!?\u2026])\s+(?=\S)/).findLast((part) => /[\p{L}\p{N}]/u.test(part)) ?? paragraph;
  return sentence.length > MAX_CHARACTERS ? `${sentence.slice(0, MAX_CHARACTERS - 2).toWellFormed().trimEnd()} …` : sentence;
}

function plainText(markdown: string): string {
  return markdown
    .replaceAll(/^(`{3,}|~{3,})[^\n]*\n[\s\S]*?(?:^\1[^\n]*$|$(?![\s\S]))/gm, '')
    .replaceAll(/!?\[([^\]\n]*)\]\([^)\n]*\)/g, '$1')
    .replaceAll(/^\s*(?:#{1,6}\s+|>\s?|[-*+]\s+|\d+[.)]\s+)/gm, '')
    .replaceAll(/(\*\*|__|~~)(?=\S)(.+?)(?<=\S)\1/g, '$2')
    .replaceAll(/`([^`\n]+)`/g, '$1')
    .replaceAll(/(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])/g, '$1');
}

function parse(payload: string): unknown {
  try {
    return JSON.parse(payload);
  } catch {
    return null;
  }
}

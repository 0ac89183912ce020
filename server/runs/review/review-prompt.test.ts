import { expect, test } from 'vitest';
import { reviewPrompt, type PromptComment } from '@/server/runs/review/review-prompt';

const comment: PromptComment = { path: 'src/a.ts', side: 'new', line: 12, lineText: '  const x = 1;\r', body: 'Call it what it is.' };

test('a comment names the file, the line and its text', () => {
  expect(reviewPrompt([comment])).toBe(
    'There is one review comment on your changes:\n\n1. `src/a.ts`, line 12:\n   >   const x = 1;\n\n   Call it what it is.\n\nLine numbers are those of the diff that was reviewed; where a line has moved since, go by its text. Work through all of them.',
  );
});

test('words come first, comments keep their lines, and a removed line is told from one that is there', () => {
  const prompt = reviewPrompt([comment, { ...comment, side: 'old', line: 3, lineText: '', body: 'Why did this go?\n\nIt was needed.' }], 'A few things.');
  expect(prompt).toMatch(/^A few things\.\n\nThere are 2 review comments on your changes:\n\n1\. /);
  expect(prompt).toContain('2. `src/a.ts`, line 3 of the file before your changes:\n   (an empty line)\n\n   Why did this go?\n\n   It was needed.');
});

test('a name cannot end its own quotes, and a line stays one line', () => {
  const prompt = reviewPrompt([{ ...comment, path: 'a`b\nc', lineText: 'one\ntwo' }]);
  expect(prompt).toContain('1. "a`b\\nc", line 12:\n   > one two\n');
});

test('what is too long for a prompt is refused', () => {
  expect(() => reviewPrompt(Array.from({ length: 20 }, () => ({ ...comment, body: 'x'.repeat(16_000) })))).toThrow(/too long together/);
});

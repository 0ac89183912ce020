import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '@/tests/house/house';

/** Paths in backticks and links that name something of the project, in a document at `from`. */
function pathsIn(text: string): string[] {
  const quoted = [...text.matchAll(/`((?:app|components|contract|server|db|docker|scripts|tests|docs)\/[^`\s]*)`/g)].map((match) => match[1] ?? '');
  return [...new Set(quoted)].filter((file) => !/[*<>{}…]/.test(file));
}

function missing(document: string): string[] {
  return pathsIn(readFileSync(path.join(root, document), 'utf8')).filter((file) => !existsSync(path.join(root, file)));
}

describe('the documents', () => {
  it('follow one run through files that exist, eight at least', () => {
    const text = readFileSync(path.join(root, 'docs/one-run.md'), 'utf8');
    expect(pathsIn(text).filter((file) => /\.(ts|tsx|mjs)$/.test(file)).length).toBeGreaterThanOrEqual(8);
    expect(missing('docs/one-run.md')).toEqual([]);
  });

  it.each(['README.md', 'docs/architecture.md', 'docs/glossary.md'])('%s names no file that does not exist', (document) => {
    expect(missing(document)).toEqual([]);
  });

  it('would be caught naming a file that does not exist', () => {
    expect(pathsIn('See `server/runs/start-run.ts` and `app/api/trpc/[trpc]/route.ts`, `npm run up`.')).toEqual(['server/runs/start-run.ts', 'app/api/trpc/[trpc]/route.ts']);
  });
});

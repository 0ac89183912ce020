import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '@/tests/house/house';

/** A page in Markdown: what is written in it, apart from what stands in its fences. */
export interface Document {
  file: string;
  text: string;
  /** The text without fenced blocks. */
  prose: string;
  fences: { language: string; lines: string[] }[];
}

const fence = /^ *```([a-z]*)[^\n]*\n([\s\S]*?)^ *```$/gm;

/** Every page that people read: those of the project's folder and of docs/, the decisions, and what stands beside images and the simulator. */
export function documents(): Document[] {
  const inDocs = readdirSync(path.join(root, 'docs'), { recursive: true, encoding: 'utf8' }).map((name) => `docs/${name}`);
  const inDocker = readdirSync(path.join(root, 'docker'), { recursive: true, encoding: 'utf8' }).map((name) => `docker/${name}`);
  return [...readdirSync(root), ...inDocs, ...inDocker].filter((name) => name.endsWith('.md')).map(readDocument);
}

export function readDocument(file: string): Document {
  return parseDocument(file, readFileSync(path.join(root, file), 'utf8'));
}

export function parseDocument(file: string, text: string): Document {
  const fences = [...text.matchAll(fence)].map(([, language = '', body = '']) => ({ language, lines: body.replaceAll(/\s*\\\n\s*/g, ' ').split('\n') }));
  return { file, text, prose: text.replaceAll(fence, ''), fences };
}

/** The anchors of a page's headings, as GitHub makes them. */
export function anchorsOf({ prose }: Document): string[] {
  const seen = new Map<string, number>();
  return [...prose.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => {
    const slug = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, '').trim().replaceAll(' ', '-');
    const before = seen.get(slug) ?? 0;
    seen.set(slug, before + 1);
    return before === 0 ? slug : `${slug}-${before}`;
  });
}

/** Where a page leads to, pictures too; what stands in backticks is not looked at. */
export function linksOf({ prose }: Document): string[] {
  return [...withoutCode(prose).matchAll(/\]\(<?([^)\s>]+)>?\)/g)].map(([, target = '']) => target);
}

/** What stands in backticks, over the ends of lines. */
export function codeOf({ prose }: Document): string[] {
  return [...prose.matchAll(/(?<!`)`([^`]+)`(?!`)/g)].map(([, code = '']) => code.replaceAll(/\s+/g, ' '));
}

/** What is bold: in the guides, words that stand on the screen. */
export function boldOf({ prose }: Document): string[] {
  return [...withoutCode(prose).matchAll(/\*\*([^*\n]+)\*\*/g)].map(([, words = '']) => words);
}

/** What stands in “…”: in the guides, sentences that the product says. */
export function saidIn({ prose }: Document): string[] {
  return [...prose.matchAll(/“([^”]+)”/g)].map(([, sentence = '']) => sentence.replaceAll(/\s+/g, ' '));
}

function withoutCode(text: string): string {
  return text.replaceAll(/(?<!`)`[^`]+`(?!`)/g, '');
}

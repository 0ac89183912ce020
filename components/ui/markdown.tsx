import type { ReactNode } from 'react';
import Markdown, { type Components, type ExtraProps } from 'react-markdown';
import remarkGfm from 'remark-gfm';
import { CopyButton } from '@/components/ui/copy-button';

const plugins = [remarkGfm];

/** Longer texts would stop the page. */
export const MOST_MARKDOWN = 100_000;
/** Quotes and lists within each other: what reads Markdown calls itself for each, and thousands end the page. */
const nestedTooDeep = /^(?:[ \t]*(?:>|[-*+][ \t]|\d{1,9}[.)][ \t])){50}|^[ \t]{400}/m;
/** Of one paragraph: each mark is compared with those before it. */
const MOST_MARKS = 2_000;

/**
 * Text of a model as Markdown; HTML in it is shown as text. Links leave in a new tab and take nothing along; pictures are not loaded,
 * for they would tell a stranger who looks. A text that is too long or too deep is shown as it came.
 */
export function MarkdownText({ text }: { text: string }) {
  return <div className="prose-anyon">{drawn(text) ?? <p className="whitespace-pre-wrap [overflow-wrap:anywhere]">{text.slice(0, MOST_MARKDOWN)}</p>}</div>;
}

/** Null for what is shown as it came. It is called, not left to React, so that a text that exhausts it ends nothing else. */
function drawn(text: string): ReactNode {
  if (text.length > MOST_MARKDOWN || nestedTooDeep.test(text) || hasTooManyMarks(text)) return null;
  try {
    return Markdown({ remarkPlugins: plugins, components, children: text });
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function hasTooManyMarks(text: string): boolean {
  return text.split(/\n[ \t]*\n/).some((paragraph) => (paragraph.match(/[*_~[\]]/g)?.length ?? 0) > MOST_MARKS);
}

const components: Components = {
  a: ({ href, children }) => (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  ),
  pre: ({ children, node }) => (
    <div className="group/code relative">
      <pre>{children}</pre>
      <CopyButton label="Copy the code" text={wordsIn(node)} className="absolute top-1 right-1 bg-sunken opacity-0 group-focus-within/code:opacity-100 group-hover/code:opacity-100 focus-visible:opacity-100 [@media(hover:none)]:opacity-60" />
    </div>
  ),
  img: ({ alt }) => <span className="text-ink-faint">[picture{alt ? `: ${alt}` : ''}]</span>,
};

type MarkdownNode = NonNullable<ExtraProps['node']>;

/** The text of a piece of Markdown, as it was written. */
function wordsIn(node: MarkdownNode | MarkdownNode['children'][number] | undefined): string {
  if (!node) return '';
  if (node.type === 'text') return node.value;
  return 'children' in node ? node.children.map((child) => wordsIn(child)).join('') : '';
}

import Markdown, { type ExtraProps } from 'react-markdown';
import remarkGfm from 'remark-gfm';
import { CopyButton } from '@/components/ui/copy-button';

const plugins = [remarkGfm];

/**
 * Text of a model as Markdown; HTML in it is shown as text. Links leave in a new tab and take nothing along; pictures are not loaded,
 * for they would tell a stranger who looks.
 */
export function MarkdownText({ text }: { text: string }) {
  return (
    <div className="prose-anyon">
      <Markdown
        remarkPlugins={plugins}
        components={{
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
        }}
      >
        {text}
      </Markdown>
    </div>
  );
}

type MarkdownNode = NonNullable<ExtraProps['node']>;

/** The text of a piece of Markdown, as it was written. */
function wordsIn(node: MarkdownNode | MarkdownNode['children'][number] | undefined): string {
  if (!node) return '';
  if (node.type === 'text') return node.value;
  return 'children' in node ? node.children.map((child) => wordsIn(child)).join('') : '';
}

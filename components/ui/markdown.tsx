import Markdown from 'react-markdown';
import remarkGfm from 'remark-gfm';

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
          img: ({ alt }) => <span className="text-ink-faint">[picture{alt ? `: ${alt}` : ''}]</span>,
        }}
      >
        {text}
      </Markdown>
    </div>
  );
}

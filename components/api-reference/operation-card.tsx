import { clsx } from 'clsx';
import type { ReactNode } from 'react';
import { curlFor } from '@/components/api-reference/curl-for';
import type { ShownOperation } from '@/components/api-reference/operations-by-tag';
import { SchemaFields, TypeName } from '@/components/api-reference/schema-fields';
import { WordsWithCode } from '@/components/api-reference/words-with-code';
import { CopyButton } from '@/components/ui/copy-button';
import { Card } from '@/components/ui/section';
import type { JsonSchema } from '@/server/trpc/public-api/json-schema';

const colors: Record<string, string> = { GET: 'text-state-running', POST: 'text-state-succeeded', DELETE: 'text-state-failed' };

/** One operation: address and what it does; unfolded, what it takes, answers, and how to ask with curl. */
export function OperationCard({ operation, base }: { operation: ShownOperation; base: string }) {
  const { operationId, method, path, summary, description, parameters, requestBody } = operation;
  const body = requestBody?.content['application/json'].schema;
  const command = curlFor(operation, base);
  return (
    <Card>
      <details>
        <summary className="grid cursor-pointer gap-x-3 px-4 py-2.5 hover:bg-hover sm:grid-cols-[4rem_minmax(0,1fr)_minmax(0,1fr)]">
          <span className={clsx('font-mono text-sm font-semibold', colors[method])}>{method}</span>
          <code className="min-w-0 font-mono text-sm [overflow-wrap:anywhere]">{path}</code>
          <span className="text-sm text-ink-soft">{summary}</span>
        </summary>
        {/* A link to what is folded away unfolds it. */}
        <div id={operationId} className="flex scroll-mt-16 flex-col gap-4 border-t border-line px-4 py-3 text-sm">
          <p className="text-ink-soft">
            <WordsWithCode text={description} />
          </p>
          {parameters.length > 0 && <Parameters parameters={parameters} />}
          {body && (
            <Part title="Body (JSON)">
              <SchemaFields schema={body} />
            </Part>
          )}
          <Part title="Answers">
            <Answers operation={operation} />
          </Part>
          <Part title="With curl">
            <div className="flex items-start gap-2 rounded-md border border-line bg-sunken py-1.5 pr-2 pl-3">
              <pre tabIndex={0} aria-label="Command" className="min-w-0 flex-1 overflow-x-auto py-1 font-mono text-xs">
                {command}
              </pre>
              <CopyButton label="Copy the command" text={command} />
            </div>
          </Part>
        </div>
      </details>
    </Card>
  );
}

function Parameters({ parameters }: Pick<ShownOperation, 'parameters'>) {
  return (
    <Part title="Parameters">
      <dl className="flex flex-col gap-2">
        {parameters.map((parameter) => (
          <div key={`${parameter.in} ${parameter.name}`}>
            <dt className="flex flex-wrap items-baseline gap-x-2">
              <code className="font-mono font-medium">{parameter.name}</code>
              <TypeName schema={parameter.schema} />
              <span className="text-xs text-ink-faint">
                {parameter.in}
                {parameter.required ? ', required' : ''}
              </span>
            </dt>
            {parameter.description && (
              <dd className="text-ink-soft">
                <WordsWithCode text={parameter.description} />
              </dd>
            )}
          </div>
        ))}
      </dl>
    </Part>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="flex min-w-0 flex-col gap-1.5">
      <h3 className="text-xs font-semibold tracking-wide text-ink-faint uppercase">{title}</h3>
      {children}
    </div>
  );
}

interface Answer {
  description: string;
  content?: Record<string, { schema: JsonSchema }>;
}

function Answers({ operation: { responses } }: { operation: ShownOperation }) {
  return (
    <ul className="flex flex-col gap-2">
      {Object.entries(responses as Record<string, Answer>).map(([status, { description, content }]) => (
        <li key={status}>
          <span className="font-mono font-medium">{status === 'default' ? '4xx, 5xx' : status}</span> <span className="text-ink-soft">{description}</span>
          {Object.entries(content ?? {}).map(([type, { schema }]) => (
            <div key={type} className="mt-1 flex flex-wrap items-baseline gap-x-2">
              <span className="text-xs text-ink-faint">{type}</span>
              <SchemaFields schema={schema} />
            </div>
          ))}
        </li>
      ))}
    </ul>
  );
}

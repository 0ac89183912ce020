import { FileJson } from 'lucide-react';
import { operationsByTag, type ShownOperation } from '@/components/api-reference/operations-by-tag';
import { OperationCard } from '@/components/api-reference/operation-card';
import { SchemaFields } from '@/components/api-reference/schema-fields';
import { PUBLIC_API_BASE } from '@/contract/public-api-endpoint';
import { Breadcrumb, PageColumn } from '@/components/frame/page-header';
import { CopyButton } from '@/components/ui/copy-button';
import { Card, Section } from '@/components/ui/section';
import type { OpenApiDocument } from '@/server/trpc/public-api/openapi-document';

/** The public API as its description says, drawn on the server: a page without scripts of its own. */
export function ApiReference({ document }: { document: OpenApiDocument }) {
  const base = document.servers[0]?.url ?? '';
  const groups = operationsByTag(document);
  return (
    <PageColumn>
      <div className="flex flex-col gap-1">
        <Breadcrumb parents={[{ href: '/settings?tab=tokens', label: 'API tokens' }]} />
        <h1 className="text-xl font-semibold">API reference</h1>
        <p className="text-ink-soft">{document.info.description}</p>
      </div>
      <Start base={base} />
      <Contents groups={groups} />
      {groups.map(({ tag, operations }) => (
        <Section key={tag} title={tag}>
          <div className="flex flex-col gap-2">
            {operations.map((operation) => (
              <OperationCard key={operation.operationId} base={base} operation={operation} />
            ))}
          </div>
        </Section>
      ))}
      <Section title="What is answered" note="The shapes that the operations above name.">
        <div className="flex flex-col gap-2">
          {Object.entries(document.components.schemas).map(([name, schema]) => (
            <Card key={name}>
              <details>
                <summary className="cursor-pointer px-4 py-2.5 font-mono text-sm font-medium hover:bg-hover">{name}</summary>
                <div id={`schema-${name}`} className="scroll-mt-16 border-t border-line px-4 py-3">
                  <SchemaFields schema={schema} />
                </div>
              </details>
            </Card>
          ))}
        </div>
      </Section>
    </PageColumn>
  );
}

function Start({ base }: { base: string }) {
  const command = `curl -H "Authorization: Bearer $ANYON_TOKEN" ${base}/me`;
  return (
    <Section title="To begin with" note="Make a token under Settings → API tokens, keep it in a variable, and ask who it speaks for.">
      <Card className="flex items-center gap-2 py-1.5 pr-2 pl-4">
        <code className="min-w-0 flex-1 font-mono text-sm [overflow-wrap:anywhere]">{command}</code>
        <CopyButton label="Copy the command" text={command} />
      </Card>
      <a href={`${PUBLIC_API_BASE}/openapi.json`} className="inline-flex items-center gap-1.5 self-start text-sm text-accent hover:underline">
        <FileJson aria-hidden className="size-4" />
        OpenAPI 3.1 (openapi.json)
      </a>
    </Section>
  );
}

function Contents({ groups }: { groups: { tag: string; operations: ShownOperation[] }[] }) {
  return (
    <nav aria-label="Operations" className="grid gap-x-6 gap-y-4 text-sm sm:grid-cols-2 lg:grid-cols-3">
      {groups.map(({ tag, operations }) => (
        <div key={tag} className="min-w-0">
          <p className="font-medium">{tag}</p>
          <ul>
            {operations.map(({ operationId, summary }) => (
              <li key={operationId}>
                <a href={`#${operationId}`} className="block py-0.5 text-ink-soft hover:text-ink hover:underline">
                  {summary}
                </a>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}

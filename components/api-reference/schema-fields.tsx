import { clsx } from 'clsx';
import { typeInWords } from '@/components/api-reference/type-in-words';
import { WordsWithCode } from '@/components/api-reference/words-with-code';
import type { JsonSchema } from '@/server/trpc/public-api/json-schema';

/** The fields of an object, those of what is in it indented below; anything else by its type alone. */
export function SchemaFields({ schema, depth = 0 }: { schema: JsonSchema; depth?: number }) {
  const inner = fieldsOf(schema);
  if (!inner) return depth === 0 ? <TypeName schema={schema} /> : null;
  const required = new Set(inner.required);
  return (
    <dl className={clsx('flex flex-col gap-1', depth > 0 && 'mt-1 border-l border-line pl-3')}>
      {Object.entries(inner.properties ?? {}).map(([name, field]) => (
        <div key={name} className="min-w-0 text-sm">
          <dt className="flex flex-wrap items-baseline gap-x-2">
            <code className="font-mono [overflow-wrap:anywhere]">{name}</code>
            <TypeName schema={field} />
            {!required.has(name) && <span className="text-xs text-ink-faint">optional{field.default !== undefined && `, else ${JSON.stringify(field.default)}`}</span>}
          </dt>
          <dd>
            {field.description && (
              <p className="text-ink-soft">
                <WordsWithCode text={field.description} />
              </p>
            )}
            {depth < 4 && <SchemaFields schema={field} depth={depth + 1} />}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** A type in a few words; the name of one that is described elsewhere leads there. */
export function TypeName({ schema }: { schema: JsonSchema }) {
  const name = referredTo(schema);
  if (!name) return <span className="text-xs text-ink-soft [overflow-wrap:anywhere]">{typeInWords(schema)}</span>;
  return (
    <a href={`#schema-${name}`} className="text-xs text-accent hover:underline">
      {typeInWords(schema)}
    </a>
  );
}

function referredTo(schema: JsonSchema): string | undefined {
  return (schema.$ref ?? schema.items?.$ref)?.split('/').at(-1);
}

/** Those of the object itself, of the objects of a list, or of the only object that it can be. */
function fieldsOf(schema: JsonSchema): JsonSchema | null {
  if (schema.properties) return schema;
  if (schema.items) return fieldsOf(schema.items);
  const objects = (schema.anyOf ?? schema.oneOf ?? []).filter(({ type }) => type !== 'null');
  return objects.length === 1 && objects[0] ? fieldsOf(objects[0]) : null;
}

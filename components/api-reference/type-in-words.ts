import type { JsonSchema } from '@/server/trpc/public-api/json-schema';

const formats: Record<string, string> = { uuid: 'id', 'date-time': 'date and time', uri: 'address' };

/** A type as a person reads it: `id`, `date and time or null`, `list of Run`, `"out" or "err"`. */
export function typeInWords(schema: JsonSchema): string {
  if (schema.$ref) return schema.$ref.split('/').at(-1) ?? '';
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' or ');
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return [...new Set(choices.map(choiceInWords))].join(' or ');
  if (Array.isArray(schema.type)) return schema.type.join(' or ');
  if (schema.type === 'array') return `list of ${typeInWords(schema.items ?? {})}`;
  if (schema.format && formats[schema.format]) return formats[schema.format] ?? '';
  return schema.type ?? 'anything';
}

/** Objects that are told apart by the fixed value of a field are named by it. */
function choiceInWords(schema: JsonSchema): string {
  const [fixed] = Object.entries(schema.properties ?? {}).filter(([, field]) => field.const !== undefined);
  if (!fixed) return typeInWords(schema);
  const [, ...rest] = Object.keys(schema.properties ?? {});
  return `{${[`${fixed[0]}: ${JSON.stringify(fixed[1].const)}`, ...rest].join(', ')}}`;
}

import type { ShownOperation } from '@/components/api-reference/operations-by-tag';
import type { JsonSchema } from '@/server/trpc/public-api/json-schema';

/** A command that a person can fill in and run: what must be given is there by name. */
export function curlFor({ method, path, parameters, requestBody, responses }: ShownOperation, base: string): string {
  const place = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => `$${shellName(name)}`);
  const query = parameters.filter((parameter) => parameter.in === 'query' && parameter.required).map(({ name }) => `${name}=…`);
  const isStream = JSON.stringify(responses).includes('text/event-stream');
  const lines = [
    `curl ${isStream ? '-N ' : ''}${method === 'GET' ? '' : `-X ${method} `}"${base}${place}${query.length > 0 ? `?${query.join('&')}` : ''}"`,
    '-H "Authorization: Bearer $ANYON_TOKEN"',
  ];
  if (parameters.some(({ name }) => name === 'Idempotency-Key')) lines.push('-H "Idempotency-Key: $(uuidgen)"');
  const body = requestBody?.content['application/json'].schema;
  if (body) lines.push("-H 'Content-Type: application/json'", `-d '${JSON.stringify(exampleOf(body))}'`);
  return lines.join(' \\\n  ');
}

function shellName(name: string): string {
  return name.replaceAll(/([a-z])([A-Z])/g, '$1_$2').toUpperCase();
}

/** The least that a schema takes. */
export function exampleOf(schema: JsonSchema): unknown {
  const { type, properties = {}, required = [] } = schema;
  const first = schema.anyOf?.[0] ?? schema.oneOf?.[0];
  if (first) return exampleOf(first);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  if (type === 'object') return Object.fromEntries(required.map((name) => [name, exampleOf(properties[name] ?? {})]));
  if (type === 'array') return Array.from({ length: Math.max(1, Number(schema['minItems'] ?? 1)) }, () => exampleOf(schema.items ?? {}));
  if (type === 'integer' || type === 'number') return schema.minimum ?? 1;
  if (type === 'boolean') return false;
  if (type === 'null') return null;
  return '…';
}

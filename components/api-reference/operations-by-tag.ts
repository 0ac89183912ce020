import type { OpenApiDocument } from '@/server/trpc/public-api/openapi-document';

type Operation = OpenApiDocument['paths'][string][string];

export interface ShownOperation extends Operation {
  method: string;
  path: string;
}

/** The operations as the page lists them: by tag, each group in the order of the description. */
export function operationsByTag(document: OpenApiDocument): { tag: string; operations: ShownOperation[] }[] {
  const all = Object.entries(document.paths).flatMap(([path, operations]) => Object.entries(operations).map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path })));
  return document.tags.map(({ name }) => ({ tag: name, operations: all.filter(({ tags }) => tags.includes(name)) }));
}

import { z } from 'zod';

/** JSON Schema (2020-12), as far as it is made here. */
export interface JsonSchema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  description?: string;
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  items?: JsonSchema;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: boolean | JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  [keyword: string]: unknown;
}

/** What a zod schema takes (`input`) or gives (`output`) as it travels: dates as texts. */
export function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _, ...made } = z.toJSONSchema(schema, { io, ...travelling }) as JsonSchema;
  return made;
}

/** Schemas that are described once, and referred to by name. */
export function schemasByName(byName: Record<string, z.ZodType>): { schemas: Record<string, JsonSchema>; nameOf: (schema: z.ZodType) => string | undefined } {
  const names = new Map(Object.entries(byName).map(([name, schema]) => [schema, name]));
  const schemas = Object.fromEntries(Object.entries(byName).map(([name, schema]) => [name, jsonSchemaOf(schema, 'output')]));
  return { schemas, nameOf: (schema) => names.get(schema) };
}

const SAFE = Number.MAX_SAFE_INTEGER;

const travelling: Pick<z.core.ToJSONSchemaParams, 'unrepresentable' | 'reused' | 'override'> = {
  unrepresentable: 'any',
  reused: 'inline',
  override: ({ zodSchema, jsonSchema }) => {
    if (zodSchema._zod.def.type === 'date') Object.assign(jsonSchema, { type: 'string', format: 'date-time' });
    // Said by the type already: they only make the description longer.
    if (jsonSchema.minimum === -SAFE) delete jsonSchema.minimum;
    if (jsonSchema.maximum === SAFE) delete jsonSchema.maximum;
    if (jsonSchema.format === 'uuid') delete jsonSchema.pattern;
  },
};

import { z } from 'zod';

/** The ten kinds of failure that Anyon tells apart. Every error that reaches a caller is one of them. */
export const errorKinds = [
  'invalid',
  'unauthenticated',
  'forbidden',
  'not_found',
  'gone',
  'conflict',
  'limit_reached',
  'precondition',
  'unavailable',
  'internal',
] as const;

export const errorKindSchema = z.enum(errorKinds);
export type ErrorKind = z.infer<typeof errorKindSchema>;

import { z } from 'zod';
import type { TokenScope } from '@/contract/api-token';
import type { PublicEndpoint } from '@/contract/public-api-endpoint';
import { runEndpoints } from '@/contract/public-api-runs';
import { tokenHolderSchema } from '@/contract/public-api-shapes';
import { workspaceEndpoints } from '@/contract/public-api-workspaces';

/** All of the public API, by the names that its description gives: what is not in this table cannot be reached with a token. */
export const publicEndpoints = {
  getTokenHolder: { method: 'GET', path: '/me', scope: null, procedure: null, summary: 'Who this token speaks for', input: z.strictObject({}), answers: 'json', output: tokenHolderSchema },
  ...workspaceEndpoints,
  ...runEndpoints,
} as const satisfies Record<string, PublicEndpoint>;
export type PublicEndpointName = keyof typeof publicEndpoints;

const scopes: ReadonlyMap<string, TokenScope> = new Map(Object.values<PublicEndpoint>(publicEndpoints).flatMap(({ procedure, scope }) => (procedure && scope ? [[procedure, scope]] : [])));

/** What a token must be allowed to call a procedure; null: none may. */
export function scopeOfProcedure(procedure: string): TokenScope | null {
  return scopes.get(procedure) ?? null;
}

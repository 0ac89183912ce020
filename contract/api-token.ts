import { z } from 'zod';

/**
 * What a token may be used for. `read`: see what its person sees as a member. `run`: start, steer and stop runs. `workspace`: make, start, stop
 * and delete workspaces. None holds another; docs/decisions/0039-api-tokens.md says what no token reaches.
 */
export const tokenScopes = ['read', 'run', 'workspace'] as const;
export const tokenScopeSchema = z.enum(tokenScopes);
export type TokenScope = z.infer<typeof tokenScopeSchema>;

export const DEFAULT_TOKEN_DAYS = 90;
export const MOST_TOKEN_DAYS = 365;
/** So many that count may one person have. */
export const MOST_TOKENS = 50;

export const createApiTokenInput = z.strictObject({
  name: z.string().trim().min(1, 'Say what the token is for.').max(80, 'A name has at most 80 characters.').refine((text) => !text.includes('\0'), 'A name has no NUL characters.'),
  scopes: z
    .array(tokenScopeSchema)
    .min(1, 'Choose at least one thing that the token may do.')
    .refine((scopes) => new Set(scopes).size === scopes.length, 'Name each scope once.'),
  expiresInDays: z
    .number()
    .int()
    .min(1, 'A token lives for at least a day.')
    .max(MOST_TOKEN_DAYS, `A token lives for at most ${MOST_TOKEN_DAYS} days.`)
    .default(DEFAULT_TOKEN_DAYS),
});
export type CreateApiTokenInput = z.output<typeof createApiTokenInput>;

export const apiTokenIdInput = z.strictObject({ tokenId: z.uuid() });

/** A token as its owner sees it; its value was shown once and is stored nowhere. */
export const apiTokenViewSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  scopes: z.array(tokenScopeSchema),
  createdAt: z.date(),
  expiresAt: z.date(),
  /** To the minute; null: never used. */
  lastUsedAt: z.date().nullable(),
  /** The address it was used from then. */
  lastUsedFrom: z.string().nullable(),
});
export type ApiTokenView = z.infer<typeof apiTokenViewSchema>;

/** The only answer that ever holds the value. */
export interface CreatedApiToken {
  token: ApiTokenView;
  value: string;
}

/** A token as administrators see it. */
export const apiTokenOfPersonSchema = apiTokenViewSchema.extend({ owner: z.object({ id: z.uuid(), login: z.string() }) });
export type ApiTokenOfPerson = z.infer<typeof apiTokenOfPersonSchema>;

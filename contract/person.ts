import { z } from 'zod';

export const roles = ['admin', 'member'] as const;
export const roleSchema = z.enum(roles);
export type Role = z.infer<typeof roleSchema>;

export const signInVias = ['setup_token', 'github', 'pat'] as const;
export type SignInVia = (typeof signInVias)[number];

/** A person as admins see them. */
export const personViewSchema = z.object({
  id: z.uuid(),
  githubId: z.number().int().nullable(),
  login: z.string(),
  name: z.string().nullable(),
  avatarUrl: z.string().nullable(),
  role: roleSchema,
  createdAt: z.date(),
  disabledAt: z.date().nullable(),
  /** False: disabled, or no longer let in by the list; what is open counts for nothing. */
  admitted: z.boolean(),
  lastSeenAt: z.date().nullable(),
  workspaces: z.number().int(),
  liveSessions: z.number().int(),
});
export type PersonView = z.infer<typeof personViewSchema>;

export const personIdInput = z.strictObject({ userId: z.uuid() });
export const changeRoleInput = z.strictObject({ userId: z.uuid(), role: roleSchema });

/** A browser that is signed in, as its own person sees it. */
export const sessionViewSchema = z.object({
  id: z.uuid(),
  via: z.enum(signInVias),
  /** What the browser calls itself, at most 200 characters. */
  userAgent: z.string().nullable(),
  createdAt: z.date(),
  lastSeenAt: z.date(),
  expiresAt: z.date(),
  /** True for the session that asks. */
  current: z.boolean(),
});
export type SessionView = z.infer<typeof sessionViewSchema>;

/** Who asks, and how they signed in with this browser. */
export const ownProfileSchema = z.object({
  login: z.string(),
  name: z.string().nullable(),
  avatarUrl: z.string().nullable(),
  githubId: z.number().int().nullable(),
  role: roleSchema,
  createdAt: z.date(),
  via: z.enum(signInVias),
  /** Of the token of a sign-in by token, as GitHub names them; a fine-grained one has none. The token itself is not kept. */
  tokenScopes: z.array(z.string()).nullable(),
  tokenExpiresAt: z.date().nullable(),
  /** True: let in by an organisation, whose membership has to be confirmed every hour. */
  throughOrganisation: z.boolean(),
});
export type OwnProfile = z.infer<typeof ownProfileSchema>;
export const sessionIdInput = z.strictObject({ sessionId: z.uuid() });

/** Who may sign in: people and organisations by numeric id; a login is looked up once, when it is added. Empty: nobody new. */
export const allowedKinds = ['person', 'organisation'] as const;
export const allowedEntrySchema = z.object({
  kind: z.enum(allowedKinds),
  githubId: z.number().int(),
  /** As it was when it was added. */
  login: z.string(),
  addedByLogin: z.string().nullable(),
  addedAt: z.date().nullable(),
  /** True for those that ANYON_ALLOWED_GITHUB_IDS names: they cannot be removed here. */
  fixed: z.boolean(),
});
export type AllowedEntry = z.infer<typeof allowedEntrySchema>;
const login = z.string().trim().regex(/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,98}[A-Za-z0-9])?$|^\d{1,19}$/, 'Enter a GitHub login or a numeric id.');
export const allowInput = z.strictObject({ kind: z.enum(allowedKinds), login });
export type AllowInput = z.output<typeof allowInput>;
export const disallowInput = z.strictObject({ kind: z.enum(allowedKinds), githubId: z.number().int() });
export type DisallowInput = z.output<typeof disallowInput>;

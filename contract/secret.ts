import { z } from 'zod';

/** Shorter values would blot out ordinary text when they are masked; longer ones are files, not secrets. In bytes of UTF-8. */
export const MIN_SECRET_BYTES = 8;
/** A row of dashes or zeroes is in every log. */
const MIN_DIFFERENT_CHARACTERS = 4;
export const MAX_SECRET_BYTES = 16 * 1024;
/** Of a person's own, without those of connections. All of them are given to each run. */
export const MAX_SECRETS_PER_PERSON = 100;

/** What a secret is for: a value of a person's own, or the token behind a connection or an alert channel. */
export const secretKinds = ['custom', 'github', 'claude', 'alert'] as const;
export const secretKindSchema = z.enum(secretKinds);
export type SecretKind = z.infer<typeof secretKindSchema>;

/** The name under which runs find it: a file of this name, so it is spelled like an environment variable. */
export const secretNameSchema = z
  .string()
  .trim()
  .regex(/^[A-Z][A-Z0-9_]{0,63}$/, 'A name has up to 64 capital letters, digits and underscores, such as NPM_TOKEN.');

const bytes = (text: string) => new TextEncoder().encode(text).length;

/** Kept exactly as given, line ends included; NUL cannot be handed to programs. */
export const secretValueSchema = z
  .string()
  .refine((value) => bytes(value.trim()) >= MIN_SECRET_BYTES, `A secret has at least ${MIN_SECRET_BYTES} bytes: shorter ones cannot be masked in logs.`)
  .refine((value) => new Set(value.trim()).size >= MIN_DIFFERENT_CHARACTERS, `A secret has at least ${MIN_DIFFERENT_CHARACTERS} different characters: others cannot be told from ordinary text in logs.`)
  .refine((value) => bytes(value) <= MAX_SECRET_BYTES, 'A secret has at most 16 KiB.')
  .refine((value) => !value.includes('\0'), 'A secret cannot contain the character NUL.');

export const setSecretInput = z.strictObject({ name: secretNameSchema, value: secretValueSchema });
export type SetSecretInput = z.output<typeof setSecretInput>;
export const secretIdInput = z.strictObject({ secretId: z.uuid() });

/** What is told of a secret. No procedure returns a value. */
export const secretViewSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  /** Null where four characters would say too much (values of fewer than 16). */
  lastFour: z.string().nullable(),
  /** Twelve hexadecimal digits of a keyed hash: equal values of one person have equal ones. */
  fingerprint: z.string(),
  version: z.number().int(),
  createdAt: z.date(),
  /** When the value was last replaced. */
  changedAt: z.date(),
  lastUsedAt: z.date().nullable(),
  /** Live runs that hold it now. */
  usedByRuns: z.number().int(),
});
export type SecretView = z.infer<typeof secretViewSchema>;

/** How far a change of the key has come. */
export const keyRotationSchema = z.object({ currentKeyId: z.string(), versions: z.number().int(), onCurrentKey: z.number().int() });
export type KeyRotation = z.infer<typeof keyRotationSchema>;

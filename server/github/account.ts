import { z } from 'zod';
import { askGitHub } from '@/server/github/ask-github';
import { gitHubClient } from '@/server/github/github-client';
import { AnyonError, isAnyonError } from '@/server/errors';

/** What GitHub says about a token and whose it is. */
export interface GitHubAccount {
  /** The identity: a login can be renamed and taken by somebody else. */
  id: number;
  login: string;
  name: string | null;
  avatarUrl: string | null;
  /** The address that everybody may see; null when they show none. */
  publicEmail: string | null;
  /** Of a classic token or an OAuth token; a fine-grained token names none. */
  scopes: string[];
  /** Null: it never ends, or GitHub does not say. */
  expiresAt: Date | null;
}

const gitHubUser = z.object({
  id: z.number().int().positive(),
  login: z.string().min(1).max(100),
  // No database takes a NUL, and no line of a commit a line break.
  name: z.string().max(300).transform((name) => name.replace(/\p{Cc}/gu, '')).nullish().catch(null),
  email: z.email().max(300).nullish().catch(null),
  avatar_url: z.url({ protocol: /^https?$/ }).nullish().catch(null),
});

/**
 * Asks GitHub whose token this is. Throws `unauthenticated` when GitHub does not know it (any more) or has suspended whose it is,
 * `unavailable` when GitHub does not answer, `limit_reached` with the time when the token has used up its calls.
 */
export async function readGitHubAccount(token: string): Promise<GitHubAccount> {
  const { data, headers } = await askGitHub(() => gitHubClient(token).rest.users.getAuthenticated()).catch(asRefusal);
  const user = gitHubUser.safeParse(data);
  if (!user.success) throw new AnyonError('unavailable', 'GitHub’s answer about the token cannot be read. Check ANYON_GITHUB_API_URL, or try again later.');
  const { id, login, name, email, avatar_url: avatarUrl } = user.data;
  return { id, login, name: name ?? null, avatarUrl: avatarUrl ?? null, publicEmail: email ?? null, scopes: scopesOf(headers['x-oauth-scopes']), expiresAt: momentOf(headers['github-authentication-token-expiration']) };
}

/** Everybody may ask about themselves: who may not, has a token that is good for nothing. Where there is no such address, there is no GitHub. */
function asRefusal(error: unknown): never {
  if (!isAnyonError(error)) throw error;
  if (error.kind === 'forbidden') throw new AnyonError('unauthenticated', error.message);
  if (error.kind === 'limit_reached' || error.kind === 'unauthenticated' || error.kind === 'unavailable') throw error;
  throw new AnyonError('unavailable', 'No GitHub answers at the configured address. Ask an administrator to check ANYON_GITHUB_API_URL.');
}

type Header = string | number | undefined;

function scopesOf(header: Header): string[] {
  return String(header ?? '').split(',').map((scope) => scope.trim()).filter(Boolean);
}

/** GitHub writes `2026-12-01 10:00:00 UTC` or with an offset. */
function momentOf(header: Header): Date | null {
  const moment = new Date(String(header ?? ''));
  return Number.isNaN(moment.getTime()) ? null : moment;
}

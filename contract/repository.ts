import { z } from 'zod';
import { hasKnownToken, tokenRefusal } from '@/contract/known-token';

/**
 * What may be cloned, checked before anything touches git. Hostile addresses (`--upload-pack=…`, `ext::sh -c …`) run
 * commands when they reach git, so this is an allow-list: http and https, no user or password, no control characters.
 */
export const repositoryUrlSchema = z
  .string()
  .trim()
  .min(1, 'Enter the address of a git repository.')
  .max(2048, 'A repository address has at most 2,048 characters.')
  .superRefine((text, context) => {
    const problem = repositoryUrlProblem(text);
    if (problem) context.addIssue({ code: 'custom', message: problem });
  });

/** Null when the address may be cloned, else the sentence that says what is wrong with it. */
export function repositoryUrlProblem(text: string): string | null {
  // eslint-disable-next-line no-control-regex
  if (/[\s\u0000-\u001f\u007f]/.test(text)) return 'A repository address has no spaces or control characters.';
  if (/^(ssh:\/\/|[\w.-]+@[\w.-]+:)/.test(text)) {
    return 'SSH addresses are not supported. Use the https:// address of the repository.';
  }
  if (!/^https?:\/\//i.test(text)) return 'Use an address that starts with https:// (or http:// inside your network).';
  const url = URL.parse(text);
  if (!url || !url.hostname) return 'This is not a valid address. It should look like https://github.com/owner/repository.';
  if (url.username || url.password) {
    return 'Do not put a user name or token into the address: it would be stored in the repository. Connect GitHub instead.';
  }
  if (hasKnownToken(text)) return tokenRefusal('the address');
  if (url.search || url.hash) return 'A repository address has no ? or # part.';
  if (url.pathname.length < 2) return 'The address names no repository. It should look like https://github.com/owner/repository.';
  return null;
}

/** Stricter than git itself, which accepts shell metacharacters in names. Source: git-check-ref-format(1). */
export const branchNameSchema = z
  .string()
  .trim()
  .min(1, 'Enter a branch name.')
  .max(200, 'A branch name has at most 200 characters.')
  .regex(
    /^(?!.*(?:\.\.|\/\/|@\{|\.lock(?:\/|$)))[A-Za-z0-9_][A-Za-z0-9_./@+-]*(?<![./])$/,
    'A branch name starts with a letter, digit or underscore and has letters, digits and . _ / @ + - only.',
  );

/** The last part of the address without `.git`: the name a workspace gets by default. */
export function repositoryName(repositoryUrl: string): string {
  const last = new URL(repositoryUrl).pathname.split('/').filter(Boolean).at(-1) ?? 'workspace';
  const name = decodeURIComponentSafely(last).replace(/\.git$/, '').replace(/[^\p{L}\p{N} ._-]/gu, '-').replace(/^[^\p{L}\p{N}]+/u, '').slice(0, 64).trim();
  return name || 'workspace';
}

function decodeURIComponentSafely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a stray % is fine in a path
  }
}

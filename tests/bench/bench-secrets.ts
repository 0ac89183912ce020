import { randomBytes } from 'node:crypto';
import { secretNeedles } from '@/server/secrets/mask-needles';

/** So many forms of secrets are looked for. */
export const NEEDLES = 160;

/** Secrets that nothing of the load contains, so many that the masker looks for as much as with a person's real ones. */
export function benchSecrets(): string[] {
  const secrets: string[] = [];
  while (secretNeedles(secrets).length < NEEDLES) secrets.push(randomBytes(24).toString('base64url'));
  return secrets;
}

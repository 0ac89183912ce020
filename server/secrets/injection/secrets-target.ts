/** Tells a command in the container where its files are; a path, no secret. */
export const SECRETS_VARIABLE = 'ANYON_SECRETS_DIR';
/** The workspace's folder, mounted read-only. */
export const SECRETS_TARGET = '/anyon/secrets';

/** Where a command in the container finds its files. */
export function secretsInContainer(attempt: string): string {
  return `${SECRETS_TARGET}/${attempt}`;
}

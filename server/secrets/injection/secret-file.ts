import { AnyonError } from '@/server/errors';

/** A file of secrets for one attempt. */
export interface SecretFile {
  /** Its name in the folder, such as `claude`, `github` or `env/NPM_TOKEN`. */
  name: string;
  value: string;
  /** Null for what is no secret of anybody (the simulator's key). */
  secret: { id: string; version: number; name: string } | null;
}

/** Whom the files are for. */
export interface Injection {
  workspaceId: string;
  /** A run's attempt, or a command of the workspace such as a clone; at most 64 letters, digits and dashes. No two have the same, in whatever workspace. */
  attempt: string;
  runId: string | null;
  userId: string;
}

/** Returns the names, in order, if they can be those of one attempt's files. Throws `invalid` otherwise. */
export function checkFileNames(files: readonly Pick<SecretFile, 'name'>[]): string[] {
  const names = files.map(({ name }) => name);
  const wrong = names.find((name) => !/^(?:[a-z][a-z-]{0,63}|env\/[A-Z][A-Z0-9_]{0,63})$/.test(name)) ?? names.find((name, index) => name === 'env' || names.indexOf(name) !== index);
  if (wrong !== undefined) throw new AnyonError('invalid', `"${wrong.slice(0, 100)}" cannot be the name of a file of secrets.`);
  return names;
}

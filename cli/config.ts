import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { CliError } from '@/cli/cli-error';

const schema = z.object({ url: z.url(), token: z.string().min(1) });
/** One Anyon and the token for it. They belong together: a token is never sent to another address than that for which it was given. */
export type Config = z.infer<typeof schema>;

/** What `anyon login` saved; null when it saved nothing. */
export function readConfig(file: string): Config | null {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new CliError('invalid', `${file} cannot be read: ${(error as Error).message}.`, { cause: error });
  }
  const parsed = schema.safeParse(parseJson(text));
  if (!parsed.success) throw new CliError('invalid', `${file} is not what \`anyon login\` wrote. Sign in again with \`anyon login\`, or delete it.`);
  return parsed.data;
}

/** Saves for this user alone (mode 600), all of it or nothing. */
export function saveConfig(file: string, config: Config): void {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const fresh = `${file}.${process.pid}`;
  writeFileSync(fresh, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
  chmodSync(fresh, 0o600); // also where a file of that name was there already
  renameSync(fresh, file);
}

/** True if there was something to forget. */
export function removeConfig(file: string): boolean {
  const there = existsSync(file);
  rmSync(file, { force: true });
  return there;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

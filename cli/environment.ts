import os from 'node:os';
import path from 'node:path';

/** What the program takes from the environment; this file is the only one of the room that reads it. */
export interface Environment {
  /** ANYON_URL and ANYON_TOKEN come before what was saved by `anyon login`. */
  url: string | null;
  token: string | null;
  configFile: string;
  /** NO_COLOR (no-color.org) is set to anything, or the terminal can show none. */
  noColour: boolean;
}

/** Reads the environment once, at the start. */
export function readEnvironment(source: Record<string, string | undefined> = process.env): Environment {
  const configHome = source['XDG_CONFIG_HOME'] || path.join(os.homedir(), '.config');
  return {
    url: source['ANYON_URL'] || null,
    token: source['ANYON_TOKEN']?.trim() || null,
    configFile: path.join(configHome, 'anyon', 'config.json'),
    noColour: Boolean(source['NO_COLOR']) || source['TERM'] === 'dumb',
  };
}

import type { Readable } from 'node:stream';
import type { Command } from 'commander';
import { AnyonApi } from '@/cli/api/anyon-api';
import { ApiClient } from '@/cli/api/api-client';
import type { Environment } from '@/cli/environment';
import { createPrinter, type Printer, type Sink } from '@/cli/output/printer';
import { isUnprotected, signedIn } from '@/cli/sign-in';

/** What the program works with: its streams and its environment. */
export interface Surroundings {
  environment: Environment;
  in: Readable & { isTTY?: boolean };
  out: Sink;
  err: Sink;
}

/** What a command works with. */
export interface Session {
  api: AnyonApi;
  print: Printer;
  /** The address of the Anyon that is spoken to. */
  url: string;
}

/** The printer for a command as it was called. */
export function printerFor(surroundings: Surroundings, command: Command): Printer {
  const { json, color } = command.optsWithGlobals<{ json?: boolean; color?: boolean }>();
  return createPrinter(surroundings, { json: json === true, colour: color !== false && !surroundings.environment.noColour });
}

/** Signs a command in; refuses with the way to do so. */
export function openSession(surroundings: Surroundings, command: Command): Session {
  const print = printerFor(surroundings, command);
  const { url, token } = signedIn(surroundings.environment);
  if (isUnprotected(url)) print.note(`Warning: ${url} is not encrypted; whoever is on the way can read your token.`);
  return { api: new AnyonApi(new ApiClient({ url, token })), print, url };
}

import type { Command } from 'commander';
import { AnyonApi } from '@/cli/api/anyon-api';
import { ApiClient } from '@/cli/api/api-client';
import { ask, readAll } from '@/cli/ask';
import { CliError } from '@/cli/cli-error';
import { readConfig, removeConfig, saveConfig } from '@/cli/config';
import { visibleLine } from '@/cli/output/visible-text';
import { openSession, printerFor, type Surroundings } from '@/cli/session';
import { isUnprotected, parseAddress } from '@/cli/sign-in';

const LONGEST_TOKEN = 1024;

/** `anyon login`, `logout` and `whoami`. */
export function addSignInCommands(program: Command, surroundings: Surroundings): void {
  program
    .command('login')
    .description('sign in with an API token that you made in the browser')
    .option('--url <address>', 'the address of your Anyon, such as https://anyon.example.com')
    .addHelpText('after', '\nThe token is read without being shown; where standard input is no terminal, it is read from there.\nIt is checked, and saved for you alone. Scripts do without: they set ANYON_URL and ANYON_TOKEN.')
    .action((options: { url?: string }, command: Command) => login(surroundings, command, options.url));
  program
    .command('logout')
    .description('forget the saved token')
    .action((_options, command: Command) => logout(surroundings, command));
  program
    .command('whoami')
    .description('say who you are signed in as, and what the token may do')
    .action((_options, command: Command) => whoami(surroundings, command));
}

async function login(surroundings: Surroundings, command: Command, address: string | undefined): Promise<void> {
  const { environment } = surroundings;
  const print = printerFor(surroundings, command);
  const url = parseAddress(address ?? environment.url ?? savedAddress(environment.configFile) ?? (await askFor(surroundings, 'Address of your Anyon: ', '--url')));
  if (isUnprotected(url)) print.note(`Warning: ${url} is not encrypted; whoever is on the way can read your token.`);
  if (surroundings.in.isTTY) print.note(`Make a token in your browser, under Settings → API tokens: ${url}/settings?tab=tokens`);
  const token = surroundings.in.isTTY ? await ask(surroundings, 'Token (it is not shown): ', { hidden: true }) : (await readAll(surroundings.in, LONGEST_TOKEN)).trim();
  if (token === '') throw new CliError('invalid', 'No token was given.');
  if (/\s/.test(token)) throw new CliError('invalid', 'A token has no spaces in it. Paste it alone.');
  const me = await new AnyonApi(new ApiClient({ url, token })).me();
  saveConfig(environment.configFile, { url, token });
  if (print.json) print.document({ url, ...me });
  else print.line(`Signed in to ${url} as ${visibleLine(me.person.login)}. ${aboutToken(me)}`);
  if (environment.token) print.note('ANYON_TOKEN is set and comes before what was just saved.');
}

function savedAddress(file: string): string | undefined {
  try {
    return readConfig(file)?.url;
  } catch {
    return undefined; // signing in is how a broken file is mended
  }
}

async function askFor(surroundings: Surroundings, question: string, option: string): Promise<string> {
  if (!surroundings.in.isTTY) throw new CliError('invalid', `Say which Anyon: ${option} https://anyon.example.com.`);
  return ask(surroundings, question);
}

function logout(surroundings: Surroundings, command: Command): void {
  const print = printerFor(surroundings, command);
  const forgotten = removeConfig(surroundings.environment.configFile);
  if (print.json) print.document({ forgotten });
  else print.line(forgotten ? 'The token is forgotten here. It stays valid until you revoke it under Settings → API tokens.' : 'There was nothing to forget.');
}

async function whoami(surroundings: Surroundings, command: Command): Promise<void> {
  const { api, print, url } = openSession(surroundings, command);
  const me = await api.me();
  if (print.json) return print.document({ url, ...me });
  print.line(`${visibleLine(me.person.login)} at ${url}. ${aboutToken(me)}`);
}

function aboutToken({ token }: Awaited<ReturnType<AnyonApi['me']>>): string {
  return `The token “${visibleLine(token.name)}” may ${token.scopes.join(', ')}, until ${token.expiresAt.slice(0, 10)}.`;
}

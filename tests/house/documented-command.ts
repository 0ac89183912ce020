import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import type { Command } from 'commander';
import { readEnvironment } from '@/cli/environment';
import { buildProgram } from '@/cli/program';
import { root } from '@/tests/house/house';

/** Programs of others that documents call. What is in neither this list nor the judges below is not classified, and the test fails. */
const FOREIGN = new Set([
  'cat', 'cd', 'chmod', 'claude', 'curl', 'df', 'du', 'echo', 'exit', 'fuser', 'git', 'grep', 'head', 'journalctl', 'ln', 'ls', 'mkdir', 'openssl', 'sort', 'tail', 'xargs',
]);
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const scripts = (JSON.parse(read('package.json')) as { scripts: Record<string, string> }).scripts;
const isThere = (file: string): boolean => existsSync(path.join(root, file));
const noStream = () => Object.assign(new PassThrough(), { isTTY: false });
const program = buildProgram({ environment: readEnvironment({}), in: new PassThrough(), out: noStream(), err: noStream() });

/** What is wrong with a line of a shell in a document: nothing, or a sentence for each. */
export function wrongIn(line: string): string[] {
  return simpleCommands(line).flatMap((words) => wrongWith(words).map((what) => `${what}: ${words.join(' ')}`));
}

/** The commands of a line, each as words, without comments, variables that are set before them, and `sudo`. */
export function simpleCommands(line: string): string[][] {
  const words = [...line.replace(/(^|\s)#.*$/, '').matchAll(/'[^']*'|"[^"]*"|&&|\|\||[;|]|(?:[^\s;|&'"]|'[^']*'|"[^"]*"|&(?!&))+/g)].map(([word]) => word);
  const commands: string[][] = [[]];
  for (const word of words) {
    if (['&&', '||', ';', '|'].includes(word)) commands.push([]);
    else commands.at(-1)?.push(word);
  }
  return commands.map(bare).filter((command) => command.length > 0);
}

/** Setting a variable is no command. */
function bare(command: string[]): string[] {
  const start = command.findIndex((word) => !/^(?:\w+=.*|sudo|export|"|')$/.test(word) && !/^\w+=/.test(word));
  return start === -1 ? [] : command.slice(start);
}

/** Something that a shell would be asked to start, by these documents. */
export function isProgram(name: string): boolean {
  return name in judges || FOREIGN.has(name);
}

function wrongWith([name = '', ...args]: string[]): string[] {
  const judge = judges[name.replace(/^.*\/(?=anyon-server$)/, '')];
  if (judge) return judge(args);
  return FOREIGN.has(name) || name.startsWith('…') ? wrongAddresses(args) : ['is not classified'];
}

const judges: Readonly<Record<string, (args: string[]) => string[]>> = {
  npm: ([verb = '', ...args]) => (verb === 'run' ? wrongScript(args.filter((word) => word !== '--silent')) : ['test', 'ci', 'ping'].includes(verb) ? [] : ['is no command of npm that we use']),
  npx: ([tool = '', ...args]) => (tool === 'vitest' ? wrongTest(args) : ['is no tool that we use']),
  node: ([file = '']) => missing([file]),
  sh: ([file = '']) => missing([file]),
  bash: ([file = '']) => missing([file]),
  make: ([target = '']) => (new RegExp(`^${target}:`, 'm').test(read('Makefile')) ? [] : ['is no target of the Makefile']),
  anyon: (args) => wrongCall(program, args),
  'anyon-server': ([name = '']) => wrongServerCommand(name),
  systemctl: (args) => args.slice(1).filter((unit) => unit.startsWith('anyon') && !isThere(`docker/systemd/${unit}.service`)).map((unit) => `there is no unit ${unit}`),
  docker: (args) => (args[0] === 'compose' ? wrongCompose(args.slice(1)) : []),
};

function wrongScript([name = '', ...rest]: string[]): string[] {
  const command = scripts[name];
  if (command === undefined) return ['is no script of package.json'];
  const file = /\bscripts\/\S+\.mjs/.exec(command)?.[0];
  if (rest.length > 0 && rest[0] !== '--') return ['lacks the -- before what is for the script'];
  if (file === undefined) return [];
  const known = [file, `server/${name}-command.ts`].filter(isThere).map(read).join('\n');
  const isKnown = (flag: string) => new RegExp(`${flag}(?![\\w-])|^ +${flag.slice(2)}: \\{ type:`, 'm').test(known);
  return rest.filter((word) => /^--\w/.test(word) && !isKnown(word)).map((flag) => `does not know ${flag}`);
}

function wrongTest(args: string[]): string[] {
  const project = args[args.indexOf('--project') + 1] ?? '';
  const places = args.filter((word) => word.includes('/'));
  return [...(/^(?:unit|integration|faults|e2e)$/.test(project) ? [] : ['names no project of vitest.config.ts']), ...missing(places)];
}

function wrongCall(command: Command, [word = '', ...rest]: string[]): string[] {
  if (word.startsWith('-')) return [word, ...rest].filter((option) => !['--json', '--no-color', '--help', '--version'].includes(option)).map((option) => `does not know ${option}`);
  const found = command.commands.find((one) => one.name() === word || one.aliases().includes(word));
  if (!found) return command === program || (command.commands.length > 0 && !command.registeredArguments.length && word !== '') ? [`has no command ${word}`] : [];
  if (found.commands.length > 0 && rest[0] && !rest[0].startsWith('-')) return wrongCall(found, rest);
  const known = [...found.options, ...program.options].flatMap(({ short, long }) => [short, long]);
  return rest.filter((option) => /^--?[a-z]/.test(option) && !known.includes(option)).map((option) => `does not know ${option}`);
}

function wrongServerCommand(name: string): string[] {
  return /^(?:help|health)$/.test(name) || new RegExp(`^ {2}'?${name}'?: \\[`, 'm').test(read('docker/app/anyon-server.mjs')) ? [] : [`anyon-server has no command ${name}`];
}

/** `…` stands for the files that a page has named above it. */
function wrongCompose(args: string[]): string[] {
  const at = args.findIndex((word) => ['exec', 'run', 'restart', 'logs', 'stop', 'cp', 'up', 'down', 'ps', 'pull'].includes(word));
  const files = args.slice(0, at).filter((_, place) => ['-f', '--file', '--env-file'].includes(args[place - 1] ?? ''));
  const named = files.filter((file) => !file.startsWith('/') && file !== 'docker/.env.production'); // that one is made by docker/new-env.sh
  const compose = named.includes('docker-compose.dev.yml') ? 'docker-compose.dev.yml' : 'docker/compose.yaml';
  const words = args.slice(at + 1).filter((word) => !word.startsWith('-'));
  const services = ['exec', 'run'].includes(args[at] ?? '') ? words.slice(0, 1) : args[at] === 'cp' ? [] : words;
  const server = words.indexOf('anyon-server');
  return [
    ...(at === -1 ? ['is no command of Compose that we use'] : []),
    ...missing(named),
    ...services.filter((name) => !new RegExp(`^ {2}${name}:`, 'm').test(read(compose))).map((name) => `${compose} has no service ${name}`),
    ...(server === -1 ? [] : wrongServerCommand(words[server + 1] ?? '')),
  ];
}

/** Addresses of ours that a program of others asks for. */
function wrongAddresses(args: string[]): string[] {
  const routes = new Set(readdirSync(path.join(root, 'app/api')).map((name) => `/api/${name}`));
  const asked = args.flatMap((word) => [...word.matchAll(/(?:localhost:3000|anyon\.example\.com)(\/api\/\w+)/g)].map(([, where = '']) => where));
  return asked.filter((where) => !routes.has(where)).map((where) => `there is no ${where}`);
}

function missing(files: string[]): string[] {
  return files.filter((file) => !file.startsWith('<') && !isThere(file)).map((file) => `there is no ${file}`);
}

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** The last argument of the program that stays in the container, by which it is told from what a test looks for. */
export const ERRANDS_MARK = 'anyon-test-errands';

/** Like `docker exec`: a session of its own, no input, 128 and the signal where a signal ended it, 127 where it could not begin. */
const PROGRAM = `
const { spawn } = require('node:child_process');
const { signals } = require('node:os').constants;
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, argv } = JSON.parse(line);
  const said = { stdout: [], stderr: [] };
  const tell = (code) => process.stdout.write(JSON.stringify({ id, code, stdout: Buffer.concat(said.stdout).toString(), stderr: Buffer.concat(said.stderr).toString() }) + '\\n');
  const child = spawn(argv[0], argv.slice(1), { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const name of ['stdout', 'stderr']) child[name].on('data', (chunk) => said[name].push(chunk));
  let begun = true;
  child.on('error', (error) => { begun = false; said.stderr.push(Buffer.from(error.message)); });
  child.on('close', (code, signal) => tell(begun ? code ?? 128 + signals[signal] : 127));
}).on('close', () => process.exit());
`;

export interface CommandResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a command in the container as `anyon`, to its end. */
export type Errands = (argv: readonly string[]) => Promise<CommandResult>;

/**
 * One program stays in the container and starts what it is told. A `docker exec` for each command takes a fifth of a second of a
 * processor, most of it before the command begins, and tests of the wrapper run thousands.
 */
export function openErrands(container: string): Errands {
  let open: Errands | null = null;
  return (argv) => (open ??= start(container, () => (open = null)))(argv);
}

function start(container: string, onEnd: () => void): Errands {
  const waiting = new Map<number, (result: CommandResult) => void>();
  let count = 0;
  let complaint = '';
  const child = spawn('docker', ['exec', '--interactive', '--user', 'anyon', container, 'node', '--eval', PROGRAM, ERRANDS_MARK], { stdio: 'pipe' });
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  child.stdin.on('error', () => {}); // its end says it all
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { id, ...result } = JSON.parse(line) as CommandResult & { id: number };
    waiting.get(id)?.(result);
    waiting.delete(id);
  });
  child.on('close', (code) => {
    onEnd();
    for (const resolve of waiting.values()) resolve({ code: code || 137, stdout: '', stderr: complaint });
  });
  return (argv) =>
    new Promise((resolve) => {
      waiting.set(++count, resolve);
      child.stdin.write(`${JSON.stringify({ id: count, argv })}\n`);
    });
}

import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { markOf, type Jump, type RuleSet, type Table } from '@/server/egress/firewall-rules';
import { AnyonError } from '@/server/errors';

export type Family = 'iptables' | 'ip6tables';

/** A table as `iptables -S` prints it, one line per chain and rule. */
export type Listing = readonly string[];

const PATIENCE_MS = 20_000;
const LOOK_AGAIN_MS = 100;
const LOOKS = 5;

/** Reads a whole table. Throws `precondition` when iptables is missing or this process is not root. */
export async function listRules(family: Family, table: Table): Promise<Listing> {
  return settled(async () => (await runTables(family, ['-w', '-t', table, '-S'], '')).split('\n').filter(Boolean));
}

/**
 * With each new network Docker takes its jump to DOCKER-USER away and puts it back in front. What is listed in between looks as
 * if nothing led to our rules, so it is looked at again; a jump that stays away is believed.
 */
export async function settled(list: () => Promise<Listing>): Promise<Listing> {
  for (let look = 1; ; look += 1) {
    const listing = await list();
    const between = listing.includes('-N DOCKER-USER') && !listing.includes('-A FORWARD -j DOCKER-USER');
    if (!between || look === LOOKS) return listing;
    await sleep(LOOK_AGAIN_MS);
  }
}

/**
 * Puts the rules in force in one step: no packet meets half of them. Our jumps go to the front of their chains, for what stands
 * before them could accept what they refuse.
 */
export async function applyRules(family: Family, rules: RuleSet, listing: Listing): Promise<void> {
  const jumps = rules.jumps.toReversed();
  const lines = [
    ...rules.chains.map(({ name }) => `:${name} - [0:0]`),
    ...rules.chains.flatMap(({ name, rules: own }) => own.map((rule) => `-A ${name} ${rule}`)),
    ...foundJumps(rules, listing).map((line) => line.replace(/^-A/, '-D')),
    ...jumps.map((jump) => `-I ${parentOf(jump, listing)} 1 ${jump.match} -j ${jump.chain}`),
  ];
  await restore(family, rules.table, lines);
}

/** Takes the rules out again; what is not there is fine. */
export async function withdrawRules(family: Family, rules: RuleSet, listing: Listing): Promise<void> {
  const present = rules.chains.filter(({ name }) => listing.includes(`-N ${name}`)).map(({ name }) => name);
  const lines = [
    ...foundJumps(rules, listing).map((line) => line.replace(/^-A/, '-D')),
    ...present.map((name) => `-F ${name}`),
    ...present.toReversed().map((name) => `-X ${name}`),
  ];
  if (lines.length > 0) await restore(family, rules.table, lines);
}

/** Null when exactly these rules are in force and nothing of somebody else's stands before them; otherwise what is wrong. */
export function findFault(rules: RuleSet, listing: Listing): string | null {
  for (const chain of rules.chains) {
    const lines = listing.filter((line) => line.startsWith(`-A ${chain.name} `));
    const mark = markOf(chain);
    const whole = lines.length === chain.rules.length && lines.every((line, index) => new RegExp(`--comment "?${mark}-${index}"?(?: |$)`).test(line));
    if (!whole) return `the chain ${chain.name} is not as it should be`;
  }
  for (const jump of rules.jumps) {
    const parent = parentOf(jump, listing);
    const lines = listing.filter((line) => line.startsWith(`-A ${parent} `));
    const place = lines.indexOf(`-A ${parent} ${jump.match} -j ${jump.chain}`);
    if (place < 0) return `${parent} does not lead to ${jump.chain}`;
    if (lines.slice(0, place).some((line) => !/ -j ANYON-[0-9a-f]{4}-/.test(line))) return `another rule stands before ${jump.chain} in ${parent}`;
  }
  return null;
}

/**
 * Docker keeps DOCKER-USER before everything of its own, also after its restart; what stands in FORWARD itself it pushes back
 * with each new network.
 */
function parentOf({ parent }: Jump, listing: Listing): string {
  return parent === 'FORWARD' && listing.includes('-A FORWARD -j DOCKER-USER') ? 'DOCKER-USER' : parent;
}

/** Every jump to a chain of ours that is there now, wherever it stands. */
function foundJumps(rules: RuleSet, listing: Listing): string[] {
  return listing.filter((line) => rules.jumps.some(({ chain }) => line.endsWith(` -j ${chain}`)));
}

async function restore(family: Family, table: Table, lines: readonly string[]): Promise<void> {
  await runTables(`${family}-restore`, ['-w', '5', '--noflush'], [`*${table}`, ...lines, 'COMMIT', ''].join('\n'));
}

function runTables(program: string, args: string[], input: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], timeout: PATIENCE_MS, killSignal: 'SIGKILL' });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) child[name].setEncoding('utf8').on('data', (text: string) => void (output[name] += text));
    child.stdin.on('error', () => {}); // it ended before it had read everything; its exit code tells why
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') reject(new AnyonError('precondition', `The program \`${program}\` is missing. Install it (on Debian: apt-get install iptables).`, { cause: error }));
      else reject(new AnyonError('internal', `The program \`${program}\` cannot be started: ${error.message}.`, { cause: error }));
    });
    child.once('close', (code, signal) => {
      if (code === 0) return resolve(output.stdout);
      const words = output.stderr.trim().split('\n').slice(-3).join(' ').slice(0, 400);
      reject(new AnyonError('precondition', `\`${program} ${args.join(' ')}\` failed (${signal ?? `exit code ${code}`}): ${words || 'it said nothing'}`));
    });
    child.stdin.end(input);
  });
}

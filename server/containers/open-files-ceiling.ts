import { readFile, readdir } from 'node:fs/promises';
import { AnyonError } from '@/server/errors';
import { processState } from '@/server/process-state';

/** containerd starts the containers; where it is not to be seen, the engine itself tells as much. */
const enginePrograms = ['containerd', 'dockerd'];
const keptMs = 60_000;
/** CAP_SYS_RESOURCE is bit 24: who has it may go above its own hard limit, up to the kernel's. */
const sysResource = 1n << 24n;

/**
 * The most open files per process that the engine of this host can give to a container; null when no engine is to be seen
 * here (another host's, or hidden). Looked up at most once a minute.
 */
export function openFilesCeiling(): Promise<number | null> {
  const state = processState<{ at: number; answer: Promise<number | null> }>('open-files-ceiling', () => ({ at: -Infinity, answer: Promise.resolve(null) }));
  if (performance.now() - state.at > keptMs) Object.assign(state, { at: performance.now(), answer: findCeiling('/proc') });
  return state.answer;
}

/** Reads it from the processes in `proc`. Of several engines the most generous counts: a false refusal would be worse than a late one. */
export async function findCeiling(proc: string): Promise<number | null> {
  const processes = (await readdir(proc).catch(() => [])).filter((name) => /^\d+$/.test(name));
  const byProgram = new Map<string, number[]>();
  for (const pid of processes) {
    const program = (await readText(`${proc}/${pid}/comm`)).trim();
    if (enginePrograms.includes(program)) byProgram.set(program, [...(byProgram.get(program) ?? []), await ceilingOf(proc, pid)]);
  }
  const found = enginePrograms.map((program) => byProgram.get(program)).find((ceilings) => ceilings !== undefined) ?? [];
  const known = found.filter((ceiling) => ceiling > 0);
  return known.length === 0 ? null : Math.max(...known);
}

/** 0 when it cannot be read: the process has ended, or belongs to somebody else. */
async function ceilingOf(proc: string, pid: string): Promise<number> {
  const capabilities = /^CapEff:\s*([0-9a-f]+)/m.exec(await readText(`${proc}/${pid}/status`))?.[1];
  if (capabilities !== undefined && (BigInt(`0x${capabilities}`) & sysResource) !== 0n) return Number((await readText(`${proc}/sys/fs/nr_open`)).trim()) || 0;
  const hard = /^Max open files\s+\S+\s+(\S+)/m.exec(await readText(`${proc}/${pid}/limits`))?.[1];
  return hard === 'unlimited' ? Infinity : Number(hard ?? 0);
}

function readText(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '');
}

/** Throws `precondition`, with figures and the fix, for more open files than the engine of this host can give. */
export async function assertOpenFiles(wanted: number): Promise<void> {
  const ceiling = await openFilesCeiling();
  if (ceiling === null || wanted <= ceiling) return;
  const { problem, fix } = tooManyOpenFiles(wanted, ceiling);
  throw new AnyonError('precondition', `${problem} ${fix}`);
}

/** Why so many cannot be given, and what to do. */
export function tooManyOpenFiles(wanted: number, ceiling: number): { problem: string; fix: string } {
  return {
    problem: `A container shall have ${wanted} open files per process, and the engine of this host can give at most ${ceiling}.`,
    fix: `Set ANYON_OPEN_FILES to at most ${ceiling}, or raise LimitNOFILE of the containerd service.`,
  };
}

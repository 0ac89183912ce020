/** What `npm run load` puts on the product. */
export interface LoadOptions {
  /** Live runs, and how many of them the real CLI carries out; the others are a program that writes lines. */
  runs: number;
  cli: number;
  linesPerSecond: number;
  workspaces: number;
  /** Tabs of browsers, each with one stream. */
  streams: number;
  minutes: number;
}

/**
 * One CLI at 20 lines a second takes 4.6 % of a core, 1.7 s of one to start and 150 MB; two cores cannot carry fifty beside what is
 * measured. Ten are enough to show that nothing depends on who writes.
 */
const FULL: LoadOptions = { runs: 50, cli: 10, linesPerSecond: 20, workspaces: 200, streams: 100, minutes: 10 };

const NAMES: Record<string, keyof LoadOptions> = { runs: 'runs', cli: 'cli', lines: 'linesPerSecond', workspaces: 'workspaces', streams: 'streams', minutes: 'minutes' };

/** Reads `--minutes 1 --runs 5 …`; what is not given is as in the whole load, where that fits together. Throws in words. */
export function readLoadOptions(args: readonly string[]): LoadOptions {
  const given: Partial<LoadOptions> = {};
  for (let at = 0; at < args.length; at += 2) {
    const name = NAMES[(args[at] ?? '').replace(/^--/, '')];
    const value = Number(args[at + 1]);
    if (!name || !args[at]?.startsWith('--') || !Number.isFinite(value) || value < 0) throw new Error(`"${args.slice(at, at + 2).join(' ')}" is not understood. There are: ${Object.keys(NAMES).map((word) => `--${word} N`).join(', ')}.`);
    given[name] = value;
  }
  const runs = given.runs ?? FULL.runs;
  const options = { ...FULL, cli: Math.round((runs * FULL.cli) / FULL.runs), workspaces: given.runs === undefined ? FULL.workspaces : runs * 2, streams: given.runs === undefined ? FULL.streams : runs * 2, ...given, runs };
  if (options.cli > runs) throw new Error('There cannot be more runs of the CLI than runs.');
  return { ...options, workspaces: Math.max(options.workspaces, runs) };
}

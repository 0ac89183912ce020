import { readNumbers } from '../../scripts/setup/number-options.mjs';

/**
 * What `npm run load` puts on the product: live runs, and how many of them the real CLI carries out (the others are a program that writes lines); tabs of
 * browsers, each with one stream.
 * @typedef {{ runs: number, cli: number, linesPerSecond: number, workspaces: number, streams: number, minutes: number }} LoadOptions
 */

/**
 * One CLI at 20 lines a second takes 4.6 % of a core, 1.7 s of one to start and 150 MB; two cores cannot carry fifty beside what is
 * measured. Ten are enough to show that nothing depends on who writes.
 */
const FULL = { runs: 50, cli: 10, linesPerSecond: 20, workspaces: 200, streams: 100, minutes: 10 };

/**
 * Reads `--minutes 1 --runs 5 …`; what is not given is as in the whole load, where that fits together. Throws a sentence.
 * @param {readonly string[]} args
 * @returns {LoadOptions}
 */
export function readLoadOptions(args) {
  const { lines: linesPerSecond = FULL.linesPerSecond, ...given } = readNumbers(args, ['runs', 'cli', 'lines', 'workspaces', 'streams', 'minutes']);
  const runs = given.runs ?? FULL.runs;
  const twice = given.runs === undefined ? FULL : { workspaces: runs * 2, streams: runs * 2 };
  const options = { ...FULL, cli: Math.round((runs * FULL.cli) / FULL.runs), workspaces: twice.workspaces, streams: twice.streams, ...given, runs, linesPerSecond };
  if (options.cli > runs) throw new Error('There cannot be more runs of the CLI than runs.');
  return { ...options, workspaces: Math.max(options.workspaces, runs) };
}

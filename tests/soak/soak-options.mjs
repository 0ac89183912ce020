import { readNumbers } from '../../scripts/setup/number-options.mjs';

/**
 * How long `npm run soak` goes on, how many people are at work and how many tabs each has open; what they do follows from the seed.
 * @typedef {{ minutes: number, people: number, tabs: number, seed: number }} SoakOptions
 */

/**
 * Reads `--minutes 10 --people 3 …`. Throws a sentence.
 * @param {readonly string[]} args
 * @returns {SoakOptions}
 */
export function readSoakOptions(args) {
  const given = readNumbers(args, ['minutes', 'people', 'tabs', 'seed']);
  for (const [name, value] of Object.entries(given)) if (value === 0) throw new Error(`--${name} is a number above 0.`);
  return { minutes: 120, people: 3, tabs: 3, seed: 1 + Math.floor(Math.random() * 2 ** 31), ...given };
}

import { parseArgs } from 'node:util';

export interface SoakOptions {
  minutes: number;
  people: number;
  /** Tabs of each person. */
  tabs: number;
  seed: number;
}

/** What `npm run soak -- …` was given: `--minutes`, `--people`, `--tabs`, `--seed`. Throws a sentence about what is wrong with it. */
export function readSoakOptions(argv: string[]): SoakOptions {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ args: argv, options: { minutes: text, people: text, tabs: text, seed: text } });
  const number = (name: keyof typeof values, usual: number): number => {
    const given = values[name] === undefined ? usual : Number(values[name]);
    if (!Number.isFinite(given) || given <= 0) throw new Error(`--${name} is a number above 0, not ${values[name]}.`);
    return given;
  };
  return { minutes: number('minutes', 120), people: number('people', 3), tabs: number('tabs', 3), seed: number('seed', 1 + Math.floor(Math.random() * 2 ** 31)) };
}

import { randomNumbers } from '@/tests/faults/generator/random-numbers.mjs';

/** Chance that is the same each time for the same seed. */
export interface Chance {
  oneOf<T>(list: readonly T[]): T;
  /** The list in an order of chance. */
  shuffled<T>(list: readonly T[]): T[];
}

export function chanceFrom(seed: number): Chance {
  const next = randomNumbers(seed);
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    oneOf: (list) => list[below(list.length)] as (typeof list)[number],
    shuffled(list) {
      const rest = [...list];
      return list.map(() => rest.splice(below(rest.length), 1)[0] as (typeof list)[number]);
    },
  };
}

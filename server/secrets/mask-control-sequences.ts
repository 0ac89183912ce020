import type { Masker } from '@/server/secrets/mask';

/** What a terminal takes for a command and does not show: ESC [ parameters, letter. At the end of the data it may be unfinished. */
const sequence = /\x1b\[[0-?]{0,64}[ -/]{0,4}[@-~]?/g;
const ESC = 0x1b;

/**
 * The same masker, but what it would change within a control sequence stays as it is: a value such as `200;200` would be found in
 * colours, and a star in a sequence shows as rubbish. Who reads the screen sees nothing of what stands there.
 */
export function leavingControlSequences(masker: Masker): Masker {
  return {
    ...masker,
    mask(window, from, final) {
      const result = masker.mask(window, from, final);
      if (!window.includes(ESC)) return result;
      for (const { index, 0: found } of window.toString('latin1').matchAll(sequence)) {
        const begin = Math.max(index, from);
        const end = Math.min(index + found.length, result.settled);
        if (begin < end) window.copy(result.masked, begin - from, begin, end);
      }
      return result;
    },
  };
}

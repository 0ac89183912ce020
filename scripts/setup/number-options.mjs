/**
 * Reads `--minutes 10 --runs=5 …`: options that are numbers from 0 on. Throws a sentence about what is not understood, with the options that there are.
 * @template {string} Name
 * @param {readonly string[]} args
 * @param {readonly Name[]} names
 * @returns {Partial<Record<Name, number>>}
 */
export function readNumbers(args, names) {
  const words = args.flatMap((word) => (/^--\w+=/.test(word) ? [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)] : [word]));
  /** @type {Partial<Record<Name, number>>} */
  const given = {};
  for (let at = 0; at < words.length; at += 2) {
    const [option, text] = [words[at] ?? '', words[at + 1] ?? ''];
    const name = names.find((one) => option === `--${one}`);
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (name === undefined || !Number.isFinite(value) || value < 0) throw new Error(`"${`${option} ${text}`.trim()}" is not understood. There are: ${names.map((one) => `--${one} N`).join(', ')}.`);
    given[name] = value;
  }
  return given;
}

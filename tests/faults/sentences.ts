/** What people must never read: the insides of a program instead of a sentence. */
const insides = /\bundefined\b|\[object|\bnull\b|\{"|\b(?:Type|Syntax|Range|Reference|Zod|Postgres)Error\b|\bat \S+\.[mc]?[jt]s\b|\binternal\b|Something unexpected|\bE(?:CONN|PIPE|NO|PERM|ACC)[A-Z]+\b|HPE_/i;

/** Whether a person can make something of it: whole sentences, from a capital letter to a full stop, without the insides of a program. */
export function isSentence(text: string): boolean {
  return /^[A-Z][^]*[.)]$/.test(text.trim()) && !insides.test(text);
}

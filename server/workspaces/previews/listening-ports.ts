import type { ListeningPort } from '@/contract/preview';
import { previewPortSchema } from '@/contract/preview';
import { maskTokens } from '@/server/secrets/masked-text';

const MOST_PORTS = 128;
const MOST_OF_A_NAME = 80;

/** What `anyon-run ports` has printed, as far as it is in its form: the container may print anything. */
export function parseListening(output: Buffer): ListeningPort[] {
  const found = new Map<number, ListeningPort>();
  for (const line of output.toString('latin1').split('\n')) {
    const [, digits = '', name = ''] = /^([1-9]\d{0,4})\t([\x20-\x7e]*)$/.exec(line) ?? [];
    const port = previewPortSchema.safeParse(Number(digits));
    if (!port.success || found.size >= MOST_PORTS || found.has(port.data)) continue;
    found.set(port.data, { port: port.data, program: name === '' ? null : maskTokens(name.slice(0, MOST_OF_A_NAME)) });
  }
  return [...found.values()].sort((one, other) => one.port - other.port);
}

import { describe, expect, it } from 'vitest';
import { whyBroken, type Ending } from '@/server/workspaces/batches/breaker';

const good: Ending = { ok: true, errorClass: null, reason: null };
const failed = (errorClass: Ending['errorClass'], reason = 'Refused.'): Ending => ({ ok: false, errorClass, reason });

describe('the breaker of a batch', () => {
  it.each<[string, Ending[]]>([
    ['nothing has ended', []],
    ['two refused sign-ins', [failed('authentication'), failed('authentication')]],
    ['a success between refused sign-ins', [failed('authentication'), failed('authentication'), good, failed('authentication')]],
    ['another failure between them', [failed('authentication'), failed('authentication'), failed('other'), failed('authentication')]],
    ['a success after them', [good, failed('authentication'), failed('authentication'), failed('authentication')]],
    ['four failures of the engine', Array.from({ length: 4 }, () => failed('engine'))],
    ['many failures that have nothing to do with each other', Array.from({ length: 10 }, () => failed('other'))],
  ])('stays shut after %s', (_name, endings) => {
    expect(whyBroken(endings)).toBeNull();
  });

  it('opens after three refused sign-ins in a row and quotes the last', () => {
    const endings = [failed('authentication', 'The token was revoked.'), failed('authentication'), failed('authentication'), good];
    expect(whyBroken(endings)).toBe('Broken off after 3 failures in a row for the same reason: signing in was refused. The last said: The token was revoked.');
  });

  it('opens after five failures of the engine in a row', () => {
    expect(whyBroken(Array.from({ length: 5 }, () => failed('engine')))).toMatch(/5 failures in a row.*container engine/);
  });
});

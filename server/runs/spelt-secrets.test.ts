import { describe, expect, it } from 'vitest';
import { withoutSpeltSecrets } from '@/server/runs/spelt-secrets';
import { createMasker } from '@/server/secrets/mask';

const secret = 'correct-horse-battery';
const masker = createMasker([secret]);
/** As the collector masks a line: byte by byte, before anybody parses it. */
const asStored = (line: string) => masker.maskText(line);

describe('a stored line that a browser will parse', () => {
  it('hides a secret that is spelt by escapes, in values and in names', () => {
    const spelt = [...secret].map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
    const line = asStored(`{"type":"user","said":"it is ${spelt}!","${spelt}":[{"deep":"${spelt}"}]}`);
    expect(JSON.stringify(JSON.parse(line))).toContain(secret); // what parsing alone would show
    const shown = JSON.parse(withoutSpeltSecrets(line, masker) ?? '') as Record<string, unknown>;
    const hidden = '*'.repeat(secret.length);
    expect(shown).toEqual({ type: 'user', said: `it is ${hidden}!`, [hidden]: [{ deep: hidden }] });
  });

  it('is what it was when nothing in it is spelt so, to the byte, also with such escapes in it', () => {
    const coloured = asStored('{"type":"user", "2":1, "1":2, "n":12345678901234567890, "said":"\\u001b[31mred\\u001b[0m a\\/b"}');
    expect(withoutSpeltSecrets(coloured, masker)).toBe(coloured);
    const line = asStored('{"type":"user","said":"plain \\n words"}');
    expect(withoutSpeltSecrets(line, masker)).toBe(line);
    const text = asStored('C:\\users\\me is no JSON');
    expect(withoutSpeltSecrets(text, masker)).toBe(text);
    expect(withoutSpeltSecrets(null, masker)).toBeNull();
  });
});

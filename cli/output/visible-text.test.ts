import { describe, expect, it } from 'vitest';
import { visibleLine, visibleText } from '@/cli/output/visible-text';

describe('text of a container on a terminal', () => {
  it('N13 cannot act: every control character is a picture', () => {
    expect(visibleText('\x1b]0;title\x07 \x1b[2Jgone\x7f \x9b31m a\u202eb')).toBe('␛]0;title␇ ␛[2Jgone␡ �31m a�b');
    for (let code = 0; code < 0xa0; code++) if (code !== 9 && code !== 10 && (code < 0x20 || code > 0x7e)) expect(visibleText(`a${String.fromCharCode(code)}b`)).not.toContain(String.fromCharCode(code));
  });

  it('keeps lines, tabs and every language', () => {
    expect(visibleText('a\tb\r\nc\nd é 漢字 🙂')).toBe('a\tb\nc\nd é 漢字 🙂');
    expect(visibleLine(' two\nlines\t\tand tabs ')).toBe('two lines and tabs');
  });
});

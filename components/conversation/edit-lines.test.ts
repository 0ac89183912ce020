import { describe, expect, it } from 'vitest';
import { countEdits, editLines } from '@/components/conversation/edit-lines';

const shown = (tool: string, input: unknown) => editLines(tool, input)?.map(({ kind, text }) => ({ insert: '+', delete: '-', same: ' ', gap: '~' })[kind] + text);

describe('what an edit changes', () => {
  it('is the lines that differ, with two around them', () => {
    expect(shown('Edit', { old_string: 'a\nb\nc\nold\nd\ne\nf\n', new_string: 'a\nb\nc\nnew\nmore\nd\ne\nf\n' })).toEqual([' b', ' c', '-old', '+new', '+more', ' d', ' e']);
    expect(shown('Edit', { old_string: '', new_string: 'x' })).toEqual(['+x']);
    expect(shown('Edit', { old_string: 'x\nx', new_string: 'x' })).toEqual([' x', '-x']);
  });

  it('is a whole file where one is written, and every part where there are several', () => {
    expect(shown('Write', { content: 'one\ntwo\n' })).toEqual(['+one', '+two']);
    expect(shown('MultiEdit', { edits: [{ old_string: 'a', new_string: 'b' }, { old_string: 'c' }] })).toEqual(['-a', '+b', '~', '-c']);
    expect(countEdits(editLines('Edit', { old_string: 'a', new_string: 'b\nc' }) ?? [])).toEqual({ additions: 2, deletions: 1 });
  });

  it('is nothing for other tools and for inputs that are not what is expected', () => {
    for (const input of [null, 'text', {}, { new_string: 3 }, []]) expect(editLines('Edit', input)).toBeNull();
    expect(shown('MultiEdit', { edits: 'no' })).toEqual([]);
    expect(editLines('Bash', { content: 'x' })).toBeNull();
  });
});

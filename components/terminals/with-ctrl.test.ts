import { describe, expect, it } from 'vitest';
import { withCtrl } from '@/components/terminals/with-ctrl';

describe('Ctrl of the row of keys', () => {
  it('makes of letters and signs what a keyboard makes of them, and leaves everything else', () => {
    expect(['c', 'C', 'd', '[', '@', '?'].map(withCtrl)).toEqual(['\x03', '\x03', '\x04', '\x1b', '\x00', '\x7f']);
    expect(['1', 'é', 'ab', '\x1b[A', ''].map(withCtrl)).toEqual(['1', 'é', 'ab', '\x1b[A', '']);
  });
});

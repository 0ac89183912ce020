import { describe, expect, it } from 'vitest';
import { closed, pressKey } from '@/components/ui/combobox-keys';

const open = (active: number) => ({ open: true, active });

describe('the keys of a combobox', () => {
  it('open it at the near end, and walk around its ends', () => {
    expect(pressKey('ArrowDown', closed, 3)).toEqual({ state: open(0) });
    expect(pressKey('ArrowUp', closed, 3)).toEqual({ state: open(2) });
    expect(pressKey('ArrowDown', open(2), 3)).toEqual({ state: open(0) });
    expect(pressKey('ArrowUp', open(0), 3)).toEqual({ state: open(2) });
    expect(pressKey('ArrowUp', open(-1), 3)).toEqual({ state: open(2) });
    expect(pressKey('ArrowDown', open(0), 0)).toEqual({ state: open(-1) });
  });

  it('take the active option with Enter, and leave Enter to the form where none is', () => {
    expect(pressKey('Enter', open(1), 3)).toEqual({ state: closed, takes: 1 });
    expect(pressKey('Enter', open(-1), 3)).toBeNull();
    expect(pressKey('Enter', open(5), 3)).toBeNull();
    expect(pressKey('Enter', closed, 3)).toBeNull();
  });

  it('close it with Escape, which closes what is behind it only when it is closed', () => {
    expect(pressKey('Escape', open(1), 3)).toEqual({ state: closed });
    expect(pressKey('Escape', closed, 3)).toBeNull();
    expect(pressKey('a', open(1), 3)).toBeNull();
  });
});

import { expect, it } from 'vitest';
import { runLogDir, workspaceDir, workspaceExchangeDir } from '@/server/deployment/paths';

it('keeps everything of a workspace below its own folder', () => {
  expect(workspaceExchangeDir('0198-abc')).toBe(`${workspaceDir('0198-abc')}/exchange`);
});

it.each(['', '.', '..', '../keys', 'a/b', 'a\0', '-rf', 'x'.repeat(65)])('refuses %j as an id', (id) => {
  expect(() => workspaceDir(id)).toThrow('is no id');
  expect(() => runLogDir(id)).toThrow('is no id');
});

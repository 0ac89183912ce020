import { expect, it } from 'vitest';
import { parseListening } from '@/server/workspaces/previews/listening-ports';

const parse = (text: string | Buffer) => parseListening(Buffer.from(text as string));

it('reads ports with their programs', () => {
  expect(parse('8080\tpython3 app.py\n5173\tnode vite\n9229\t\n')).toEqual([
    { port: 5173, program: 'node vite' },
    { port: 8080, program: 'python3 app.py' },
    { port: 9229, program: null },
  ]);
  expect(parse('')).toEqual([]);
});

it('takes nothing that is in another form', () => {
  for (const line of ['0\tx', '65536\tx', '080\tx', '-1\tx', '80', '80 x', ' 80\tx', '80\ta\u0007b', '80\tä', '80\tx\r', '99999999\tx', '<script>\tx']) expect(parse(`${line}\n`), JSON.stringify(line)).toEqual([]);
  expect(parse('80\tfirst\n80\tsecond\n')).toEqual([{ port: 80, program: 'first' }]);
});

it('bounds what a container can make of it, and masks tokens in names', () => {
  const many = parse(Array.from({ length: 1_000 }, (_, index) => `${index + 1}\tx\n`).join(''));
  expect(many).toHaveLength(128);
  expect(parse(`80\t${'a'.repeat(1_000)}\n`)[0]?.program).toHaveLength(80);
  expect(parse(`80\tghp_${'a'.repeat(36)}\n`)[0]?.program).toMatch(/^\*+$/);
});

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import os from 'node:os';
import { expect, it } from 'vitest';
import { root } from '@/tests/house/house';

const script = `
  import { execFileSync } from 'node:child_process';
  import { readFileSync } from 'node:fs';
  import { goBeforeWorkspaces } from '@/server/parent/priority';
  goBeforeWorkspaces();
  process.stdout.write(execFileSync(process.execPath, ['-p', "os.getPriority() + ' ' + (fs.existsSync('/proc/self/autogroup') ? fs.readFileSync('/proc/self/autogroup', 'utf8').trim() : '')"]));
`;

it('what the parent starts goes before what runs in workspaces, where it may', async () => {
  // A session of its own, as the parent has: that of the tests keeps its priority.
  const { stdout } = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script], { cwd: root, detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
  let answer = '';
  for await (const piece of stdout) answer += String(piece);
  const [own, ...session] = answer.trim().split(' ');
  const mayGoAhead = process.getuid?.() === 0;
  expect(Number(own)).toBe(mayGoAhead ? -2 : os.getPriority());
  if (mayGoAhead && existsSync('/proc/self/autogroup')) expect(session.at(-1)).toBe('-2');
});

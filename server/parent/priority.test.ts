import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import os from 'node:os';
import { expect, it } from 'vitest';
import { root } from '@/tests/house/house';

/** In a session of its own, as the parent has: that of the tests keeps its priority. Resolves with what the script prints. */
async function inItsSession(script: string): Promise<string> {
  const { stdout } = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', `import { goBeforeWorkspaces } from '@/server/parent/priority';\n${script}`], { cwd: root, detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  for await (const piece of stdout) printed += String(piece);
  return printed.trim();
}

it('what the parent starts goes before what runs in workspaces, where it may', async () => {
  const answer = await inItsSession(`
    import { execFileSync } from 'node:child_process';
    goBeforeWorkspaces();
    process.stdout.write(execFileSync(process.execPath, ['-p', "os.getPriority() + ' ' + (fs.existsSync('/proc/self/autogroup') ? fs.readFileSync('/proc/self/autogroup', 'utf8').trim() : '')"]));
  `);
  const [own, ...session] = answer.split(' ');
  const mayGoAhead = process.getuid?.() === 0;
  expect(Number(own)).toBe(mayGoAhead ? -2 : os.getPriority());
  if (mayGoAhead && existsSync('/proc/self/autogroup')) expect(session.at(-1)).toBe('-2');
});

it.each(['EACCES', 'EINVAL'])('where the system says %s, all stays as it is', async (code) => {
  const answer = await inItsSession(`
    import os from 'node:os';
    import { syncBuiltinESMExports } from 'node:module';
    os.setPriority = () => { throw Object.assign(new Error('uv_os_setpriority'), { code: 'ERR_SYSTEM_ERROR', syscall: 'uv_os_setpriority', info: { code: '${code}' } }); };
    syncBuiltinESMExports();
    goBeforeWorkspaces();
    process.stdout.write('goes on');
  `);
  expect(answer).toBe('goes on');
});

import { expect, it } from 'vitest';
import { failed, inOrder, warning } from '@/server/system/check';
import { judgePorts } from '@/server/system/check-ports';
import { printChecks } from '@/server/system/print-checks';

const good = inOrder('Disk', '50 GiB free');

it('E2 says of each check how it is, with the fix below what is not in order, and how many there are', () => {
  expect(printChecks([good, warning('Memory', 'Little.', 'Get more.'), failed('Docker', 'Away.', 'Start it.')])).toBe(
    ['✓ Disk    50 GiB free', '! Memory  Little.', '          → Get more.', '✗ Docker  Away.', '          → Start it.', '', '1 to put right, 1 to look at.', ''].join('\n'),
  );
  expect(printChecks([good, warning('Memory', 'Little.', 'Get more.')])).toContain('\n\nNothing to put right, 1 to look at.\n');
  expect(printChecks([good])).toContain('\n\nAll is in order.\n');
});

it('E2 names the ports that are taken by their variables', () => {
  const [web, egress] = [{ host: 'localhost', port: 3000, variable: 'ANYON_PORT' }, { host: 'localhost', port: 9001, variable: 'ANYON_EGRESS_PORT' }];
  expect(judgePorts([web, egress], [])).toEqual([inOrder('Ports', '3000, 9001 are free.')]);
  expect(judgePorts([web, egress], [{ ...web, holder: { pid: 7, program: 'nginx' } }, { ...egress, holder: null }])).toEqual([
    failed('Port 3000', 'Port 3000 is taken by nginx (process 7).', 'Stop that program, or choose another port:  ANYON_PORT=3001 npm run up'),
    failed('Port 9001', 'Port 9001 is taken.', 'Stop that program, or choose another port:  ANYON_EGRESS_PORT=9002 npm run up'),
  ]);
});

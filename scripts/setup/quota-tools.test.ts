import { expect, it } from 'vitest';
import { missingQuotaPackages } from './quota-tools.mjs';

it.each([
  ['ext4 rw,relatime,prjquota\n', [], ['quota']],
  ['ext4 rw,relatime,prjquota\n', ['setquota'], []],
  ['xfs rw,attr2,prjquota', [], ['quota', 'xfsprogs']],
  ['xfs rw,attr2,prjquota', ['setquota', 'xfs_io'], []],
  ['ext4 rw,relatime', [], []],
  ['btrfs rw,prjquota', [], []],
  ['', [], []],
])('for %j with %j it brings %j', (mount, installed, packages) => {
  expect(missingQuotaPackages(mount, (name: string) => (installed as string[]).includes(name))).toEqual(packages);
});

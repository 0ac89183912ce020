import { expect, it } from 'vitest';
import { mountOf } from '@/server/deployment/mounts';

const mountinfo = `22 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
23 22 0:21 / /proc rw,nosuid - proc proc rw
30 22 8:1 / /data rw,noatime shared:1 master:2 - ext4 /dev/sda1 rw,prjquota
31 30 8:2 / /data/with\\040space rw - xfs /dev/mapper/a rw,attr2,prjquota
32 22 8:3 / /data rw - btrfs /dev/sdb rw
not a line
`;

it.each([
  ['/', 'ext4', '/'],
  ['/database', 'ext4', '/'],
  ['/proc/1', 'proc', '/proc'],
  ['/data/with space/x', 'xfs', '/data/with space'],
  ['/data/x', 'btrfs', '/data'],
])('%s lies on %s at %s', (path, type, mountPoint) => {
  expect(mountOf(mountinfo, path)).toMatchObject({ type, mountPoint });
});

it('gives the options of both', () => {
  expect(mountOf(mountinfo, '/data/with space')?.options).toEqual(['rw', 'rw', 'attr2', 'prjquota']);
});

it('says nothing where the kernel does not', () => {
  expect(mountOf('', '/data')).toBeNull();
});

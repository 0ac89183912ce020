import { describe, expect, it } from 'vitest';
import { judgePlace, missingDisk, type SeenPlace } from '@/server/system/start/judge-place';

const place: SeenPlace = { path: '/srv/anyon', nearest: '/srv/anyon', owner: { uid: 1000, name: 'user 1000' }, blockedBy: null, refusal: null, missingDisk: null };
const root = { uid: 0, name: 'root' };
const plain = { uid: 1000, name: 'anna' };
const data = { variable: 'ANYON_DATA_DIR' } as const;

describe('E2 a directory of Anyon', () => {
  it.each<[string, Partial<SeenPlace>, { uid: number; name: string }]>([
    ['is ours', {}, plain],
    ['is somebody else’s and we are root', {}, root],
    ['can be made', { nearest: '/srv' }, plain],
    ['can be made below what is another’s', { nearest: '/srv', owner: root }, plain],
  ])('is taken when it %s', (_name, change, asker) => {
    expect(judgePlace({ ...place, ...change }, data, asker)).toBeNull();
  });

  it('may be another’s where others lie as well, if it can be written', () => {
    expect(judgePlace({ ...place, owner: root }, { variable: 'ANYON_LOG_FILE', shared: true }, plain)).toBeNull();
    expect(judgePlace({ ...place, owner: root, refusal: 'EACCES' }, { variable: 'ANYON_LOG_FILE', shared: true }, plain)?.detail).toBe('/srv/anyon belongs to root, and Anyon runs as anna.');
  });

  it.each<[string, Partial<SeenPlace>, { uid: number; name: string }, RegExp, RegExp]>([
    ['its disk is missing', { nearest: '/srv', missingDisk: '/srv' }, root, /^The disk for \/srv is not mounted/, /sudo mount \/srv`, or name another with ANYON_DATA_DIR/],
    ['a file is in the way', { nearest: '/', blockedBy: '/srv' }, root, /\/srv is not a directory/, /Move it away/],
    ['the file system is read-only', { refusal: 'EROFS' }, root, /read-only/, /Mount it for writing/],
    ['it belongs to root and we do not', { owner: root }, plain, /belongs to root, and Anyon runs as anna/, /sudo chown -R 1000 \/srv\/anyon/],
    ['it is ours and closed', { refusal: 'EACCES' }, plain, /cannot be written by anna \(EACCES\)/, /chmod u\+rwx/],
    ['what is above it is not ours', { nearest: '/srv', owner: root, refusal: 'EACCES' }, plain, /cannot be made: \/srv belongs to root/, /sudo install -d -o 1000 -m 700 \/srv\/anyon/],
  ])('is refused with a fix when %s', (_name, change, asker, detail, fix) => {
    const check = judgePlace({ ...place, ...change }, data, asker);
    expect(check?.severity).toBe('failed');
    expect(check?.detail).toMatch(detail);
    expect(check?.fix).toMatch(fix);
  });
});

describe('E2 a disk of /etc/fstab', () => {
  const fstab = ['# a comment /mnt/none', 'UUID=1 / ext4 defaults 0 1', '/dev/sdb1  /mnt/data  ext4  defaults,noauto 0 2', 'tmpfs /mnt/my\\040disk tmpfs defaults', 'UUID=2 none swap sw', ''].join('\n');

  it('is missing when something is to lie below its mount point and nothing is mounted there', () => {
    expect(missingDisk('/mnt/data/anyon', fstab, new Set(['/']))).toBe('/mnt/data');
    expect(missingDisk('/mnt/my disk/anyon', fstab, new Set(['/']))).toBe('/mnt/my disk');
  });

  it('is not when it is mounted, or for something else', () => {
    expect(missingDisk('/mnt/data/anyon', fstab, new Set(['/', '/mnt/data']))).toBeNull();
    for (const elsewhere of ['/mnt/database', '/var/lib/anyon', '/mnt/none/x']) expect(missingDisk(elsewhere, fstab, new Set(['/']))).toBeNull();
  });
});

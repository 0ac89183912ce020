import { describe, expect, it } from 'vitest';
import { parseEnv, readEnv } from '@/server/env';

describe('E2 places', () => {
  it('lie below the data directory unless a variable of their own moves them', () => {
    expect(parseEnv({ ANYON_DATA_DIR: '/srv/anyon' })).toMatchObject({ dataDir: '/srv/anyon', workspacesDir: '/srv/anyon/workspaces', assetDir: '/srv/anyon', tempDir: '/tmp/anyon' });
    const moved = { ANYON_DATA_DIR: '/srv/anyon', ANYON_WORKTREE_DIR: '/fast/worktrees/', ANYON_ASSET_DIR: '/large/assets', ANYON_TEMP_DIR: '/dev/shm/anyon' };
    expect(parseEnv(moved)).toMatchObject({ dataDir: '/srv/anyon', workspacesDir: '/fast/worktrees', assetDir: '/large/assets', tempDir: '/dev/shm/anyon' });
  });

  it('lie below the base directory in `cloud`, wherever that is', () => {
    const cloud = { ANYON_DEPLOYMENT_MODE: 'cloud' };
    expect(parseEnv(cloud)).toMatchObject({ dataDir: '/var/opt/anyon/data', workspacesDir: '/var/opt/anyon/data/workspaces', assetDir: '/var/opt/anyon/data', tempDir: '/var/opt/anyon/tmp' });
    expect(parseEnv({ ...cloud, ANYON_CLOUD_BASE_DIR: '/mnt/anyon', ANYON_WORKTREE_DIR: '/fast' })).toMatchObject({ dataDir: '/mnt/anyon/data', workspacesDir: '/fast' });
  });

  it.each([
    ['the data directory itself', { ANYON_WORKTREE_DIR: '/srv/anyon' }],
    ['a folder above it', { ANYON_WORKTREE_DIR: '/srv' }],
    ['everything', { ANYON_WORKTREE_DIR: '/' }],
    ['the keys', { ANYON_WORKTREE_DIR: '/srv/anyon/keys' }],
    ['a folder of the database', { ANYON_WORKTREE_DIR: '/srv/anyon/postgres/more' }],
    ['logs of runs that lie elsewhere', { ANYON_ASSET_DIR: '/large', ANYON_WORKTREE_DIR: '/large/runs' }],
    ['the place of logs of runs', { ANYON_ASSET_DIR: '/large', ANYON_WORKTREE_DIR: '/large' }],
    ['the place of secrets', { ANYON_WORKTREE_DIR: '/tmp/anyon' }],
    ['the secrets', { ANYON_WORKTREE_DIR: '/tmp/anyon/cloud-secrets/files' }],
  ])('of workspaces, which containers see, may not be %s', (_name, settings) => {
    expect(readEnv({ ANYON_DATA_DIR: '/srv/anyon', ...settings }).wrong).toEqual([{ variable: 'ANYON_WORKTREE_DIR', message: expect.stringMatching(/^must be a folder for the files of workspaces alone, and /) }]);
  });

  it.each(['/srv/anyon/workspaces', '/srv/anyon/trees', '/srv/anyon-workspaces', '/elsewhere'])('of workspaces may be %s', (folder) => {
    expect(readEnv({ ANYON_DATA_DIR: '/srv/anyon', ANYON_WORKTREE_DIR: folder }).wrong).toEqual([]);
  });
});

describe('E2 a wrong setting', () => {
  it('is known with every other, and the rest keeps its meaning', () => {
    const { env, wrong } = readEnv({ ANYON_PORT: 'http', ANYON_DATA_DIR: 'relative', ANYON_DISK_QUOTA: 'maybe', DATABASE_URL: 'mysql://x', ANYON_DATABASE_FILE: '/x.db', ANYON_WORKERS: '4' });
    expect(wrong.map(({ variable, message }) => `${variable} ${message}`).sort()).toEqual([
      'ANYON_DATA_DIR must be an absolute path: it begins with /',
      'DATABASE_URL must be the address of a Postgres server: postgres://user:password@host:5432/database',
      'ANYON_DATABASE_FILE means nothing here, because Anyon keeps its rows in Postgres: the embedded one lies below ANYON_DATA_DIR, one of your own is named by DATABASE_URL',
      'ANYON_PORT must be a port from 1 to 65535',
      'ANYON_DISK_QUOTA must be auto, required or off',
    ].sort());
    expect(env).toMatchObject({ ANYON_PORT: 3000, ANYON_WORKERS: 4, ANYON_DISK_QUOTA: 'auto' });
  });

  it('E1 of `cloud` alone does not keep anybody from going back to `local`', () => {
    const wrongInCloud = { ANYON_CLOUD_BASE_DIR: 'not a path' };
    expect(readEnv({ ...wrongInCloud, ANYON_DEPLOYMENT_MODE: 'cloud' }).wrong).toEqual([{ variable: 'ANYON_CLOUD_BASE_DIR', message: 'must be an absolute path: it begins with /' }]);
    for (const mode of [undefined, '', 'local']) expect(readEnv({ ...wrongInCloud, ANYON_DEPLOYMENT_MODE: mode }).wrong).toEqual([]);
    expect(parseEnv(wrongInCloud).dataDir).toBe(parseEnv({}).dataDir);
  });

  it('E2 gives files to nobody whom it could not give them to, unless somebody says so', () => {
    expect(parseEnv({}).ANYON_DOCKER_USER).toBe(process.getuid?.() || 1000);
    expect(parseEnv({ ANYON_DOCKER_USER: '1234' }).ANYON_DOCKER_USER).toBe(1234);
  });
});

import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig, removeConfig, saveConfig } from '@/cli/config';
import type { Environment } from '@/cli/environment';
import { readEnvironment } from '@/cli/environment';
import { isUnprotected, parseAddress, signedIn } from '@/cli/sign-in';

let directory: string;
let environment: Environment;
beforeEach(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-cli-'));
  environment = readEnvironment({ XDG_CONFIG_HOME: directory });
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const saved = { url: 'https://anyon.example.com', token: 'anyon_saved' };

describe('who the program is', () => {
  it('is what was saved, for this user alone', () => {
    saveConfig(environment.configFile, saved);
    expect(signedIn(environment)).toEqual(saved);
    expect(statSync(environment.configFile).mode & 0o777).toBe(0o600);
    expect(statSync(path.dirname(environment.configFile)).mode & 0o777).toBe(0o700);
  });

  it('is saved with mode 600 also over a file that everybody could read', () => {
    saveConfig(environment.configFile, saved);
    chmodSync(environment.configFile, 0o644);
    saveConfig(environment.configFile, { ...saved, token: 'anyon_next' });
    expect(statSync(environment.configFile).mode & 0o777).toBe(0o600);
    expect(readConfig(environment.configFile)?.token).toBe('anyon_next');
  });

  it('is forgotten by logging out', () => {
    saveConfig(environment.configFile, saved);
    expect(removeConfig(environment.configFile)).toBe(true);
    expect(removeConfig(environment.configFile)).toBe(false);
    expect(() => signedIn(environment)).toThrow('You are not signed in. Sign in with `anyon login`.');
  });

  it('comes from the environment first', () => {
    saveConfig(environment.configFile, saved);
    expect(signedIn({ ...environment, token: 'anyon_other' })).toEqual({ ...saved, token: 'anyon_other' });
    expect(signedIn({ ...environment, url: 'http://localhost:3000/', token: 'anyon_other' })).toEqual({ url: 'http://localhost:3000', token: 'anyon_other' });
    expect(signedIn({ ...environment, url: 'https://anyon.example.com/' })).toEqual(saved);
  });

  it('SEC-01 does not send a saved token to another address', () => {
    saveConfig(environment.configFile, saved);
    expect(() => signedIn({ ...environment, url: 'https://elsewhere.example.com' })).toThrow('there is no token for it');
  });

  it('is told plainly when half of it is missing or broken', () => {
    expect(() => signedIn({ ...environment, token: 'anyon_x' })).toThrow('Set ANYON_URL as well.');
    saveConfig(environment.configFile, saved);
    writeFileSync(environment.configFile, '{"url":');
    expect(() => signedIn(environment)).toThrow('Sign in again with `anyon login`');
  });
});

describe('an address', () => {
  it.each([
    ['anyon.example.com', 'https://anyon.example.com'],
    ['https://anyon.example.com/', 'https://anyon.example.com'],
    ['localhost:3000', 'http://localhost:3000'],
    [' http://10.0.0.5:3000/anyon/ ', 'http://10.0.0.5:3000/anyon'],
  ])('%s is %s', (typed, address) => {
    expect(parseAddress(typed)).toBe(address);
  });

  it.each(['', 'ftp://anyon.example.com', 'https://', 'https://me:secret@anyon.example.com'])('is not %j', (typed) => {
    expect(() => parseAddress(typed)).toThrow('is not the address of an Anyon');
  });

  it('is unprotected over http, but for this machine', () => {
    expect([isUnprotected('http://10.0.0.5:3000'), isUnprotected('http://localhost:3000'), isUnprotected('http://127.0.0.1'), isUnprotected('https://a.example')]).toEqual([true, false, false, false]);
  });
});

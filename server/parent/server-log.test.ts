import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { log } from '@/server/log';
import { logIntoFile, openServerLog, rotateServerLog } from '@/server/parent/server-log';
import { changeEnvironment } from '@/tests/setup/test-environment';

const LARGEST = 65_536;
let directory: string;
let file: string;

beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'anyon-server-log-'));
  file = path.join(directory, 'server.log');
  changeEnvironment({ ANYON_LOG_LEVEL: 'silent', ANYON_LOG_FILE: file, ANYON_LOG_FILE_BYTES: String(LARGEST), ANYON_LOG_FILES: '3' });
});
afterEach(() => {
  changeEnvironment({ ANYON_LOG_FILE: undefined, ANYON_LOG_FILE_BYTES: undefined, ANYON_LOG_FILES: undefined });
  fs.rmSync(directory, { recursive: true, force: true });
});

const write = (bytes: number, word: string) => fs.appendFileSync(file, `${word.repeat(bytes)}\n`);
const names = () => fs.readdirSync(directory).toSorted();
const beginnings = () => names().map((name) => fs.readFileSync(path.join(directory, name), 'utf8')[0] ?? '');

describe('E4 the log file', () => {
  it('has the parent’s own lines, wherever its standard output goes', () => {
    changeEnvironment({ ANYON_LOG_LEVEL: 'error' });
    logIntoFile();
    log().error('a line of the test of the log file');
    expect(JSON.parse(fs.readFileSync(file, 'utf8'))).toMatchObject({ deployment: 'local', pid: process.pid, msg: 'a line of the test of the log file' });
  });

  it('is put aside when it is too large, and no more of them are kept than are asked for', () => {
    write(10, 'a');
    rotateServerLog();
    expect(names()).toEqual(['server.log']);
    for (const word of ['b', 'c', 'd', 'e', 'f']) {
      write(LARGEST, word);
      rotateServerLog();
    }
    expect(names()).toEqual(['server.log', 'server.log.1', 'server.log.2', 'server.log.3']);
    expect(beginnings()).toEqual(['', 'f', 'e', 'd']);
    expect(fs.statSync(`${file}.1`).mode & 0o777).toBe(0o600);
  });

  it('goes on being written by those who hold it open, also when somebody else cuts it (logrotate with copytruncate)', () => {
    const child = openServerLog();
    fs.writeSync(child, `${'a'.repeat(LARGEST)}\n`);
    rotateServerLog();
    fs.writeSync(child, 'after\n');
    expect(fs.readFileSync(file, 'utf8')).toBe('after\n');
    fs.truncateSync(file, 0);
    fs.writeSync(child, 'after that\n');
    expect(fs.readFileSync(file, 'utf8')).toBe('after that\n');
    fs.closeSync(child);
  });

  it('is left to others where ANYON_LOG_FILES is 0', () => {
    changeEnvironment({ ANYON_LOG_FILES: '0' });
    write(LARGEST, 'a');
    rotateServerLog();
    expect(names()).toEqual(['server.log']);
  });

  it.runIf(process.getuid?.() === 0)('makes room on a full disk by what is oldest, and ends nobody', () => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', directory]);
    try {
      for (const word of ['a', 'b', 'c']) {
        write(LARGEST, word);
        rotateServerLog();
      }
      expect(() => write(LARGEST * 2, 'd')).toThrow('ENOSPC');
      rotateServerLog();
      expect(fs.statSync(file).size).toBe(0);
      expect(names()).not.toContain('server.log.partial');
      write(LARGEST, 'e');
      rotateServerLog();
      expect(fs.readFileSync(`${file}.1`, 'utf8')[0]).toBe('e');
    } finally {
      execFileSync('umount', [directory]);
    }
  });
});

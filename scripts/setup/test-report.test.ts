import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readTestReport } from './test-report.mjs';

const directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-report-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function report(content: string) {
  const file = path.join(directory, 'report.json');
  writeFileSync(file, content);
  return readTestReport(file);
}

it('counts tests, and a file that could not be loaded as one failure', () => {
  const testResults = [
    { status: 'passed', assertionResults: [{ status: 'passed' }, { status: 'passed' }] },
    { name: 'a.test.ts', status: 'failed', assertionResults: [{ status: 'failed', fullName: 'a run ends', failureMessages: ['not so\n1\n2\n3\n4\n5\n6\n7'] }] },
    { name: 'b.test.ts', status: 'failed', message: 'cannot load', assertionResults: [] },
  ];
  expect(report(JSON.stringify({ numPassedTests: 2, numFailedTests: 1, testResults }))).toEqual({
    passed: 2,
    failed: 2,
    failures: [
      { name: 'a.test.ts > a run ends', message: 'not so\n1\n2\n3\n4\n5' },
      { name: 'b.test.ts', message: 'cannot load' },
    ],
  });
});

it('takes a broken or missing report for a failure', () => {
  expect(report('{"numPassed')).toEqual({ passed: 0, failed: 1, failures: [] });
  expect(readTestReport(path.join(directory, 'absent.json'))).toEqual({ passed: 0, failed: 1, failures: [] });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readTestReport } from './test-report.mjs';

const directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-report-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function report(content: string): { passed: number; failed: number } {
  const file = path.join(directory, 'report.json');
  writeFileSync(file, content);
  return readTestReport(file);
}

it('counts tests, and a file that could not be loaded as one failure', () => {
  const testResults = [
    { status: 'passed', assertionResults: [{ status: 'passed' }, { status: 'passed' }] },
    { status: 'failed', assertionResults: [{ status: 'failed' }] },
    { status: 'failed', assertionResults: [] },
  ];
  expect(report(JSON.stringify({ numPassedTests: 2, numFailedTests: 1, testResults }))).toEqual({ passed: 2, failed: 2 });
});

it('takes a broken or missing report for a failure', () => {
  expect(report('{"numPassed')).toEqual({ passed: 0, failed: 1 });
  expect(readTestReport(path.join(directory, 'absent.json'))).toEqual({ passed: 0, failed: 1 });
});

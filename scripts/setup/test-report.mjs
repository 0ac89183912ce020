import fs from 'node:fs';

/**
 * Counts of one Vitest JSON report. A file that could not even be loaded has no failed test in it, but failed; a report that
 * is missing or broken means that the run itself broke.
 * @returns {{passed: number, failed: number}}
 */
export function readTestReport(file) {
  let report;
  try {
    report = JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    if (error.code !== 'ENOENT' && !(error instanceof SyntaxError)) throw error;
    return { passed: 0, failed: 1 };
  }
  const brokenFiles = report.testResults.filter((result) => result.status === 'failed' && !result.assertionResults.some((test) => test.status === 'failed')).length;
  return { passed: report.numPassedTests, failed: report.numFailedTests + brokenFiles };
}

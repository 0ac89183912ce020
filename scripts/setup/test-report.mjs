import fs from 'node:fs';

/** As much of a failure's message as its list at the end shows. */
const MESSAGE_LINES = 6;

/**
 * What one Vitest JSON report says. A file that could not even be loaded has no failed test in it, but failed; a report that
 * is missing or broken means that the run itself broke.
 * @returns {{passed: number, failed: number, failures: {name: string, message: string}[]}} `failures` is empty for a broken report
 */
export function readTestReport(file) {
  let report;
  try {
    report = JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    if (error.code !== 'ENOENT' && !(error instanceof SyntaxError)) throw error;
    return { passed: 0, failed: 1, failures: [] };
  }
  const failures = report.testResults.filter(({ status }) => status === 'failed').flatMap(failuresOf);
  return { passed: report.numPassedTests, failed: failures.length, failures };
}

function failuresOf({ name, message, assertionResults }) {
  const tests = assertionResults.filter(({ status }) => status === 'failed');
  if (tests.length === 0) return [{ name, message: firstLines(message) }];
  return tests.map((test) => ({ name: `${name} > ${test.fullName}`, message: firstLines(test.failureMessages.join('\n')) }));
}

function firstLines(text = '') {
  return text.trim().split('\n').slice(0, MESSAGE_LINES).join('\n');
}

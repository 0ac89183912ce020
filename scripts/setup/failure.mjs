/** A problem that a person can fix: one sentence about what is wrong and one about what to do. Printed without a stack. */
export class SetupFailure extends Error {
  /** @param {string} message @param {string} [fix] @param {string} [detail] a few lines of the failing command's own words */
  constructor(message, fix = '', detail = '') {
    super(message);
    this.name = 'SetupFailure';
    this.fix = fix;
    this.detail = detail;
  }
}

/** Prints what went wrong the way a person wants to read it. Anything but a SetupFailure is a defect and keeps its stack. */
export function printFailure(error) {
  if (!(error instanceof SetupFailure)) {
    process.stderr.write(`\n✗ ${error?.stack ?? String(error)}\n`);
    return;
  }
  process.stderr.write(`\n✗ ${error.message}\n`);
  if (error.detail) process.stderr.write(`${error.detail.trimEnd().replace(/^/gm, '    ')}\n`);
  if (error.fix) process.stderr.write(`  ${error.fix.replace(/\n/g, '\n  ')}\n`);
}

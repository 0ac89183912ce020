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

/** What the system says when the machine, not the program, is at fault. */
const SYSTEM_REASONS = {
  EACCES: ['This user may not use', 'Give it to this user, or run the command as the user that owns it.'],
  EPERM: ['This user may not change', 'Run the command as the user that owns it.'],
  EROFS: ['The file system is read-only at', 'Use a place that can be written.'],
  ENOSPC: ['The disk is full at', 'Free some space and start again.'],
  EDQUOT: ['The disk quota is used up at', 'Free some space and start again.'],
};

/** Turns an error of the file system into a sentence; anything else stays as it is. */
function inWords(error) {
  const reason = SYSTEM_REASONS[error?.code];
  return reason && error.path ? new SetupFailure(`${reason[0]} ${error.path}.`, reason[1]) : error;
}

/** Prints what went wrong the way a person wants to read it. Anything that has no sentence is a defect and keeps its stack. */
export function printFailure(thrown) {
  const error = inWords(thrown);
  if (!(error instanceof SetupFailure)) {
    process.stderr.write(`\n✗ ${error?.stack ?? String(error)}\n`);
    return;
  }
  process.stderr.write(`\n✗ ${error.message}\n`);
  if (error.detail) process.stderr.write(`${error.detail.trimEnd().replace(/^/gm, '    ')}\n`);
  if (error.fix) process.stderr.write(`  ${error.fix.replace(/\n/g, '\n  ')}\n`);
}

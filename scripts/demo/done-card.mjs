/** The end of a run as a person wants to read it. `run` is a RunView, `seconds` from the click to the end. */
export function doneCard(run, seconds) {
  const { usage } = run;
  const added = sum(run.changedFiles, 'additions');
  const removed = sum(run.changedFiles, 'deletions');
  const rows = [
    ['Outcome', run.status + (run.statusReason ? ` – ${run.statusReason}` : '')],
    ['Time', `${seconds.toFixed(1)} s`],
    ['Branch', run.branch],
    ['Files', `${run.changedFiles.length} changed, +${added} −${removed}`],
    ['Tokens', `${usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens} in, ${usage.outputTokens} out`],
    ['Cost', cost(run)],
    ['Log', `${run.outBytes} bytes`],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const line = '─'.repeat(64);
  return [line, ...rows.map(([name, value]) => ` ${name.padEnd(width)}  ${value}`), line, run.resultText ?? ''].join('\n');
}

function cost({ simulated, usage }) {
  if (simulated) return 'nothing (the simulator answered)';
  return usage.costUsd === null ? 'unknown' : `$${usage.costUsd.toFixed(4)}`;
}

function sum(files, key) {
  return files.reduce((total, file) => total + (file[key] ?? 0), 0);
}

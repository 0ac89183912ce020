let output = process.stdout;
const interactive = Boolean(process.stdout.isTTY);
/** On a pipe nothing can be overwritten: a sign of life every so often is enough. */
const QUIET_NEWS_MS = 10_000;

/**
 * Runs one step of the set-up: prints `… title` while it works and `✓ title (1.2 s)` when it is done.
 * `work` receives `news(line)`, which shows the newest line of a long job, and may return a text that replaces the title.
 */
export async function step(title, work) {
  const started = performance.now();
  const shown = newsLine(title, started);
  if (interactive) shown.draw('');
  try {
    const result = await work(shown.news);
    shown.clear();
    const text = typeof result === 'string' ? result : title;
    output.write(`✓ ${text} (${seconds(started)})\n`);
  } catch (error) {
    shown.clear();
    output.write(`✗ ${title} (${seconds(started)})\n`);
    throw error;
  }
}

/** Sends all that is shown here to standard error: for a command whose standard output is its answer. */
export function keepProgressOutOfTheAnswer() {
  output = process.stderr;
}

/** Prints a line that belongs to no step. */
export function say(line) {
  output.write(`${line}\n`);
}

function newsLine(title, started) {
  let lastShown = performance.now();
  const draw = (line) => {
    const text = `… ${title} ${seconds(started)} ${line}`.slice(0, (process.stdout.columns ?? 100) - 1);
    output.write(`\r\u001b[2K${text}`);
  };
  return {
    draw,
    news(line) {
      const clean = line.replace(/\u001b\[[0-9;?]*[A-Za-z]|[\r\n]/g, ' ').trim();
      if (!clean) return;
      if (interactive) return draw(clean);
      if (performance.now() - lastShown < QUIET_NEWS_MS) return;
      lastShown = performance.now();
      output.write(`… ${title}: ${clean.slice(0, 160)} (${seconds(started)})\n`);
    },
    clear() {
      if (interactive) output.write('\r\u001b[2K');
    },
  };
}

function seconds(started) {
  return `${((performance.now() - started) / 1000).toFixed(1)} s`;
}

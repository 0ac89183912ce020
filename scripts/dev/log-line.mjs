const LEVELS = { 10: 'trace', 20: 'debug', 30: 'info', 40: 'WARN', 50: 'ERROR', 60: 'FATAL' };
/** In every line, and of no interest to whoever reads along. */
const DULL = new Set(['level', 'time', 'pid', 'deployment', 'msg', 'err']);

/** A line of the server's log as people read it: time of day, level, message, the rest, and where an error comes from. What is no JSON stays. */
export function logLine(line) {
  const said = parse(line);
  if (!said) return line;
  const time = String(said.time ?? '').slice(11, 19);
  const rest = Object.entries(said).filter(([name]) => !DULL.has(name)).map(([name, value]) => ` ${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`).join('');
  const error = said.err ? `\n    ${String(said.err.stack ?? said.err.message ?? said.err).replaceAll('\n', '\n    ')}` : '';
  return `${time} ${(LEVELS[said.level] ?? String(said.level)).padEnd(5)} ${said.msg ?? ''}${rest}${error}`;
}

function parse(line) {
  if (!line.startsWith('{')) return null;
  try {
    const said = JSON.parse(line);
    return typeof said.level === 'number' ? said : null;
  } catch {
    return null;
  }
}

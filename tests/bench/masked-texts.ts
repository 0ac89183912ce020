/** What runs print, by a name: a log, stream-json, stream-json of coloured output, and a log with a secret on every tenth line. */
export function textsOf(secrets: readonly string[], bytes: number): Record<string, Buffer> {
  const log = (n: number) => `2026-01-02T03:04:${String(n % 60).padStart(2, '0')}.123Z INFO  [worker-${n % 7}] compiled src/modules/feature-${n % 100}/index.ts in ${(n * 31) % 997} ms, ${(n * 2_654_435_761) >>> 0} bytes\n`;
  const json = (n: number) => `${JSON.stringify({ type: 'assistant', n, message: { id: `msg_${n * 31}`, content: [{ type: 'text', text: `Let me look at src/index.ts and run the tests ${(n * 2_654_435_761) >>> 0}` }] } })}\n`;
  const coloured = (n: number) => `${JSON.stringify({ type: 'user', message: { content: [{ type: 'tool_result', content: Array.from({ length: 6 }, (_, line) => `  ${line} \x1b[32mconst\x1b[0m value${n} = "x";`).join('\n') }] } })}\n`;
  const leaking = (n: number) => (n % 10 === 0 ? `export TOKEN=${secrets[n % secrets.length]}\n` : log(n));
  const lines = { 'a log': log, 'stream-json': json, 'stream-json, coloured': coloured, 'a log full of secrets': leaking };
  return Object.fromEntries(Object.entries(lines).map(([name, line]) => [name, fill(line, bytes)]));
}

function fill(line: (n: number) => string, bytes: number): Buffer {
  const text = Buffer.alloc(bytes);
  for (let at = 0, n = 0; at < bytes; n++) at += text.write(line(n), at);
  return text;
}

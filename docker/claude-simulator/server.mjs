#!/usr/bin/env node
// Starts the Claude simulator. HOST (default 127.0.0.1) and PORT (default 9000, 0 = any free one) say where it listens; once it
// does, one line says so. SIGTERM and SIGINT end it at once: it holds nothing worth waiting for.
import { createSimulator } from './http.mjs';

const host = process.env.HOST ?? '127.0.0.1';
const port = Number(process.env.PORT ?? 9000);

const server = createSimulator();
server.on('error', (error) => {
  process.stderr.write(
    error.code === 'EADDRINUSE'
      ? `claude-simulator: port ${port} on ${host} is taken; set PORT to a free one\n`
      : `claude-simulator: cannot listen on ${host}:${port}: ${error.message}\n`,
  );
  process.exit(1);
});
server.listen(port, host, () => {
  process.stdout.write(`claude-simulator: listening on http://${host}:${server.address().port}\n`);
});
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, () => {
    server.close(() => process.exit(0));
    server.closeAllConnections();
  });
}

// A server of Fluentd's forward protocol that prints each record as `time tag: {…}`, one to a line, as Fluentd's own `stdout` does.
import { FluentServer } from '@fluent-org/logger';

const PORT = Number(process.env.PORT ?? 24224);

class PrintingServer extends FluentServer {
  onEntry(tag, time, record) {
    const moment = typeof time === 'number' ? new Date(time * 1_000) : new Date(Number(time.epoch) * 1_000 + Number(time.nano) / 1_000_000);
    process.stdout.write(`${moment.toISOString()} ${tag}: ${JSON.stringify(record)}\n`);
  }
}

const server = new PrintingServer({ listenOptions: { host: '0.0.0.0', port: PORT } });
await server.listen();
process.stdout.write(`collector: listening on port ${PORT}\n`);
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => process.exit(0));

import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import { log } from '@/server/log';
import { meters } from '@/server/meters';

type Result = Parameters<Parameters<SpanExporter['export']>[1]>[0];

/** The exporter's code for "sent". */
const SENT: Result['code'] = 0;

/** Counts what the collector takes, and says in the log when it ceases to and when it does again: once each, whatever it does for how long. */
export class CountingExporter implements SpanExporter {
  readonly #exporter: SpanExporter;
  #failing = false;

  constructor(exporter: SpanExporter) {
    this.#exporter = exporter;
  }

  export(spans: ReadableSpan[], done: (result: Result) => void): void {
    this.#exporter.export(spans, (result) => {
      this.#count(spans.length, result.code === SENT);
      done({ code: SENT }); // it is counted and said; the SDK would say it again, elsewhere
    });
  }

  async shutdown(): Promise<void> {
    await this.#exporter.shutdown();
  }

  async forceFlush(): Promise<void> {
    await this.#exporter.forceFlush?.();
  }

  #count(spans: number, sent: boolean): void {
    meters().spans.inc({ outcome: sent ? 'sent' : 'failed' }, spans);
    if (sent && this.#failing) log().info('traces: the collector takes them again');
    if (!sent && !this.#failing) log().warn('traces: the collector does not take them; they are counted and lost'); // without its answer, which may hold anything
    this.#failing = !sent;
  }
}

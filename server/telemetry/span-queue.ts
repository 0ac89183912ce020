import { BatchSpanProcessor, type ReadableSpan, type SpanExporter } from '@opentelemetry/sdk-trace';
import { meters } from '@/server/meters';

/** So many spans wait for the collector at most; further ones are dropped. */
const MOST_WAITING = 2_048;

/** The SDK's queue, which also counts what does not fit. */
export class SpanQueue extends BatchSpanProcessor {
  #waiting = 0;

  constructor(options: { exporter: SpanExporter; exportTimeoutMillis: number; scheduledDelayMillis: number }) {
    const { exporter } = options;
    const counted: SpanExporter = {
      export: (spans, done) => {
        this.#waiting -= spans.length;
        exporter.export(spans, done);
      },
      shutdown: async () => exporter.shutdown(),
    };
    super({ ...options, exporter: counted, maxQueueSize: MOST_WAITING });
  }

  override onEnd(span: ReadableSpan): void {
    if ((span.spanContext().traceFlags & 1) === 0) return;
    if (this.#waiting >= MOST_WAITING) {
      meters().spans.inc({ outcome: 'dropped' });
      return;
    }
    this.#waiting += 1;
    super.onEnd(span);
  }
}

import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

/** A span as a collector understands it, ids in hexadecimal. */
export interface CollectedSpan {
  service: string;
  traceId: string;
  spanId: string;
  parentSpanId: string;
  name: string;
  kind: number;
  facts: Record<string, string | number | boolean>;
  /** 2 is an error. */
  status: number;
  durationMs: number;
}

export interface TraceCollector {
  url: string;
  spans: CollectedSpan[];
  /** Everything that came, headers and all, to look for what must not be in it. */
  raw: string[];
  close(): Promise<void>;
}

/** A real OTLP receiver over HTTP with a reading of Protocol Buffers of its own. `answer`: 'hang' takes requests and never answers. */
export async function startTraceCollector(answer: number | 'hang' = 200): Promise<TraceCollector> {
  const spans: CollectedSpan[] = [];
  const raw: string[] = [];
  const server = http.createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const received = Buffer.concat(parts);
      const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(received) : received;
      raw.push(`${request.method} ${request.url} ${JSON.stringify(request.headers)} ${body.toString('latin1')}`);
      if (answer === 'hang') return;
      if (answer === 200 && request.method === 'POST' && request.url === '/v1/traces') spans.push(...readRequest(body));
      response.writeHead(answer, { 'content-type': 'application/x-protobuf' }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    raw,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type Fields = Map<number, (Buffer | bigint)[]>;

/** Fields by number, as the wire format has them: lengths of bytes, varints and fixed 64 and 32 bits. */
function fieldsOf(bytes: Buffer): Fields {
  const fields: Fields = new Map();
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes.readUInt8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const cut = (length: number) => bytes.subarray(at, (at += length));
  while (at < bytes.length) {
    const tag = Number(varint());
    const kind = tag & 7;
    const value = kind === 0 ? varint() : kind === 1 ? cut(8).readBigUInt64LE() : kind === 5 ? BigInt(cut(4).readUInt32LE()) : cut(Number(varint()));
    fields.set(tag >> 3, [...(fields.get(tag >> 3) ?? []), value]);
  }
  return fields;
}

const messages = (fields: Fields, number: number) => (fields.get(number) ?? []).map((value) => fieldsOf(value as Buffer));
const text = (fields: Fields | undefined, number: number) => String(fields?.get(number)?.[0] ?? '');
const hex = (fields: Fields, number: number) => ((fields.get(number)?.[0] as Buffer | undefined) ?? Buffer.alloc(0)).toString('hex');
const whole = (fields: Fields | undefined, number: number) => (fields?.get(number)?.[0] as bigint | undefined) ?? 0n;

function readRequest(body: Buffer): CollectedSpan[] {
  return messages(fieldsOf(body), 1).flatMap((ofResource) => {
    const [resource] = messages(ofResource, 1);
    const service = String(factsOf(resource ? messages(resource, 1) : [])['service.name']);
    return messages(ofResource, 2).flatMap((scope) => messages(scope, 2).map((span) => readSpan(service, span)));
  });
}

function readSpan(service: string, span: Fields): CollectedSpan {
  return {
    service,
    traceId: hex(span, 1),
    spanId: hex(span, 2),
    parentSpanId: hex(span, 4),
    name: text(span, 5),
    kind: Number(whole(span, 6)),
    durationMs: Number(whole(span, 8) - whole(span, 7)) / 1e6,
    facts: factsOf(messages(span, 9)),
    status: Number(whole(messages(span, 15)[0], 3)),
  };
}

function factsOf(pairs: Fields[]): CollectedSpan['facts'] {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [value] = messages(pair, 2);
      if (value?.has(1)) return [text(pair, 1), text(value, 1)];
      if (value?.has(2)) return [text(pair, 1), whole(value, 2) === 1n];
      return [text(pair, 1), Number(whole(value, 3))];
    }),
  );
}

import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { crc32 } from 'node:zlib';

/** Names of Amazon Bedrock and Google Vertex AI in one region each. */
export const BEDROCK_REGION = 'us-east-1';
export const VERTEX_REGION = 'us-east5';
export const CLOUD_HOSTS = [`bedrock-runtime.${BEDROCK_REGION}.amazonaws.com`, `bedrock.${BEDROCK_REGION}.amazonaws.com`, `${VERTEX_REGION}-aiplatform.googleapis.com`, 'oauth2.googleapis.com'];

const MESSAGE = { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude', content: [], stop_reason: null, stop_sequence: null, usage: { input_tokens: 1, output_tokens: 1 } };
const STREAMED = [
  { type: 'message_start', message: MESSAGE },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Yes.' } },
  { type: 'content_block_stop', index: 0 },
  { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 2 } },
  { type: 'message_stop' },
];

/** Bedrock as far as the CLI uses it: bearer tokens in `accepted` are let in, answers come whole or as Amazon's event stream. */
export function answerBedrock(accepted: ReadonlySet<string>, request: IncomingMessage, response: ServerResponse): void {
  const token = request.headers.authorization?.replace(/^Bearer /, '') ?? '';
  if (!accepted.has(token)) return json(response, 403, { message: `The security token included in the request is invalid: ${token}` });
  if (request.method === 'GET') return json(response, 200, { inferenceProfileSummaries: [] });
  if (!request.url?.endsWith('/invoke-with-response-stream')) return json(response, 200, { ...MESSAGE, content: [{ type: 'text', text: 'Yes.' }], stop_reason: 'end_turn' });
  response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' });
  for (const event of STREAMED) response.write(eventFrame({ bytes: Buffer.from(JSON.stringify(event)).toString('base64') }));
  response.end();
}

/** Google's exchange of a signed statement for a token: service accounts in `accepted` get one, which is added to it. */
export async function answerGoogleToken(accepted: Set<string>, request: IncomingMessage, response: ServerResponse): Promise<void> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  const statement = new URLSearchParams(text).get('assertion') ?? '';
  const { iss } = JSON.parse(Buffer.from(statement.split('.')[1] ?? '', 'base64url').toString() || '{}') as { iss?: string };
  if (!accepted.has(iss ?? '')) return json(response, 400, { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' });
  const token = `ya29.${randomBytes(20).toString('hex')}`;
  accepted.add(token);
  json(response, 200, { access_token: token, expires_in: 3600, token_type: 'Bearer' });
}

/** Lengths, headers and payload, each secured by a checksum: https://docs.aws.amazon.com/transcribe/latest/dg/streaming-setting-up.html */
function eventFrame(payload: unknown): Buffer {
  const headers = Buffer.concat(Object.entries({ ':event-type': 'chunk', ':content-type': 'application/json', ':message-type': 'event' }).map(([name, value]) => header(name, value)));
  const body = Buffer.from(JSON.stringify(payload));
  const prelude = Buffer.alloc(12);
  prelude.writeUInt32BE(16 + headers.length + body.length, 0);
  prelude.writeUInt32BE(headers.length, 4);
  prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8);
  const frame = Buffer.concat([prelude, headers, body]);
  const end = Buffer.alloc(4);
  end.writeUInt32BE(crc32(frame), 0);
  return Buffer.concat([frame, end]);
}

function header(name: string, value: string): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(value.length, 0);
  return Buffer.concat([Buffer.from([name.length]), Buffer.from(name), Buffer.from([7]), length, Buffer.from(value)]);
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

import http from 'node:http';
import { answerMessages } from './messages.mjs';
import { requestId, sendError, sendJson } from './errors.mjs';

const LONGEST_BODY = 64 * 1024 * 1024;

/**
 * An HTTP server that speaks as much of the Messages API as the Claude Code CLI uses. Not listening yet; the caller chooses
 * where. It writes nothing about requests anywhere: keys and prompts pass through it.
 *
 * @returns {http.Server}
 */
export function createSimulator() {
  return http.createServer((request, response) => {
    answer(request, response).catch((error) => {
      if (response.headersSent) response.destroy();
      else sendError(response, error.status ?? 500, error.status ? error.message : 'the simulator failed');
    });
  });
}

async function answer(request, response) {
  const { pathname } = new URL(request.url, 'http://simulator');
  if (request.method === 'HEAD') return end(response);
  if (request.method === 'GET' && pathname === '/health') return sendJson(response, 200, { status: 'ok', name: 'claude-simulator' });
  if (request.method === 'GET' && pathname === '/api/hello') return sendJson(response, 200, { message: 'hello' });
  if (request.method === 'POST' && pathname === '/v1/messages/count_tokens') {
    return sendJson(response, 200, { input_tokens: Math.ceil((await readBody(request)).length / 4) });
  }
  if (request.method === 'POST' && pathname === '/v1/messages') {
    return answerMessages({ request, response, body: parse(await readBody(request)) });
  }
  return sendError(response, 404, `the simulator has no ${request.method} ${pathname}`);
}

function end(response) {
  response.writeHead(200, { 'request-id': requestId() });
  response.end();
}

async function readBody(request) {
  const chunks = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > LONGEST_BODY) throw refusal(413, 'the request is larger than 64 MiB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text) {
  try {
    const body = JSON.parse(text);
    if (Array.isArray(body?.messages)) return body;
  } catch {
    throw refusal(400, 'the body is not JSON');
  }
  throw refusal(400, 'messages: field required');
}

function refusal(status, message) {
  return Object.assign(new Error(message), { status });
}

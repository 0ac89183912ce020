import { randomBytes } from 'node:crypto';

const TYPES = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  500: 'api_error',
  529: 'overloaded_error',
};

// The words of the real service, as the CLI recognises some of them.
const MESSAGES = {
  400: 'Your credit balance is too low to access the Anthropic API.',
  401: 'invalid x-api-key',
  403: 'OAuth token has been revoked. Please obtain a new token.',
  404: 'model: unknown-model',
  429: "This request would exceed your account's rate limit. Please try again later.",
  500: 'Internal server error',
  529: 'Overloaded',
};

export const requestId = () => `req_${randomBytes(12).toString('hex')}`;

export function sendJson(response, status, body, headers = {}) {
  response.writeHead(status, { 'content-type': 'application/json', 'request-id': requestId(), ...headers });
  response.end(JSON.stringify(body));
}

/** An error in the service's shape. `message` defaults to what the real one says for this status. */
export function sendError(response, status, message = MESSAGES[status] ?? 'simulated error', headers = {}) {
  const type = TYPES[status] ?? 'api_error';
  sendJson(response, status, { type: 'error', error: { type, message } }, headers);
}

/**
 * Headers of a reached limit that starts over in `seconds`. An API key gets `retry-after` and the request limits; a
 * subscription gets the unified ones, from which the CLI says "resets 3:12am".
 */
export function limitHeaders({ seconds, subscription }) {
  const reset = Math.floor(Date.now() / 1000) + seconds;
  const unified = {
    'anthropic-ratelimit-unified-status': 'rejected',
    'anthropic-ratelimit-unified-reset': String(reset),
    'anthropic-ratelimit-unified-representative-claim': 'five_hour',
    'anthropic-ratelimit-unified-overage-status': 'rejected',
  };
  return {
    'retry-after': String(seconds),
    'anthropic-ratelimit-requests-limit': '50',
    'anthropic-ratelimit-requests-remaining': '0',
    'anthropic-ratelimit-requests-reset': new Date(reset * 1000).toISOString(),
    ...(subscription ? unified : {}),
  };
}

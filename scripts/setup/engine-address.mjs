import http from 'node:http';

export const DEFAULT_DOCKER_HOST = 'unix:///var/run/docker.sock';

/**
 * Asks the engine at `address` (unix://… or tcp://…) for its version. Never rejects.
 * @returns {Promise<{state: 'running', version: string} | {state: 'absent' | 'forbidden' | 'silent', reason: string}>}
 *   absent: nothing listens there; forbidden: this user may not open the socket; silent: no answer in time
 */
export async function askEngine(address, timeoutMs = 5_000) {
  try {
    const { status, body } = await engineRequest(address, 'GET', '/version', timeoutMs);
    if (status !== 200) return { state: 'silent', reason: `it answered with HTTP ${status}` };
    return { state: 'running', version: JSON.parse(body).Version };
  } catch (error) {
    if (error.code === 'EACCES' || error.code === 'EPERM') return { state: 'forbidden', reason: error.message };
    if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') return { state: 'absent', reason: error.message };
    return { state: 'silent', reason: error.message };
  }
}

/** One request of the Docker Engine API; the set-up cannot use the product's client, for it may run before its installation. */
export function engineRequest(address, method, path, timeoutMs = 60_000) {
  const url = new URL(address);
  const target = url.protocol === 'unix:' ? { socketPath: url.pathname } : { host: url.hostname, port: url.port || 2375 };
  return new Promise((resolve, reject) => {
    const request = http.request({ ...target, method, path, timeout: timeoutMs, headers: { Host: 'docker' } }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text) => (body += text));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      response.on('error', reject);
    });
    request.on('timeout', () => request.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)));
    request.on('error', reject);
    request.end();
  });
}

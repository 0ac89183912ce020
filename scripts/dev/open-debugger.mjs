import { SetupFailure } from '../setup/failure.mjs';

/**
 * Speaks to a Node process through its debugger at `address` (host:port), by the protocol of Chrome's DevTools.
 * @returns {Promise<{ask: (method: string, params?: object) => Promise<any>, close: () => void}>}
 */
export async function openDebugger(address) {
  const targets = await fetch(`http://${address}/json/list`).then((response) => response.json(), () => null);
  const url = targets?.[0]?.webSocketDebuggerUrl;
  if (!url) throw new SetupFailure(`No debugger answers at ${address}.`, 'Start Anyon with `npm run dev` or `make docker-dev`; ANYON_INSPECT is where its web process lets debuggers in.');
  const socket = new WebSocket(url);
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true });
    socket.addEventListener('error', () => reject(new SetupFailure(`The debugger at ${address} refused the connection.`)), { once: true });
  });
  const waiting = new Map();
  socket.addEventListener('message', ({ data }) => {
    const { id, result, error } = JSON.parse(String(data));
    const answer = waiting.get(id);
    waiting.delete(id);
    if (error) answer?.reject(new Error(error.message));
    else answer?.resolve(result);
  });
  socket.addEventListener('close', () => {
    for (const answer of waiting.values()) answer.reject(new SetupFailure('The process ended while it was measured.'));
  });
  let last = 0;
  const ask = (method, params = {}) =>
    new Promise((resolve, reject) => {
      waiting.set((last += 1), { resolve, reject });
      socket.send(JSON.stringify({ id: last, method, params }));
    });
  return { ask, close: () => socket.close() };
}

import { subscribe } from 'node:diagnostics_channel';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * From now on no connection to this process outlives its answer: each says so (`Connection: close`), and one that had begun before ends
 * its connection when it is out. A server that is closed takes no new connection, but goes on answering over those that are open, and a
 * proxy or a browser that keeps one would hold this process until its time is over, when all that it still answers is cut.
 */
export function endConnectionsWithAnswers(): void {
  subscribe('http.server.request.start', (message) => {
    const { response } = message as { response: ServerResponse };
    response.setHeader('Connection', 'close');
  });
  subscribe('http.server.response.finish', (message) => {
    const { socket } = message as { socket: Socket };
    socket.destroySoon();
  });
}

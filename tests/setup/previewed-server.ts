/**
 * A web server as somebody develops it in a workspace: it listens on one address only, and for nobody who does not ask as `localhost`. Run by the
 * image's Node, without any package. `/headers` says what it was asked, `/echo` gives a body back, `/events` goes on, a WebSocket echoes.
 */
export const previewedServer = `
import http from 'node:http';
import { createHash } from 'node:crypto';
const [port, address] = process.argv.slice(1).filter((word) => word !== '--');
const seen = new WeakSet();
const server = http.createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  if (request.headers.host !== 'localhost:' + port) return response.writeHead(403).end('not asked as localhost');
  if (pathname === '/headers') return response.setHeader('content-type', 'application/json').end(JSON.stringify({ url: request.url, headers: request.headers, raw: request.rawHeaders }));
  if (pathname === '/answer') {
    for (const [name, value] of searchParams) response.appendHeader(name, value);
    return response.writeHead(Number(searchParams.get('x-status') ?? 200)).end('answered');
  }
  if (pathname === '/events') {
    let count = 0;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const clock = setInterval(() => response.write('data: ' + count++ + '\\n\\n'), 50);
    return response.on('close', () => clearInterval(clock));
  }
  if (pathname === '/echo') {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    return request.on('end', () => {
      const body = Buffer.concat(parts);
      response.setHeader('x-sha256', createHash('sha256').update(body).digest('hex')).end(body);
    });
  }
  if (pathname === '/abrupt') return request.socket.destroy();
  if (pathname === '/kept') {
    // As if the connection that was kept had just been closed when the request came.
    const isFirst = !seen.has(request.socket);
    seen.add(request.socket);
    return isFirst ? response.end('on a new one') : request.socket.destroy();
  }
  response.end('hello from ' + port);
});
server.on('upgrade', (request, socket) => {
  const accept = createHash('sha1').update(request.headers['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11').digest('base64');
  socket.write('HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\nSet-Cookie: shared=1; Domain=localhost; Path=/\\r\\nSec-WebSocket-Accept: ' + accept + '\\r\\n\\r\\n');
  socket.on('data', (frame) => {
    const length = frame[1] & 127; // short texts only
    if ((frame[0] & 15) !== 1) return socket.end();
    const text = Buffer.from(frame.subarray(6, 6 + length).map((byte, index) => byte ^ frame[2 + (index % 4)]));
    socket.write(Buffer.concat([Buffer.from([129, length]), text]));
  });
  socket.on('error', () => {});
});
server.listen(Number(port), address);
`;

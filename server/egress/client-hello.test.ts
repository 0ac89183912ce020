import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { beforeAll, describe, expect, it } from 'vitest';
import { LARGEST_HELLO, readClientHello } from '@/server/egress/client-hello';

let named: Buffer;
let nameless: Buffer;

/** The first bytes that a real TLS client sends. */
async function helloOf(servername: string): Promise<Buffer> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  const client = tls.connect({ host: '127.0.0.1', port, servername, rejectUnauthorized: false });
  client.on('error', () => {});
  const [socket] = (await once(server, 'connection')) as [net.Socket];
  socket.on('error', () => {});
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  client.destroy();
  socket.destroy();
  server.close();
  return bytes;
}

/** The same hello in records of `size` bytes. */
function inRecords(bytes: Buffer, size: number): Buffer {
  const message = bytes.subarray(5);
  const records: Buffer[] = [];
  for (let offset = 0; offset < message.length; offset += size) {
    const part = message.subarray(offset, offset + size);
    records.push(Buffer.from([22, 3, 1, part.length >> 8, part.length & 255]), part);
  }
  return Buffer.concat(records);
}

beforeAll(async () => {
  named = await helloOf('Allowed.Example');
  nameless = await helloOf('');
});

describe('readClientHello (ISO-07)', () => {
  it('reads the name that a real client gives, in lower case', () => {
    expect(readClientHello(named)).toEqual({ kind: 'hello', serverName: 'allowed.example' });
    expect(readClientHello(nameless)).toEqual({ kind: 'hello', serverName: null });
  });

  it('waits for the rest, whatever the cut', () => {
    for (let length = 0; length < named.length; length += 1) expect(readClientHello(named.subarray(0, length))).toEqual({ kind: 'incomplete' });
  });

  it.each([1, 3, 4, 5, 17, 100])('reads a hello in records of %i bytes', (size) => {
    const bytes = inRecords(named, size);
    expect(readClientHello(bytes)).toEqual({ kind: 'hello', serverName: 'allowed.example' });
    for (let length = 0; length < bytes.length; length += 7) expect(readClientHello(bytes.subarray(0, length))).toEqual({ kind: 'incomplete' });
  });

  it('does not mind what follows', () => {
    expect(readClientHello(Buffer.concat([named, Buffer.from('more')]))).toEqual({ kind: 'hello', serverName: 'allowed.example' });
  });

  it.each([
    ['GET / HTTP/1.1\r\n'],
    ['SSH-2.0-OpenSSH_9\r\n'],
    ['\x16\x02'],
    ['\x16\x03\x01\x00\x00'],
    ['\x16\x03\x01\x00\x05\x02\x00\x00\x01\x00'],
    ['\x16\x03\x01\x00\x04\x01\xff\xff\xff'],
  ])('knows %j for no TLS', (text) => {
    expect(readClientHello(Buffer.from(text, 'latin1'))).toEqual({ kind: 'not-tls' });
  });

  it('gives up on a hello that does not end', () => {
    const message = Buffer.concat([Buffer.from([1, 0, 0x3f, 0x00]), Buffer.alloc(0x3f00)]);
    const crumbs = inRecords(Buffer.concat([Buffer.alloc(5), message]), 1);
    expect(readClientHello(crumbs.subarray(0, LARGEST_HELLO - 1))).toEqual({ kind: 'incomplete' });
    expect(readClientHello(crumbs.subarray(0, LARGEST_HELLO))).toEqual({ kind: 'not-tls' });
    expect(readClientHello(Buffer.concat([Buffer.from([22, 3, 1, 0x3f, 0xff, 1, 0, 0x40, 0x00]), Buffer.alloc(10)]))).toEqual({ kind: 'not-tls' });
  });

  it('never throws, and never takes another name out of a damaged hello than stands in it', () => {
    let seed = 7;
    const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
    for (let round = 0; round < 20_000; round += 1) {
      const damaged = Buffer.from(named);
      for (let times = 0; times <= random(3); times += 1) damaged[random(damaged.length)] = random(256);
      const hello = readClientHello(random(3) === 0 ? damaged.subarray(0, random(damaged.length)) : damaged);
      if (hello.kind === 'hello' && hello.serverName !== null) expect(damaged.toString('latin1').toLowerCase()).toContain(hello.serverName);
    }
  });
});

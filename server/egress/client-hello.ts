/** What the first bytes of a connection say: too few to tell, no TLS, or TLS with the host that it names (null: none). */
export type Hello = { kind: 'incomplete' } | { kind: 'not-tls' } | { kind: 'hello'; serverName: string | null };

/** A hello is a few kilobytes at most; more is somebody who fills memory. */
export const LARGEST_HELLO = 16 * 1024;

const HANDSHAKE_RECORD = 22;
const CLIENT_HELLO = 1;
const SERVER_NAME = 0;

/**
 * Reads the server name (SNI) out of a TLS ClientHello without taking part in TLS. The hello may be spread over several
 * records. Never throws; what is not well-formed is `not-tls`.
 */
export function readClientHello(bytes: Buffer): Hello {
  const message = joinRecords(bytes);
  if (message === 'not-tls') return { kind: 'not-tls' };
  if (message === null) return bytes.length >= LARGEST_HELLO ? { kind: 'not-tls' } : { kind: 'incomplete' };
  try {
    return { kind: 'hello', serverName: serverNameOf(new Reader(message)) };
  } catch (error) {
    if (error instanceof RangeError) return { kind: 'not-tls' };
    throw error;
  }
}

/** The first handshake message, out of as many records as it takes; null when there is not enough yet. */
function joinRecords(bytes: Buffer): Buffer | 'not-tls' | null {
  const parts: Buffer[] = [];
  let gathered = 0;
  let wanted = Infinity;
  for (let offset = 0; gathered < wanted; ) {
    if (bytes.length > offset && bytes[offset] !== HANDSHAKE_RECORD) return 'not-tls';
    if (bytes.length > offset + 1 && bytes[offset + 1] !== 3) return 'not-tls';
    if (bytes.length < offset + 5) return null;
    const length = bytes.readUInt16BE(offset + 3);
    if (length === 0 || length > LARGEST_HELLO) return 'not-tls';
    const part = bytes.subarray(offset + 5, offset + 5 + length);
    parts.push(part);
    gathered += part.length;
    offset += 5 + length;
    if (wanted === Infinity && gathered >= 4) {
      const head = Buffer.concat(parts);
      if (head[0] !== CLIENT_HELLO) return 'not-tls';
      wanted = 4 + head.readUIntBE(1, 3);
      if (wanted > LARGEST_HELLO) return 'not-tls';
    }
    if (part.length < length && gathered < wanted) return null;
  }
  return Buffer.concat(parts).subarray(4, wanted);
}

/** RFC 8446, section 4.1.2: version, random, session, cipher suites, compression, extensions. */
function serverNameOf(hello: Reader): string | null {
  hello.skip(2 + 32);
  hello.block(1);
  hello.block(2);
  hello.block(1);
  if (hello.isAtEnd) return null;
  const extensions = hello.block(2);
  if (!hello.isAtEnd) throw new RangeError('more after the extensions');
  let found: string | null = null;
  while (!extensions.isAtEnd) {
    const type = extensions.number(2);
    const body = extensions.block(2);
    if (type !== SERVER_NAME) continue;
    if (found !== null) throw new RangeError('two server names');
    found = nameIn(body.block(2));
  }
  return found;
}

/** RFC 6066, section 3: one name of the kind host_name. */
function nameIn(list: Reader): string {
  if (list.number(1) !== 0) throw new RangeError('a name of an unknown kind');
  const name = list.block(2).rest().toString('latin1');
  if (!list.isAtEnd) throw new RangeError('more than one name');
  if (!/^[A-Za-z0-9._-]{1,255}$/.test(name)) throw new RangeError('not the name of a host');
  return name.toLowerCase();
}

/** Reads numbers and length-prefixed blocks from the front; throws RangeError past the end. */
class Reader {
  #offset = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#offset === this.#bytes.length;
  }

  number(size: 1 | 2): number {
    const value = this.#bytes.readUIntBE(this.#offset, size);
    this.#offset += size;
    return value;
  }

  skip(size: number): void {
    if (this.#offset + size > this.#bytes.length) throw new RangeError('past the end');
    this.#offset += size;
  }

  block(lengthSize: 1 | 2): Reader {
    const length = this.number(lengthSize);
    const start = this.#offset;
    this.skip(length);
    return new Reader(this.#bytes.subarray(start, start + length));
  }

  rest(): Buffer {
    return this.#bytes.subarray(this.#offset);
  }
}

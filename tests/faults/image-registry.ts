import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http, { type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';

/** What becomes of the layer of the image: it comes as it should, a piece after the other, not to its end, or it is another one than the manifest says. */
export type LayerFault = 'fine' | 'slow' | 'cut' | 'other';

/** A registry on this machine, which engines ask by HTTP, with one small image. */
export interface ImageRegistry {
  /** Of the image; `absent` names one that is not there. */
  reference: string;
  absent: string;
  be(fault: LayerFault): void;
  /** How often its layer was asked for. */
  asked(): number;
  close(): Promise<void>;
}

const LAYER_BYTES = 2 * 1024 * 1024;
const PIECES = 20;

export async function startImageRegistry(): Promise<ImageRegistry> {
  const image = makeImage();
  let fault: LayerFault = 'fine';
  let asked = 0;
  const server = http.createServer((request, response) => {
    response.setHeader('docker-distribution-api-version', 'registry/2.0');
    const route = request.url ?? '';
    if (route === '/v2/') return void response.end('{}');
    if (route.startsWith('/v2/anyon/small/manifests/')) return void response.writeHead(200, { 'content-type': MANIFEST_TYPE, 'content-length': image.manifest.length, 'docker-content-digest': digestOf(image.manifest) }).end(request.method === 'HEAD' ? undefined : image.manifest);
    if (route.endsWith(digestOf(image.config))) return void response.end(image.config);
    if (!route.endsWith(digestOf(image.layer))) return void response.writeHead(404, { 'content-type': 'application/json' }).end('{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}');
    asked += 1;
    void sendLayer(fault, image.layer, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    reference: `${host}/anyon/small:latest`,
    absent: `${host}/anyon/absent:latest`,
    be: (next) => void ([fault, asked] = [next, 0]),
    asked: () => asked,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const MANIFEST_TYPE = 'application/vnd.docker.distribution.manifest.v2+json';

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** One layer with one file of chance, so that nothing of it is there already. */
function makeImage(): { manifest: Buffer; config: Buffer; layer: Buffer } {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-registry-'));
  try {
    writeFileSync(path.join(directory, 'chance'), randomBytes(LAYER_BYTES));
    const tar = execFileSync('tar', ['--create', '--directory', directory, 'chance'], { maxBuffer: 2 * LAYER_BYTES });
    const layer = gzipSync(tar);
    const config = Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', config: { Cmd: ['/chance'] }, rootfs: { type: 'layers', diff_ids: [digestOf(tar)] }, history: [{ created_by: 'a test' }] }));
    const part = (bytes: Buffer, mediaType: string) => ({ mediaType, size: bytes.length, digest: digestOf(bytes) });
    const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST_TYPE, config: part(config, 'application/vnd.docker.container.image.v1+json'), layers: [part(layer, 'application/vnd.docker.image.rootfs.diff.tar.gzip')] }));
    return { manifest, config, layer };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function sendLayer(fault: LayerFault, layer: Buffer, response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': layer.length });
  if (fault === 'cut') return void response.write(layer.subarray(0, Math.floor(layer.length / 2)), () => response.destroy());
  const sent = fault === 'other' ? Buffer.from(layer.map((byte, index) => (index === layer.length - 1_000 ? byte ^ 0xff : byte))) : layer;
  if (fault !== 'slow') return void response.end(sent);
  for (let piece = 0; piece < PIECES; piece += 1) {
    const size = Math.ceil(sent.length / PIECES);
    response.write(sent.subarray(piece * size, (piece + 1) * size));
    await sleep(150);
  }
  response.end();
}

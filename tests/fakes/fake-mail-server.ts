import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

export interface Mail {
  from: string;
  to: string[];
  /** As it came, with its headers. */
  raw: string;
  /** The whole conversation was encrypted when the message came. */
  encrypted: boolean;
  user: string | null;
}

export interface MailServer {
  server: SMTPServer;
  mails: Mail[];
  close(): void;
}

export interface Certificate {
  key: string;
  cert: string;
}

/** A certificate for this address, which is its own authority. */
export async function makeCertificate(address: string): Promise<Certificate> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'anyon-mail-'));
  const [key, cert] = [path.join(folder, 'key.pem'), path.join(folder, 'cert.pem')];
  await promisify(execFile)('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=mail', '-addext', `subjectAltName=IP:${address}`, '-keyout', key, '-out', cert]);
  const made = { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') };
  await rm(folder, { recursive: true });
  return made;
}

/** A real SMTP server that knows one user. */
export function startMailServer(options: SMTPServerOptions, account?: { user: string; password: string }): MailServer {
  const mails: Mail[] = [];
  const server = new SMTPServer({
    authOptional: account === undefined,
    ...options,
    onAuth({ username = '', password = '' }, _session, callback) {
      if (username === account?.user && password === account.password) callback(null, { user: username });
      else callback(new Error(`Invalid username or password ${password}`)); // a server that says back what it was told
    },
    onData(stream, session, callback) {
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({ from: mailFrom ? mailFrom.address : '', to: rcptTo.map(({ address }) => address), raw: Buffer.concat(parts).toString(), encrypted: session.secure, user: session.user ?? null });
        callback();
      });
    },
  });
  server.on('error', () => {}); // a client that leaves in the middle
  return { server, mails, close: () => server.close() };
}

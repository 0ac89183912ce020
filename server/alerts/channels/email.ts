import type net from 'node:net';
import nodemailer from 'nodemailer';
import type SMTPTransport from 'nodemailer/lib/smtp-transport';
import type { EmailSettings } from '@/contract/alert';
import { emailText } from '@/server/alerts/channels/email-text';
import { alertLine } from '@/server/alerts/alert-text';
import type { AlertMessage, SendOutcome } from '@/server/alerts/alert-message';
import { AnyonError, describeError, isAnyonError } from '@/server/errors';
import { addressKind } from '@/server/outbound/address-kinds';
import { guardedConnect, readDestination } from '@/server/outbound/outbound-guard';

const TIMEOUT_MS = 30_000;
/** Where a mail relay of this machine listens. */
const relayPorts: ReadonlySet<number> = new Set([25, 465, 587, 2525]);

/**
 * Sends one message by SMTP. With `starttls` nothing is said before the connection is encrypted; a server that does not offer it
 * is refused. The message's id stays the same at every try, so that most mail servers and readers drop a repetition.
 */
export async function sendEmail(settings: EmailSettings, password: string | null, message: AlertMessage): Promise<SendOutcome> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  let socket: net.Socket | null = null;
  try {
    socket = await connect(settings, signal);
    await send(settings, password, { message, socket, signal });
    return { ok: true };
  } catch (error) {
    if (isAnyonError(error)) return { ok: false, sentence: error.message, permanent: error.kind === 'invalid' };
    return judge(error, settings);
  } finally {
    socket?.destroy();
  }
}

/** Without encryption only to this machine or to what an admin has opened: a message and a password on the open network are everybody's. */
async function connect({ host, port, security }: EmailSettings, signal: AbortSignal): Promise<net.Socket> {
  const socket = await guardedConnect({ destination: readDestination(host, port), signal, mayBeLoopback: relayPorts.has(port) });
  if (security !== 'none' || addressKind(socket.remoteAddress ?? '') !== 'public') return socket;
  socket.destroy();
  throw new AnyonError('invalid', `${host} is on the open network: without encryption, messages and password could be read by others. Use TLS or STARTTLS.`);
}

async function send({ host, port, security, username, from, to }: EmailSettings, password: string | null, { message, socket, signal }: { message: AlertMessage; socket: net.Socket; signal: AbortSignal }): Promise<void> {
  const options: SMTPTransport.Options = {
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    ...(username && { auth: { user: username, pass: password ?? '' } }),
    greetingTimeout: 10_000,
    socketTimeout: 15_000,
    disableFileAccess: true,
    disableUrlAccess: true,
    getSocket: (_options, callback) => callback(null, { connection: socket }),
  };
  signal.addEventListener('abort', () => socket.destroy(), { once: true });
  await nodemailer.createTransport(options).sendMail({
    from: { name: 'Anyon', address: from },
    to,
    ...emailText(message),
    messageId: `<${message.id}@${message.deployment.replace(/:\d+$/, '')}>`,
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
  });
}

interface SmtpError {
  code?: string;
  responseCode?: number;
  response?: string;
  command?: string;
}

function judge(error: unknown, { host }: EmailSettings): SendOutcome {
  const { code, responseCode = 0, response, command } = error as SmtpError;
  const words = alertLine(response ?? describeError(error)).slice(0, 300);
  if (code === 'EAUTH') return { ok: false, sentence: `${host} refused the user name or the password: ${words}`, permanent: responseCode >= 500 || responseCode === 0 };
  if (code === 'ETLS' && command === 'STARTTLS' && response) return { ok: false, sentence: `${host} does not offer STARTTLS, so nothing was sent: ${words}`, permanent: true };
  if (code === 'ETLS' || /certificate|\b(?:SSL|TLS)\b/i.test(words)) return { ok: false, sentence: `The connection to ${host} could not be encrypted: ${words.replace(/;.*$/, '')}.`, permanent: false };
  if (responseCode >= 500) return { ok: false, sentence: `${host} does not take the message: ${words}`, permanent: true };
  return { ok: false, sentence: `${host}: ${words}`, permanent: false };
}

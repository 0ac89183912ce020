import net from 'node:net';
import type { SystemCheck } from '@/contract/system-status';
import { env } from '@/server/env';
import { describeError } from '@/server/errors';
import { inOrder, warning } from '@/server/system/check';
import { forwardAddress } from '@/server/telemetry/forward-address';

/** Whether what is sent away finds somebody. Nothing else of Anyon depends on it, so it only warns; without collectors there is nothing to say. */
export async function checkCollectors(signal: AbortSignal): Promise<SystemCheck[]> {
  const { ANYON_FORWARD_ADDRESS: forward, OTEL_EXPORTER_OTLP_ENDPOINT: traces } = env();
  return Promise.all([...(forward === undefined ? [] : [checkForward(forward, signal)]), ...(traces === undefined ? [] : [checkTraces(traces, signal)])]);
}

async function checkForward(address: string, signal: AbortSignal): Promise<SystemCheck> {
  try {
    await connect(forwardAddress(), signal);
    return inOrder('Log collector', `Listens at ${address}.`);
  } catch (error) {
    return warning('Log collector', `Cannot be reached at ${address} (${describeError(error)}). The log waits in its file.`, 'Start it, or correct ANYON_FORWARD_ADDRESS.');
  }
}

/** Any answer will do: what it says to a request without spans differs from one to the other. */
async function checkTraces(endpoint: string, signal: AbortSignal): Promise<SystemCheck> {
  const place = new URL(endpoint).host; // the address may hold a password
  try {
    const response = await fetch(`${new URL(endpoint).origin}/v1/traces`, { signal, redirect: 'manual' });
    await response.body?.cancel();
    return inOrder('Trace collector', `Answers at ${place}.`);
  } catch (error) {
    const { cause } = error as Error;
    return warning('Trace collector', `Cannot be reached at ${place} (${describeError(cause ?? error)}). Traces are lost.`, 'Start it, or correct OTEL_EXPORTER_OTLP_ENDPOINT.');
  }
}

function connect(address: { host: string; port: number }, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ ...address, signal });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
  });
}

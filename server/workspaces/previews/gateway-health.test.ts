import http from 'node:http';
import { expect, it } from 'vitest';
import { processState } from '@/server/process-state';
import { GATEWAY_HEADER, gatewayProblem } from '@/server/workspaces/previews/gateway-health';
import { freePort } from '@/tests/setup/free-ports';
import { changeEnvironment } from '@/tests/setup/test-environment';

it('the gateway is known by its answer, so that nobody is sent to a port that another program has', async () => {
  const port = await freePort();
  changeEnvironment({ ANYON_PREVIEW_PORT: String(port), ANYON_INSTANCE: 'one' });
  const now = async () => {
    processState('preview-gateway', () => ({ until: 0 })).until = 0;
    return gatewayProblem();
  };
  expect(await now()).toMatch(/does not answer/);
  let headers: Record<string, string> = {};
  const server = http.createServer((_request, response) => response.writeHead(421, headers).end()).listen(port, '127.0.0.1');
  try {
    await expect.poll(now).toMatch(new RegExp(`Another program answers on port ${port}`));
    headers = { [GATEWAY_HEADER]: 'two' };
    expect(await now()).toMatch(/Another program/);
    headers = { [GATEWAY_HEADER]: 'one' };
    expect(await now()).toBeNull();
    server.close();
    expect(await gatewayProblem()).toBeNull(); // believed for a moment
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

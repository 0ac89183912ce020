import { DEFAULT_DOCKER_HOST, engineRequest } from '../setup/engine-address.mjs';
import { SetupFailure } from '../setup/failure.mjs';

/**
 * The host as containers see it, for servers that are started beside the product. The engine leaves the gateway out of its answer
 * when it has just made the bridge; then it is the first address of the subnet.
 * @param {string} dockerHost address of the engine; empty for the default
 * @returns {Promise<string>}
 */
export async function bridgeGateway(dockerHost = '') {
  const { body } = await engineRequest(dockerHost || DEFAULT_DOCKER_HOST, 'GET', '/networks/bridge');
  const config = JSON.parse(body).IPAM?.Config?.[0] ?? {};
  const gateway = config.Gateway ?? config.Subnet?.replace(/\.0\/\d+$/, '.1');
  if (gateway) return gateway;
  throw new SetupFailure('The engine has no default bridge network, so containers cannot reach a repository on this machine.', 'Give the address of a repository as the argument.');
}

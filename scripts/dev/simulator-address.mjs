import { engineAddress } from '../setup/docker-engine.mjs';
import { engineRequest } from '../setup/engine-address.mjs';
import { SetupFailure } from '../setup/failure.mjs';

/** Where workspaces reach a simulator whose port this machine publishes: at the address that it has on Docker's own bridge. */
export async function simulatorAddress(settings, environment) {
  const { status, body } = await engineRequest(engineAddress(settings), 'GET', '/networks/bridge');
  const [config] = status === 200 ? (JSON.parse(body).IPAM?.Config ?? []) : [];
  const gateway = config?.Gateway ?? config?.Subnet?.replace(/\.\d+\/\d+$/, '.1');
  if (!gateway) throw new SetupFailure('The engine has no bridge network of its own, so workspaces cannot reach the simulator.', 'Name its address with ANYON_SIMULATOR_URL.');
  return `http://${gateway}:${environment.ANYON_SIMULATOR_PORT || 9000}`;
}

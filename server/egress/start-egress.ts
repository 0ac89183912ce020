import { openDatabase, openPool } from '@/db/client';
import { databaseUrl } from '@/server/database';
import { createEgressProxy } from '@/server/egress/egress-proxy';
import { modelDestinations } from '@/server/egress/fixed-destinations';
import { privateDestinationsOfEnvironment } from '@/server/outbound/environment-destinations';
import { createLookup, type LookupHost } from '@/server/outbound/lookup-host';
import { PolicyStore } from '@/server/egress/policy-store';
import { RefusalCounter } from '@/server/egress/refusal-counter';
import { egressAddress } from '@/server/egress/workspace-network';
import { log } from '@/server/log';

/**
 * Starts the proxy at ANYON_EGRESS_URL. It answers from the first moment; until the rows were read it refuses. Returns the
 * function that ends it: connections are cut, what was counted is written down.
 */
export async function startEgress(lookup: LookupHost = createLookup()): Promise<() => Promise<void>> {
  const sql = openPool(databaseUrl(), { max: 2 });
  const database = openDatabase(sql);
  const policies = new PolicyStore({ database, databaseUrl: databaseUrl(), model: modelDestinations(), privateDestinations: privateDestinationsOfEnvironment() });
  const refusals = new RefusalCounter(database);
  const proxy = createEgressProxy({ policies, lookup, onRefusal: (...refusal) => refusals.add(...refusal) });
  const { host, port } = egressAddress();
  await new Promise<void>((resolve, reject) => {
    proxy.server.once('error', reject);
    proxy.server.listen(port, host, () => {
      proxy.server.off('error', reject);
      resolve();
    });
  });
  log().info({ host, port }, 'egress: listening');
  await policies.open();
  return async () => {
    proxy.close();
    await refusals.flush();
    await policies.close();
    await sql.end({ timeout: 1 });
  };
}

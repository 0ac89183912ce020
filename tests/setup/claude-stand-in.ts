import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { bridgeGateway } from '@/scripts/demo/bridge-gateway.mjs';
import { privateDestinations, users } from '@/db/schema';
import { database } from '@/server/database';
import { createLookup } from '@/server/outbound/lookup-host';
import { CLAUDE_HOSTS, startFakeClaudeService, type FakeClaudeService } from '@/tests/fakes/fake-claude-service';
import { buildImageThatTrusts } from '@/tests/setup/claude-service-image';
import { startTestProduct, type TestProduct } from '@/tests/setup/test-product';

export interface ClaudeStandIn {
  product: TestProduct;
  service: FakeClaudeService;
  close(): Promise<void>;
}

/**
 * The product with a stand-in for Anthropic's hosts: the proxy's name server leads their names to it, and the image trusts its
 * certificate. Nothing of the product knows of it.
 */
export async function openClaudeStandIn(): Promise<ClaudeStandIn> {
  const gateway = await bridgeGateway(process.env['DOCKER_HOST']);
  const service = await startFakeClaudeService(gateway);
  const image = await buildImageThatTrusts(service.certificate);
  const really = createLookup();
  const product = await startTestProduct({ image: image.name, lookup: async (host) => (CLAUDE_HOSTS.includes(host) ? [gateway] : really(host)) });
  // Its address is a private one, which only the API itself may have by default.
  const { userId } = await product.addUser('operator', 'admin');
  for (const host of CLAUDE_HOSTS) await database().insert(privateDestinations).values({ id: uuidv7(), host, port: 443, addedById: userId });
  return {
    product,
    service,
    async close() {
      await database().delete(privateDestinations).where(eq(privateDestinations.addedById, userId));
      await database().delete(users).where(eq(users.id, userId));
      await product.close();
      await image.remove();
      await service.close();
    },
  };
}

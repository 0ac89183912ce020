import type { Page } from 'playwright-core';
import { createWorkspace, signInAsOwner } from '@/tests/e2e/steps';
import { serveRepositories, type Repositories } from '@/tests/e2e/repositories';
import { openChromium, type Person, type TestChromium } from '@/tests/setup/browser';
import { startRunningProduct, type RunningProduct } from '@/tests/setup/running-product';

/** The built product, repositories that its workspaces can clone, and one person before a browser. */
export interface ProductOnScreen {
  product: RunningProduct;
  repositories: Repositories;
  chromium: TestChromium;
  person: Person;
  /** The tab that the person has open. */
  page: Page;
  /** Signs the person in as the owner and makes a workspace of the garden, whose page is then open. Returns its id. */
  enterGarden(name?: string): Promise<string>;
  close(): Promise<void>;
}

/** Nobody has signed in yet. */
export async function openProductOnScreen({ env, ...options }: { scrollBars?: boolean; whole?: boolean; env?: Record<string, string> } = {}): Promise<ProductOnScreen> {
  const repositories = await serveRepositories();
  const [product, chromium] = await Promise.all([startRunningProduct({ env: { ...env, ...repositories.env } }), openChromium(options)]);
  const person = await chromium.person();
  const { page } = person;
  return {
    product,
    repositories,
    chromium,
    person,
    page,
    async enterGarden(name) {
      await signInAsOwner(page, await product.setupAddress());
      return createWorkspace(page, { repository: repositories.url('garden'), ...(name !== undefined && { name }) });
    },
    async close() {
      try {
        await Promise.all([chromium.close(), repositories.close()]);
      } finally {
        await product.close(); // the others' trouble must not leave it running
      }
    },
  };
}

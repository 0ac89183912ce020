import { expect, it } from 'vitest';
import { startRunningProduct } from '@/tests/setup/running-product';
it('starts', async () => {
  const t = performance.now();
  const product = await startRunningProduct();
  console.info('up', performance.now() - t, product.origin, product.processes());
  try {
    const { client, cookie } = await product.signIn();
    const me = await client.session.me.query();
    expect(me.actor?.role).toBe('admin');
    console.info(cookie.slice(0, 60), me);
    process.kill(product.processes().parent!.pid, 'SIGKILL');
    await expect.poll(() => product.processes().parent).toBeUndefined();
    await product.up();
    console.info(product.processes());
  } finally {
    await product.close();
  }
});

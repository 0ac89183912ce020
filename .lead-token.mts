import { startRunningProduct } from '@/tests/setup/running-product';
import { openChromium } from '@/tests/setup/browser';
import { signInAsOwner } from '@/tests/e2e/steps';
const product = await startRunningProduct();
const chromium = await openChromium();
let bad = 0;
for (let i = 0; i < 250; i++) {
  const address = await product.setupAddress();
  const token = new URL(address).searchParams.get('token') ?? '';
  if (!/^[\w-]{43}$/.test(token)) console.log('ODD TOKEN', JSON.stringify(token.slice(0, 200)));
  const person = await chromium.person();
  try { await signInAsOwner(person.page, address); } catch (e) { bad++; console.log(i, token.slice(0,4), token.length, String(e).slice(0, 300)); }
  await person.context.close();
}
console.log('done', bad);
await chromium.close();
await product.close();

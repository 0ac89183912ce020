import { expect, it } from 'vitest';
import { settled, type Listing } from '@/server/egress/iptables';

const usual: Listing = ['-N DOCKER-USER', '-A FORWARD -j DOCKER-USER'];
const between: Listing = ['-N DOCKER-USER'];

async function looks(listings: readonly Listing[]): Promise<{ listing: Listing; count: number }> {
  let count = 0;
  const listing = await settled(async () => listings[Math.min(count++, listings.length - 1)] ?? []);
  return { listing, count };
}

it('looks again while Docker is moving its jump to the front', async () => {
  expect(await looks([between, between, usual])).toEqual({ listing: usual, count: 3 });
});

it('believes a jump that stays away, and a machine that has none of it at all', async () => {
  expect(await looks([between])).toEqual({ listing: between, count: 5 });
  expect(await looks([['-N FORWARD']])).toEqual({ listing: ['-N FORWARD'], count: 1 });
});

/**
 * The test files that share the machine with no other, each with its reason. All others run two or three at a time: what they make
 * carries the name of their own instance, they look at nothing else, and their time limits leave room for a busy machine.
 * @type {Readonly<Record<string, string>>}
 */
export const ALONE = {
  'tests/e2e/bad-input.test.ts': 'fills the disk down to a limit that it takes from what is free at its start',
  'tests/e2e/logs.test.ts': 'measures how quick a log of a million lines opens beside one of a thousand',
  'tests/faults/creates-at-once.test.ts': 'measures how long one start waits beside two hundred',
  'tests/faults/engine-hung.test.ts': 'measures how quick pages are while the engine hangs, of a product with six workspaces',
  'tests/faults/log-path/log-path-files.test.ts': 'measures how soon what was held back is copied',
  'tests/faults/log-path/log-path-viewers.test.ts': 'measures the memory that many viewers take, and how soon a lost one comes back',
  'tests/faults/many-at-once.test.ts': 'brings fifty workspaces up at a time, and measures each answer meanwhile',
  'tests/faults/neighbours.test.ts': 'measures how long starts of one person take beside those of another',
  'tests/faults/person-disabled.test.ts': 'measures how soon the streams of somebody who is kept out end',
  'tests/integration/address-pool.test.ts': 'measures how long the engine takes for a network, and fills the ranges they come from',
  'tests/integration/hardening.test.ts': 'measures whether a greedy container slows the engine down',
  'tests/integration/network-isolation.test.ts': 'puts rules of others before the firewall rules of every install on this machine',
  'tests/integration/terminal-output.test.ts': 'measures how soon a key comes back',
};

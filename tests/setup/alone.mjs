/**
 * The test files that share the machine with no other, each with its reason. All others run two or three at a time: what they make
 * carries the name of their own instance, they look at nothing else, and their time limits leave room for a busy machine.
 * @type {Readonly<Record<string, string>>}
 */
export const ALONE = {
  'tests/integration/address-pool.test.ts': 'measures how long the engine takes for a network, and fills the ranges they come from',
  'tests/integration/compose-stack.test.ts': 'builds images with both cores, and brings a whole install up on the network of the machine',
  'tests/integration/dev-environment.test.ts': 'compiles pages and bundles out of the sources, which takes all of a small machine',
  'tests/integration/hardening.test.ts': 'measures whether a greedy container slows the engine down',
  'tests/integration/network-isolation.test.ts': 'puts rules of others before the firewall rules of every install on this machine',
  'tests/integration/terminal-output.test.ts': 'measures how soon a key comes back',
  'tests/integration/watchdog.test.ts': 'takes six seconds without a word for a hang, which a busy machine has at times',
};

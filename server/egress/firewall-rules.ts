import { createHash } from 'node:crypto';
import { forbiddenRanges, privateRanges } from '@/server/outbound/address-kinds';

/** What the rules of one install depend on. */
export interface FirewallFacts {
  /** What the install's bridges begin with, e.g. `an1f3c`; `o` or `r` follows. */
  bridgePrefix: string;
  proxy: { host: string; port: number };
  /** IPv4 name servers that open workspaces may ask. */
  resolvers: readonly string[];
}

/** A chain of our own with its rules, in the words of iptables without `-A <chain>`. */
export interface Chain {
  name: string;
  rules: string[];
}

/** Where packets leave the host's own chains for ours. `parent` FORWARD stands for DOCKER-USER where Docker has that. */
export interface Jump {
  parent: 'INPUT' | 'FORWARD';
  match: string;
  chain: string;
}

/** The last table that a packet on its way through the host meets, after everything that `filter` says. */
export type Table = 'filter' | 'security';

export interface RuleSet {
  table: Table;
  chains: Chain[];
  jumps: Jump[];
}

const known = '-m conntrack --ctstate RELATED,ESTABLISHED';

/**
 * The rules for IPv4. To the host itself (INPUT) only the proxy's port is open; through the host (FORWARD) restricted bridges
 * lead nowhere, open ones to public addresses and the host's name servers. Everything is refused, not dropped, so that
 * programs fail at once instead of waiting.
 */
export function rulesForIpv4({ bridgePrefix, proxy, resolvers }: FirewallFacts): RuleSet {
  const { input, forward, refuse } = chainNames(bridgePrefix);
  const open = `-i ${bridgePrefix}o+`;
  const lookups = resolvers.flatMap((address) => ['udp', 'tcp'].map((protocol) => `${open} -d ${address}/32 -p ${protocol} --dport 53 -j RETURN`));
  const chains = [
    { name: refuse, rules: ['-p tcp -j REJECT --reject-with tcp-reset', '-j REJECT --reject-with icmp-admin-prohibited'] },
    { name: input, rules: [`${known} -j RETURN`, `-d ${proxy.host}/32 -p tcp --dport ${proxy.port} -j ACCEPT`, ...lookups, `-j ${refuse}`] },
    {
      name: forward,
      rules: [
        `${known} -j RETURN`,
        `-o ${bridgePrefix}+ -j ${refuse}`,
        `-i ${bridgePrefix}r+ -j ${refuse}`,
        ...lookups,
        ...['udp', 'tcp'].map((protocol) => `-p ${protocol} --dport 53 -j ${refuse}`),
        ...[...forbiddenRanges, ...privateRanges].map((range) => `-d ${range} -j ${refuse}`),
      ],
    },
  ];
  return { table: 'filter', chains: chains.map(marked), jumps: jumpsTo(bridgePrefix, input, forward) };
}

/** The rules for IPv6: the networks have none, so nothing of it comes in or goes through. */
export function rulesForIpv6({ bridgePrefix }: FirewallFacts): RuleSet {
  const { input, forward, refuse } = chainNames(bridgePrefix);
  const chains = [
    { name: refuse, rules: ['-p tcp -j REJECT --reject-with tcp-reset', '-j REJECT --reject-with icmp6-adm-prohibited'] },
    { name: input, rules: [`-j ${refuse}`] },
    { name: forward, rules: [`-j ${refuse}`] },
  ];
  return { table: 'filter', chains: chains.map(marked), jumps: jumpsTo(bridgePrefix, input, forward) };
}

/**
 * What goes through the host once more, in the table behind `filter`. With every network that is made, Docker takes its jump to
 * DOCKER-USER out for some milliseconds, and what begins then passes by our rules there; once known it would stay open. Here
 * nobody meddles. A refusal is not possible in this table, so it drops: what `filter` refuses never comes this far.
 */
export function secondLine({ chains, jumps }: RuleSet): RuleSet {
  const dropping = (rules: readonly string[]) => rules.map((rule) => rule.replace(/^-m comment --comment \S+ /, '').replace(/ ?-j ANYON-\S+-NO$/, ' -j DROP').trim());
  const through = jumps.filter(({ parent }) => parent === 'FORWARD');
  const own = chains.filter(({ name }) => through.some(({ chain }) => chain === name));
  return { table: 'security', chains: own.map(({ name, rules }) => marked({ name, rules: dropping(rules) })), jumps: through };
}

function chainNames(bridgePrefix: string): { input: string; forward: string; refuse: string } {
  const base = `ANYON-${bridgePrefix.slice(2)}`;
  return { input: `${base}-IN`, forward: `${base}-FWD`, refuse: `${base}-NO` };
}

function jumpsTo(bridgePrefix: string, input: string, forward: string): Jump[] {
  return [
    { parent: 'INPUT', match: `-i ${bridgePrefix}+`, chain: input },
    { parent: 'FORWARD', match: `-i ${bridgePrefix}+`, chain: forward },
    { parent: 'FORWARD', match: `-o ${bridgePrefix}+`, chain: forward },
  ];
}

/** How the mark of the `index`th rule begins; see `marked`. */
export function markOf(chain: Chain): string {
  return /--comment (anyon-[0-9a-f]{8})-0\b/.exec(chain.rules[0] ?? '')?.[1] ?? '';
}

/**
 * Each rule carries a mark: the hash of the whole chain and its own number. iptables prints rules differently from version to
 * version, but a comment as it was given, so a chain is known to be whole by its marks.
 */
function marked(chain: Chain): Chain {
  const hash = createHash('sha256').update(JSON.stringify(chain)).digest('hex').slice(0, 8);
  return { name: chain.name, rules: chain.rules.map((rule, index) => `-m comment --comment anyon-${hash}-${index} ${rule}`) };
}

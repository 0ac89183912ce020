import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { createHash } from 'node:crypto';
import { rulesForIpv4, rulesForIpv6, secondLine, type FirewallFacts, type RuleSet } from '@/server/egress/firewall-rules';
import { hostResolvers } from '@/server/egress/host-resolvers';
import { applyRules, findFault, listRules, withdrawRules, type Family } from '@/server/egress/iptables';
import { bridgePrefix, egressAddress } from '@/server/egress/workspace-network';
import { env } from '@/server/env';
import { AnyonError, describeError } from '@/server/errors';
import { log } from '@/server/log';

/** Whether workspaces are kept from this machine's services; `problem` says what is wrong and what to do about it. */
export interface FirewallState {
  ok: boolean;
  problem: string | null;
}

/** Where root writes down which rules it has put in force, for a product that does not run as root. Gone with the rules when the machine restarts. */
const NOTES_DIRECTORY = '/run/anyon';
const SET_UP = 'Run `npm run up` again: it sets the rules, with sudo where needed.';

/**
 * Puts this install's rules in force, if they are not or not wholly. Safe to repeat and cheap (a few milliseconds) when all is
 * well. `proxy` is its address, where the environment does not tell (the parent, which makes that address). Rules of others and of other installs stay as they are. Without root it changes nothing and tells what is known. Never throws for a firewall that cannot be set; the state says why.
 */
export async function ensureFirewall(proxy?: URL): Promise<FirewallState> {
  if (env().ANYON_FIREWALL === 'off' || !isRoot()) return checkFirewall(proxy);
  try {
    const facts = firewallFacts(proxy);
    let asTheyWere = true;
    for (const [family, rules] of ruleSets(facts)) asTheyWere = (await findInForce(family, rules)) && asTheyWere;
    fs.mkdirSync(NOTES_DIRECTORY, { recursive: true, mode: 0o755 });
    fs.writeFileSync(noteFile(), noteOf(facts), { mode: 0o644 });
    if (asTheyWere) return { ok: true, problem: null }; // every table was just looked at
  } catch (error) {
    return broken(`The firewall rules that keep workspaces from this machine's services could not be set. ${describeError(error)}`);
  }
  return checkFirewall(proxy);
}

/**
 * Sets the rules unless they are in force: true when nothing was to do. Another process may change the tables between the look and
 * the change, which then fails as a whole: look again.
 */
async function findInForce(family: Family, rules: RuleSet): Promise<boolean> {
  for (let triesLeft = 3; ; triesLeft -= 1) {
    const listing = await listRules(family, rules.table);
    const fault = findFault(rules, listing);
    if (!fault) return triesLeft === 3;
    try {
      await applyRules(family, rules, listing);
      log().info({ family, table: rules.table, fault }, 'firewall: rules set');
    } catch (error) {
      if (triesLeft === 1) throw error;
    }
    if (triesLeft === 1) return false;
  }
}

/** Looks whether the rules are in force, and changes nothing. */
export async function checkFirewall(proxy?: URL): Promise<FirewallState> {
  if (env().ANYON_FIREWALL === 'off') {
    return broken('The firewall is switched off (ANYON_FIREWALL=off): workspaces reach the services of this machine and of its network. Remove that setting and run `npm run up`.');
  }
  try {
    const facts = firewallFacts(proxy);
    if (!isRoot()) return stateByNote(facts);
    for (const [family, rules] of ruleSets(facts)) {
      const fault = findFault(rules, await listRules(family, rules.table));
      if (fault) return broken(`The firewall rules that keep workspaces from this machine's services are not in force: ${fault} (${family}, table ${rules.table}). ${SET_UP}`);
    }
    return { ok: true, problem: null };
  } catch (error) {
    return broken(`The firewall rules cannot be read. ${describeError(error)}`);
  }
}

/** Takes this install's rules away. Only for one that is being removed: workspaces are not isolated from then on. */
export async function removeFirewall(proxy?: URL): Promise<void> {
  for (const [family, rules] of ruleSets(firewallFacts(proxy))) await withdrawRules(family, rules, await listRules(family, rules.table));
  fs.rmSync(noteFile(), { force: true });
}

function firewallFacts(url?: URL): FirewallFacts {
  const proxy = egressAddress(url);
  if (!net.isIPv4(proxy.host)) throw new AnyonError('precondition', `The egress proxy must have an IPv4 address; ANYON_EGRESS_URL names ${proxy.host}.`);
  return { bridgePrefix: bridgePrefix(), proxy, resolvers: hostResolvers() };
}

/** A host without IPv6 needs no rules for it, and its kernel may know none. */
function ruleSets(facts: FirewallFacts): ReadonlyArray<[Family, RuleSet]> {
  const hasIpv6 = fs.existsSync('/proc/net/if_inet6') && fs.readFileSync('/proc/net/if_inet6', 'utf8').trim() !== '';
  const [ipv4, ipv6] = [rulesForIpv4(facts), rulesForIpv6(facts)];
  const forIpv4: [Family, RuleSet][] = [['iptables', ipv4], ['iptables', secondLine(ipv4)]];
  const forIpv6: [Family, RuleSet][] = [['ip6tables', ipv6], ['ip6tables', secondLine(ipv6)]];
  return hasIpv6 ? [...forIpv4, ...forIpv6] : forIpv4;
}

/** Reading the tables takes root; without it the note of the one who set them must do, and each start is proven from inside as well. */
function stateByNote(facts: FirewallFacts): FirewallState {
  const note = fs.existsSync(noteFile()) ? fs.readFileSync(noteFile(), 'utf8') : null;
  if (note === noteOf(facts)) return { ok: true, problem: null };
  const what = note === null ? 'were not set since this machine started' : 'were set for other settings';
  return broken(`The firewall rules that keep workspaces from this machine's services ${what}. ${SET_UP}`);
}

function noteFile(): string {
  return path.join(NOTES_DIRECTORY, `firewall-${bridgePrefix()}`);
}

function noteOf(facts: FirewallFacts): string {
  return createHash('sha256').update(JSON.stringify([rulesForIpv4(facts), rulesForIpv6(facts)].flatMap((rules) => [rules, secondLine(rules)]))).digest('hex');
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

function broken(problem: string): FirewallState {
  return { ok: false, problem };
}

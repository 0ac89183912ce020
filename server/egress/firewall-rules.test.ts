import { describe, expect, it } from 'vitest';
import { rulesForIpv4, rulesForIpv6, secondLine, type RuleSet } from '@/server/egress/firewall-rules';
import { findFault } from '@/server/egress/iptables';

const facts = { bridgePrefix: 'anabcd', proxy: { host: '172.17.0.1', port: 9001 }, resolvers: ['10.0.0.53'] };

/** What `iptables -S` would print with these rules in force and Docker's own chains around them. */
function listingOf(rules: RuleSet): string[] {
  const jumps = rules.jumps.map(({ parent, match, chain }) => `-A ${parent === 'FORWARD' ? 'DOCKER-USER' : parent} ${match} -j ${chain}`);
  const own = rules.chains.flatMap(({ name, rules: lines }) => [`-N ${name}`, ...lines.map((line) => `-A ${name} ${line}`)]);
  return ['-P INPUT ACCEPT', '-N DOCKER-USER', ...own, ...jumps, '-A INPUT -p tcp -j ACCEPT', '-A FORWARD -j DOCKER-USER', '-A DOCKER-USER -j RETURN'];
}

describe('the firewall rules', () => {
  it('open the proxy and nothing else to the host itself (ISO-03)', () => {
    const input = rulesForIpv4(facts).chains.find(({ name }) => name === 'ANYON-abcd-IN')?.rules.map((rule) => rule.replace(/^-m comment \S+ \S+ /, ''));
    expect(input).toEqual([
      '-m conntrack --ctstate RELATED,ESTABLISHED -j RETURN',
      '-d 172.17.0.1/32 -p tcp --dport 9001 -j ACCEPT',
      '-i anabcdo+ -d 10.0.0.53/32 -p udp --dport 53 -j RETURN',
      '-i anabcdo+ -d 10.0.0.53/32 -p tcp --dport 53 -j RETURN',
      '-j ANYON-abcd-NO',
    ]);
  });

  it('refuse every range of ISO-04 on the way through, and everything to restricted bridges', () => {
    const forward = rulesForIpv4(facts).chains.find(({ name }) => name === 'ANYON-abcd-FWD')?.rules.join('\n') ?? '';
    for (const range of ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/4']) expect(forward).toContain(`-d ${range} -j ANYON-abcd-NO`);
    expect(forward).toContain('-i anabcdr+ -j ANYON-abcd-NO');
    expect(forward.indexOf('-i anabcdr+')).toBeLessThan(forward.indexOf('-d 10.0.0.53/32'));
    expect(forward.indexOf('-d 10.0.0.53/32')).toBeLessThan(forward.indexOf('-d 10.0.0.0/8'));
  });

  it('let nothing of IPv6 in or through', () => {
    for (const { name, rules } of rulesForIpv6(facts).chains) if (!name.endsWith('-NO')) expect(rules).toHaveLength(1);
  });
});

describe('the second line', () => {
  it('drops everything on the way through that the first one refuses, and leaves the rest alone', () => {
    const first = rulesForIpv4(facts);
    const { table, chains, jumps } = secondLine(first);
    const plain = (rules: readonly string[] = []) => rules.map((rule) => rule.replace(/^-m comment \S+ \S+ /, ''));
    const refused = plain(first.chains.find(({ name }) => name === 'ANYON-abcd-FWD')?.rules);
    expect(table).toBe('security');
    expect(chains.map(({ name }) => name)).toEqual(['ANYON-abcd-FWD']);
    expect(plain(chains[0]?.rules)).toEqual(refused.map((rule) => rule.replace('-j ANYON-abcd-NO', '-j DROP')));
    expect(plain(chains[0]?.rules).filter((rule) => rule.endsWith('-j DROP')).length).toBeGreaterThan(10);
    expect(jumps.map(({ parent, match }) => `${parent} ${match}`)).toEqual(['FORWARD -i anabcd+', 'FORWARD -o anabcd+']);
    expect(findFault(secondLine(first), [...chains.flatMap(({ name, rules }) => rules.map((rule) => `-A ${name} ${rule}`)), ...jumps.map(({ match, chain }) => `-A FORWARD ${match} -j ${chain}`)])).toBeNull();
  });

  it('lets nothing of IPv6 through', () => {
    expect(secondLine(rulesForIpv6(facts)).chains.map(({ rules }) => rules.map((rule) => rule.replace(/^-m comment \S+ \S+ /, '')))).toEqual([['-j DROP']]);
  });
});

describe('findFault', () => {
  const rules = rulesForIpv4(facts);
  const whole = listingOf(rules);

  it('is content with exactly these rules, however iptables words them', () => {
    expect(findFault(rules, whole)).toBeNull();
    const otherWords = whole.map((line) => line.replace(/^-A ANYON-(\S+) (-m comment --comment \S+) (.*?)( -j .*)$/, '-A ANYON-$1 $3 $2$4'));
    expect(findFault(rules, otherWords)).toBeNull();
  });

  it.each([
    ['a rule that is missing', (lines: string[]) => lines.filter((line) => !line.includes('10.0.0.0/8'))],
    ['a rule that was slipped in', (lines: string[]) => lines.flatMap((line) => (line.includes('10.0.0.0/8') ? ['-A ANYON-abcd-FWD -j RETURN', line] : [line]))],
    ['two rules that changed places', (lines: string[]) => [...lines.filter((line) => line.includes('127.0.0.0/8')), ...lines.filter((line) => !line.includes('127.0.0.0/8'))]],
    ['a jump that is missing', (lines: string[]) => lines.filter((line) => line !== '-A INPUT -i anabcd+ -j ANYON-abcd-IN')],
    ['a rule of somebody else’s before the jump', (lines: string[]) => ['-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT', ...lines]],
    ['DOCKER-USER left out', (lines: string[]) => lines.filter((line) => line !== '-A FORWARD -j DOCKER-USER')],
    ['rules for other settings', () => listingOf(rulesForIpv4({ ...facts, proxy: { host: '172.17.0.1', port: 9002 } }))],
    ['nothing at all', () => ['-P INPUT ACCEPT', '-P FORWARD ACCEPT']],
  ])('notices %s', (_what, change) => {
    expect(findFault(rules, change([...whole]))).not.toBeNull();
  });

  it('does not mind another install’s jump before ours', () => {
    expect(findFault(rules, ['-A INPUT -i an0123+ -j ANYON-0123-IN', '-A DOCKER-USER -i an0123+ -j ANYON-0123-FWD', ...whole])).toBeNull();
  });
});

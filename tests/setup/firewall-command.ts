import { checkFirewall, ensureFirewall } from '@/server/egress/firewall';

/** For `firewallInNamespace`: `ensure` or `check`, and the state as JSON. */
const state = process.argv[2] === 'ensure' ? await ensureFirewall() : await checkFirewall();
process.stdout.write(JSON.stringify(state));

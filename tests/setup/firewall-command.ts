import { checkFirewall, ensureFirewall, removeFirewall } from '@/server/egress/firewall';

/** For `openNamespaceFirewall`: `ensure`, `check` or `remove`, and the state as JSON. */
const what = process.argv[2];
if (what === 'remove') await removeFirewall();
process.stdout.write(JSON.stringify(what === 'ensure' ? await ensureFirewall() : await checkFirewall()));

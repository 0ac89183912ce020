import { asRoot, installPackages, mayBecomeRoot } from './apt.mjs';
import { hasProgram } from './docker-engine.mjs';
import { SetupFailure } from './failure.mjs';
import { inProject } from './project.mjs';
import { lastLines, run } from './run-command.mjs';

/** Settings that decide about the rules; sudo passes no environment on by itself. */
const SETTINGS = ['ANYON_INSTANCE', 'ANYON_HOST', 'ANYON_EGRESS_PORT', 'ANYON_EGRESS_URL', 'ANYON_LOG_LEVEL', 'DOCKER_HOST'];

/**
 * Sets the firewall rules that keep workspaces from this machine's services (docs/decisions/0009-egress.md), where the product
 * does not run as root and cannot do so by itself. `parent` is the bundle that sets them. Returns a line about it.
 */
export async function bringFirewall(news, environment = process.env, parent = inProject('dist/parent.mjs')) {
  if (environment.ANYON_FIREWALL === 'off') return 'Firewall: switched off (ANYON_FIREWALL=off), so workspaces reach the services of this machine';
  if (!hasProgram('iptables')) await installPackages(['iptables'], 'iptables, which keeps workspaces from this machine,', news);
  if (process.getuid() === 0) return 'Firewall: set by Anyon itself';
  const check = await run(process.execPath, [parent, 'firewall', 'check'], { env: environment, timeoutMs: 60_000 });
  if (check.code === 0) return 'Firewall: set already';
  const given = SETTINGS.flatMap((name) => (environment[name] ? [`${name}=${environment[name]}`] : []));
  const command = ['env', ...given, process.execPath, parent, 'firewall'];
  const byHand = `sudo ${command.join(' ')}`;
  if (!(await mayBecomeRoot())) {
    throw new SetupFailure(
      "Workspaces are kept from this machine's services by firewall rules, and setting them needs root.",
      `Run this and start again:  ${byHand}\n  Or, knowing that what runs in a workspace then reaches every service of this machine:  ANYON_FIREWALL=off npm run up`,
    );
  }
  const [program = '', ...args] = command;
  const result = await run(...asRoot(program, args), { timeoutMs: 60_000 });
  if (result.code === 0) return 'Firewall: set';
  throw new SetupFailure("The firewall rules that keep workspaces from this machine's services could not be set.", `Repair what is named above and run:  ${byHand}`, lastLines(result.stderr, 6));
}

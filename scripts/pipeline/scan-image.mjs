import { docker, dockerEnvironment, hasProgram } from '../setup/docker-engine.mjs';
import { inProject } from '../setup/project.mjs';
import { run } from '../setup/run-command.mjs';
import { NotDone } from './steps.mjs';

/** Each is asked to fail for what is grave and can be repaired: what nobody has repaired yet would hold up every release. */
const SCANNERS = {
  trivy: (image) => ['image', '--quiet', '--severity', 'HIGH,CRITICAL', '--ignore-unfixed', '--exit-code', '1', image],
  grype: (image) => ['--quiet', '--only-fixed', '--fail-on', 'high', `docker:${image}`],
};
const SCAN_MS = 600_000;

/** Looks for known weaknesses with the first scanner that is installed. */
export async function scanImage(settings, image) {
  const program = Object.keys(SCANNERS).find((name) => hasProgram(name));
  if (!program) throw new NotDone('neither trivy nor grype is installed');
  const result = await run(program, SCANNERS[program](image), { env: dockerEnvironment(settings), timeoutMs: SCAN_MS });
  if (result.code !== 0) throw new Error(`${program} ended with ${result.code}:\n${result.stdout.slice(-4_000)}${result.stderr.slice(-1_000)}`);
  return `${program} found nothing grave that could be repaired`;
}

/** Asks the registry about the packages that Anyon is made with. */
export async function auditPackages() {
  const result = await run('npm', ['audit', '--omit=dev', '--audit-level=high', '--json'], { cwd: inProject(), timeoutMs: 120_000, keep: 16 * 1024 * 1024 });
  return judgeAudit(result);
}

/** What `npm audit --json` says: a sentence, an error for what is grave, or NotDone when no registry has answered. */
export function judgeAudit({ code, stdout, stderr }) {
  let report = null;
  try {
    report = JSON.parse(stdout);
  } catch {
    // said below
  }
  const counts = report?.metadata?.vulnerabilities;
  if (!counts) throw new NotDone(`the registry does not audit (${String(report?.error?.summary || report?.message || stderr.trim().split('\n').pop() || `exit code ${code}`).slice(0, 200)})`);
  const grave = (counts.high ?? 0) + (counts.critical ?? 0);
  if (grave > 0) throw new Error(`npm audit: ${counts.critical ?? 0} critical, ${counts.high ?? 0} high: ${Object.keys(report.vulnerabilities ?? {}).slice(0, 20).join(', ')}`);
  return `npm audit: nothing grave (${counts.moderate ?? 0} moderate, ${counts.low ?? 0} low)`;
}

/** Sends an image to its registry under every reference; returns name@digest as the registry knows it. */
export async function pushImage(settings, references) {
  for (const reference of references) {
    const result = await docker(settings, ['push', reference]);
    if (result.code !== 0) throw new Error(`${reference} was not taken: ${result.stderr.trim().slice(-500)}`);
  }
  const name = references[0].slice(0, references[0].lastIndexOf(':'));
  const { stdout } = await docker(settings, ['image', 'inspect', '--format', '{{range .RepoDigests}}{{println .}}{{end}}', references[0]]);
  const digest = stdout.split('\n').find((line) => line.startsWith(`${name}@`));
  if (!digest) throw new Error('The registry named no digest.');
  return digest;
}

/** Signs what the registry holds, by digest, as whoever the machine is (OIDC, no key), and says what lies in it. */
export async function signImage(digest, billFile) {
  if (!hasProgram('cosign')) throw new NotDone('cosign is not installed');
  if (!digest) throw new NotDone('nothing was pushed, and a signature is for what a registry holds');
  for (const args of [['sign', '--yes', digest], ['attest', '--yes', '--type', 'cyclonedx', '--predicate', billFile, digest]]) {
    const result = await run('cosign', args, { timeoutMs: 120_000 });
    if (result.code !== 0) throw new Error(`cosign ${args[0]} ended with ${result.code}: ${result.stderr.slice(-1_000)}`);
  }
  return `${digest} signed, its bill of materials attested`;
}
